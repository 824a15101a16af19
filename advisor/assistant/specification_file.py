"""Reads an `assistant.yaml`; every mistake is named with file:line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from advisor.assistant import specification
from advisor.assistant.specification import Specification
from advisor.errors import InputError
from advisor.files import read_document
from advisor.question import nearest
from advisor.strict_yaml import BareWord, Document


class Read(NamedTuple):
    """A specification, the document that it was read from, and the folder its paths are below."""

    specification: Specification
    document: Document
    folder: Path

    def below(self, path: str) -> Path:
        """A path of the file. Raises InputError where it leads out of the folder."""
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder.resolve()):
            raise InputError(
                f"{path} leads out of the assistant's folder",
                where=self.document.name,
                what_to_do="put it beside the file, so that the assistant can be moved and exported whole",
            )
        return found

    def folder_below(self, path: str) -> Path:
        """A folder that is there. Raises InputError."""
        found = self.below(path)
        if not found.is_dir():
            raise InputError("there is no such folder", where=str(found), what_to_do="make it, or mend its name")
        return found

    def file_below(self, path: str) -> Path:
        """A file that is there. Raises InputError."""
        found = self.below(path)
        if not found.is_file():
            raise InputError("there is no such file", where=str(found), what_to_do="mend its name")
        return found


def read_specification(path: Path) -> Read:
    """The assistant in the file, or in `assistant.yaml` of the folder. Raises InputError with file:line."""
    if path.is_dir():
        path = path / "assistant.yaml"
    document = read_document(path)
    try:
        found = Specification.model_validate(plain(document.value))
    except ValidationError as error:
        raise _told(document, error) from None
    for place, one in enumerate(found.actions):
        if one.name in {other.name for other in found.actions[:place]}:
            raise InputError(
                f"two sets of actions are named {one.name}",
                where=document.where("actions", place, "name"),
                what_to_do="give each a name of its own",
            )
    if found.classifier and (found.classifier.data is None) == (found.classifier.model is None):
        raise InputError(
            "a classifier needs `data` to be trained on, or `model`, and not both",
            where=document.where("classifier"),
            what_to_do="name the training rows, or the id of a tuned model",
        )
    return Read(found, document, path.parent)


def _told(document: Document, error: ValidationError) -> InputError:
    """The first mistake, by its line, and how many more there are."""
    first, *more = error.errors(include_url=False)
    place = tuple(step for step in first["loc"] if step not in ("list[constrained-str]", "constrained-str", "str"))
    name = str(place[-1]) if place else ""
    path = ".".join(map(str, place[:-1])) or "the file"
    if first["type"] == "extra_forbidden":
        problem, advice = f"{path} has no field {name}{nearest(name, _FIELDS)}", "take it out, or mend its name"
    elif first["type"] == "missing":
        problem, advice = f"{path} needs `{name}`", f"add `{name}: ...`"
    else:
        problem, advice = f"`{name}` of {path}: {first['msg']}", "see `advisor schema assistant`"
    if place[:1] == ("actions",) and "credentials" in place:
        advice = "name the environment variable or keyring entry that holds it, such as CRM_API_KEY; never the key"
    others = f" (and {len(more)} more)" if more else ""
    return InputError(f"{problem}{others}", where=document.where(*place), what_to_do=advice)


def plain(value: Any) -> Any:
    """Values as others take them: bare yes and no as truth, decimals as floats."""
    if isinstance(value, BareWord):
        return value.means
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


_FIELDS = sorted(
    {
        field.alias or name
        for part in vars(specification).values()
        if isinstance(part, type) and issubclass(part, BaseModel)
        for name, field in part.model_fields.items()
    }
)
