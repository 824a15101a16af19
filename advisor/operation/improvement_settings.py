"""What a deployment says of its own training: the case, the rows, the model, and who lets the new one out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from advisor.data_split import part_of_split
from advisor.errors import InputError
from advisor.files import read_document

KEY: Final = "improve"  # under which the settings of a deployment hold this
_HOW_TO: Final = "`advisor improve set --help` shows a whole file"
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class ImprovementSettings(BaseModel):
    """The settings; paths are absolute where they are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    case: Text
    """The case file: its limits, such as where data may go, hold for every training."""
    data: Text
    """The training part of a split (`advisor data split`); its test part stays locked."""
    documents: Text | None = None
    """A folder of documents, where a retrieval baseline is to be beaten."""
    back_end: Literal["linear", "lora", "openai_api"] | None = None
    """How to train; without it as the case advises."""
    model: Text | None = None
    """The base model; without it as the case advises."""
    base_url: Text | None = None
    """Of the host, where the back end is openai_api."""
    policy: Literal["approval", "canary"] = "approval"
    """Whether somebody approves a model that passed its gates, or the roll-out begins by itself."""
    least_accuracy: Annotated[float, Field(ge=0, le=1)] | None = None
    """On reviewed answers, below which the model is trained anew."""
    probes: bool = True
    """Whether general ability, bias and safety are probed before and after."""
    spend_up_to_usd: Annotated[Decimal, Field(ge=0)] | None = None
    """The ceiling of each training and each proof."""
    seed: Annotated[int, Field(ge=0)] = 0


def improvement_settings(settings: Mapping[str, Any]) -> ImprovementSettings | None:
    """What the settings of a deployment say; None where it is not trained anew by itself."""
    kept = settings.get(KEY)
    return ImprovementSettings.model_validate(kept) if kept else None


def read_improvement_settings(path: Path) -> ImprovementSettings:
    """The settings in a YAML file, with paths made absolute from where it lies. Raises InputError with file:line."""
    document = read_document(path)
    try:
        found = ImprovementSettings.model_validate(document.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InputError(
            f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}",
            where=document.where(*first["loc"]),
            what_to_do=_HOW_TO,
        ) from None
    places = {
        name: str((path.parent / value).resolve())
        for name in ("case", "data", "documents")
        if (value := getattr(found, name)) is not None
    }
    for name, place in places.items():
        if not Path(place).exists():
            raise InputError(f"{name}: {place} is not there", where=document.where(name), what_to_do="check the path")
    known = part_of_split(Path(places["data"]))
    if known is None or known.part.name != "train":
        raise InputError(
            "data: this is not the training part of a split, so no test set is locked",
            where=document.where("data"),
            what_to_do="split the rows first: advisor data split ROWS --out FOLDER",
        )
    return found.model_copy(update=places)
