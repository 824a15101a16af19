"""A plan of a training run: what is trained on what, how, what it is expected to take, and what leaves the machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from advisor.errors import InputError
from advisor.files import read_text, write_whole

SCHEMA: Literal["advisor/tune-plan/v1"] = "advisor/tune-plan/v1"
BackEnd = Literal["linear", "lora", "openai_api", "export"]
Usd = Annotated[Decimal, PlainSerializer(str)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SplitOf(_Record):
    """The split that the training file is a part of, by the hashes of its manifest and of its locked test set."""

    manifest: str
    manifest_sha256: str
    part: str
    test_sha256: str | None


class DataFile(_Record):
    """A file as it was planned with; a run refuses another one."""

    file: str
    sha256: str
    rows: int = Field(ge=1)


class DataSet(DataFile):
    """The training file. `validation` is the split's own part for that, which decides when training stops."""

    format: str
    tokens: int = Field(ge=0)
    split: SplitOf | None = None
    validation: DataFile | None = None


class Hyperparameter(_Record):
    """A setting with its reason and source."""

    value: int | float | str
    why: str
    source: str


class RangeOf(_Record):
    """A figure that is expected: P10, P50 and P90 in `unit`."""

    unit: str
    p10: float
    p50: float
    p90: float
    because: str


class CostRange(_Record):
    """What is paid to a host, in USD, for a job at least `least_usd`; the ceiling is held against `p90`."""

    p10: Usd
    p50: Usd
    p90: Usd
    usd_per_mtok: Usd
    least_usd: Usd
    formula: str
    source: str


class Learned(_Record):
    """A range before the ledger of earlier runs changed it, and how it did."""

    kind: str
    p10: float
    p50: float
    p90: float
    says: str


class Upload(_Record):
    """Something that leaves this machine."""

    what: str
    to: str
    note: str


class TunePlan(_Record):
    """Everything that changes the result of a run stands in it, so that the same plan is the same run."""

    schema_: Literal["advisor/tune-plan/v1"] = Field(SCHEMA, alias="schema")
    title: str
    made_on: date
    approach: str
    technique: str | None
    back_end: BackEnd
    base_model: str
    base_model_why: str
    method: Literal["supervised", "dpo"]
    base_url: str | None
    public_host_only: bool = False  # the host was named by somebody who is not at this machine
    data: DataSet
    hyperparameters: dict[str, Hyperparameter]
    seed: int = Field(ge=0)
    suffix: str
    training_tokens: int
    time: RangeOf | None
    memory: RangeOf | None
    cost: CostRange | None
    spend_up_to_usd: Usd | None
    uploads: tuple[Upload, ...]
    notes: tuple[str, ...]
    learned: tuple[Learned, ...] = ()

    @property
    def run(self) -> str:
        """A name of the run that depends on nothing but what changes its result."""
        counted = {
            "made_on",
            "notes",
            "time",
            "memory",
            "cost",
            "title",
            "spend_up_to_usd",
            "uploads",
            "public_host_only",
            "learned",
        }
        value = self.model_dump_json(by_alias=True, exclude=counted)
        return f"run-{blake2b(value.encode(), digest_size=8).hexdigest()}"

    def order(self) -> Mapping[str, Any]:
        """The hyperparameters without their reasons."""
        return {name: setting.value for name, setting in self.hyperparameters.items()}


def write_plan(plan: TunePlan, path: Path) -> None:
    """Write `plan` as YAML, whole or not at all."""
    unsaid = None if plan.public_host_only else {"public_host_only"}
    value = plan.model_dump(mode="json", by_alias=True, exclude=unsaid)
    head = f"# A plan of `advisor tune plan`. Run it with `advisor tune start {path.name}`: {plan.run}\n"
    write_whole(path, head + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))


def read_plan(path: Path) -> TunePlan:
    """The plan in `path`. Raises InputError with the field that is wrong."""
    try:
        return TunePlan.model_validate(yaml.safe_load(read_text(path)))
    except yaml.YAMLError as error:
        raise InputError(f"this is no YAML: {error}", where=str(path), what_to_do="plan again") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{where}: {first['msg'].lower()}", where=str(path), what_to_do="make it with `advisor tune plan`"
        ) from None
