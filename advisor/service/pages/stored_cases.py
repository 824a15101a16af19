"""Cases of the workspace as the pages read and change them. What others changed meanwhile is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.case_text import case_json, stored_case
from advisor.errors import RequestError
from advisor.question import Question
from advisor.service.principal import deed, workspace
from advisor.store.cases import Cases, CaseText, CaseVersion, Changed, StoredCase

_TRIES: Final = 8


class OpenCase(NamedTuple):
    """A stored case with one of its versions read."""

    stored: StoredCase
    version: int
    case: Case

    @property
    def id(self) -> str:
        """The id of the case."""
        return self.stored.id

    @property
    def title(self) -> str:
        """What the case is called."""
        return titled(self.case.title)


class StoredCases:
    """The cases of who asks."""

    def __init__(self, cases: Cases, questions: Callable[[], Mapping[str, Question]]) -> None:
        self._cases = cases
        self._questions = questions

    def add(self, case: Case) -> StoredCase:
        """Keep a new case."""
        return self._cases.add(_text(case), deed())

    def open(self, id: str, version: int | None = None) -> OpenCase:
        """A case at a version, or the newest. Raises RequestError where the workspace has none."""
        stored = self._cases.find(id, workspace())
        number = version if version is not None else stored.version if stored else 0
        found = self._cases.version(id, number, workspace()) if stored and 0 < number < 2**31 else None
        if stored is None or found is None:
            raise RequestError("there is no such case here", status=404, code="not_found")
        return OpenCase(stored, number, self._read(found.text))

    def has(self, id: str) -> bool:
        """Whether the workspace has the case."""
        return self._cases.find(id, workspace()) is not None

    def versions(self, id: str) -> list[CaseVersion]:
        """The versions of a case, the newest first."""
        return self._cases.versions(id, workspace())

    def newest(self, most: int) -> tuple[StoredCase, ...]:
        """The cases made last."""
        return self._cases.page(workspace(), limit=most).items

    def change(self, id: str, edit: Callable[[Case], Case]) -> OpenCase:
        """Keep what `edit` makes of the newest version, as a new version. Raises RequestError."""
        for _ in range(_TRIES):
            known = self.open(id)
            case = edit(known.case)
            try:
                stored = self._cases.change(known.stored, _text(case), deed())
            except Changed:
                continue
            return OpenCase(stored, stored.version, case)
        raise RequestError("others are changing this case; send it again", status=409, code="changed_meanwhile")

    def _read(self, text: str) -> Case:
        return stored_case(text, self._questions())


def titled(title: str) -> str:
    """A title to show, also where none was given."""
    return title or "Case without a title"


def _text(case: Case) -> CaseText:
    return CaseText(case.title, case.client, case_json(case))
