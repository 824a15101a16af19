"""General ability before and after tuning: a small suite with exact answers, and the gate for what was forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.evaluation.asking import Ask, replied
from advisor.evaluation.before_and_after import Change, Verdict, change, gate
from advisor.strict_yaml import Document

_NUMBER: Final = re.compile(r"[-−]?\d+(?:[ ,]\d{3})*(?:\.\d+)?")
_LETTER: Final = re.compile(
    r"(?:the )?(?:correct )?(?:answer|option)?(?: is)?[: ]*\(?([a-z])(?:[).:,]|\b(?! \w))", re.I
)
LABELS_ONLY: Final = Verdict(
    "does_not_apply", "the model writes labels and nothing else, so it has no general ability to lose"
)


class AbilityItem(NamedTuple):
    """One question; `is_right` says whether a reply is right."""

    id: str
    kind: str
    ask: str
    is_right: Callable[[str], bool]
    why: str


class AbilityGate(NamedTuple):
    """The largest loss taken as none, and how many items must be right before."""

    most_loss: float
    least_right_before: int


class AbilitySuite(NamedTuple):
    """The items, why each kind is there, the gate, and what its own sources say."""

    items: tuple[AbilityItem, ...]
    kinds: Mapping[str, str]
    gate: AbilityGate
    sources: Mapping[str, str]


class AbilityReply(NamedTuple):
    """What was replied to an item; a host that failed makes it wrong, and `failed` says why."""

    item: str
    text: str
    right: bool
    failed: str | None = None


class AbilityResult(NamedTuple):
    """Before against after: over all items, by kind (for reading, not for the gate), and the verdict."""

    all: Change
    by_kind: Mapping[str, Change]
    lost: tuple[str, ...]  # ids of the items that were right before and are wrong now
    failed_before: int
    failed_after: int
    verdict: Verdict


def ask_suite(ask: Ask, suite: AbilitySuite) -> tuple[AbilityReply, ...]:
    """Every item, each on its own."""
    return tuple(ask_item(ask, item) for item in suite.items)


def ask_item(ask: Ask, item: AbilityItem) -> AbilityReply:
    """One item, for callers that ask several at once."""
    text, failed = replied(ask, item.ask)
    return AbilityReply(item.id, text, failed is None and item.is_right(text), failed)


def compare_abilities(
    suite: AbilitySuite, before: Sequence[AbilityReply], after: Sequence[AbilityReply]
) -> AbilityResult:
    """The replies of the base and of the tuned model to the whole suite, in its order."""
    old, new = [reply.right for reply in before], [reply.right for reply in after]
    kinds = [item.kind for item in suite.items]
    found = change(old, new)
    by_kind = {
        kind: change(
            [right for right, of in zip(old, kinds, strict=True) if of == kind],
            [right for right, of in zip(new, kinds, strict=True) if of == kind],
        )
        for kind in suite.kinds
    }
    lost = tuple(item.id for item, one, two in zip(suite.items, old, new, strict=True) if one and not two)
    failed_before, failed_after = (sum(reply.failed is not None for reply in said) for said in (before, after))
    verdict = gate(found, *suite.gate, "general ability")
    # Failed items count as wrong: after tuning that is strict, but before it would hide a loss.
    if failed_before or (failed_after and verdict.state == "failed"):
        why = f"{failed_before} items failed before and {failed_after} after, so the comparison is not fair"
        verdict = Verdict("not_shown", f"{why}; ask again. {verdict.why}")
    return AbilityResult(found, by_kind, lost, failed_before, failed_after, verdict)


def build_ability_suite(document: Document, shared: Mapping[str, str]) -> AbilitySuite:
    """The suite in `rules/general_ability.yaml`. Raises RuleBookError with file:line.

    `shared` says what the ids stand for that several files cite.
    """
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = {name: fields.text("says") for name, fields in top.group("sources", "a source").items()}
    sources = {**shared, **own}
    top.raw("gate")
    fields = Fields(document, ("gate",), "the gate")
    most, least = fields.number("most_loss"), fields.number("least_right_before")
    if most is None or least is None or not 0 < most < 1:
        raise fields.error("the gate needs most_loss, between 0 and 1, and least_right_before")
    _cite(fields, sources)
    items: list[AbilityItem] = []
    kinds: dict[str, str] = {}
    for kind, group in top.group("kinds", "a kind").items():
        kinds[kind] = group.text("why")
        for row in group.rows("items", "an item"):
            item = _item(row, kind)
            if any(other.id == item.id for other in items):
                raise row.error(f"the id {item.id} is used twice", "id", what_to_do="choose another")
            items.append(item)
        _cite(group, sources)
    top.done()
    return AbilitySuite(tuple(items), kinds, AbilityGate(float(most), int(least)), own)


def _cite(fields: Fields, sources: Mapping[str, str]) -> None:
    for source in fields.texts("source", required=True):
        fields.must_be_known(source, sources, "source", "source")
    fields.done()


def _item(row: Fields, kind: str) -> AbilityItem:
    name, ask, why = row.text("id"), row.text("ask"), row.text("why")
    number, words, pattern = row.number("number"), row.texts("word"), row.text("pattern", "")
    options, answer = row.texts("options"), row.text("answer", "")
    if (number is not None) + bool(words) + bool(pattern) + bool(options) != 1:
        raise row.error("an item has one of options, number, word and pattern", what_to_do="keep one")
    row.done()
    if options:
        row.must_be_known(answer, options, "option", "answer")
        shown = sorted(options, key=str.casefold)
        listed = "\n".join(f"{letter}) {option}" for letter, option in zip(ascii_uppercase, shown, strict=False))
        asked = f"{ask}\n{listed}\nAnswer with the letter alone."
        return AbilityItem(name, kind, asked, lambda text: chosen(text, shown) == answer, why)
    if number is not None:
        asked = f"{ask}\nAnswer with the number alone."
        return AbilityItem(name, kind, asked, lambda text: last_number(text) == float(number), why)
    if words:
        return AbilityItem(name, kind, ask, lambda text: _bare(text) in words, why)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise row.error(f"this is no pattern: {error}", "pattern", what_to_do="write a regular expression") from None
    return AbilityItem(name, kind, ask, lambda text: compiled.fullmatch(text.strip()) is not None, why)


def chosen(text: str, options: Sequence[str]) -> str | None:
    """The option that a reply names, by its letter or in full; None where it names none, or several.

    A letter with the words of another option ("A) Paris" where A is Berlin) is no choice: models that always say A
    would be right by chance.
    """
    bare = _bare(text)
    for option in options:
        if bare == option.casefold():
            return option
    line = text.strip().partition("\n")[0].lstrip("*")
    named = [option for option in options if re.search(rf"\b{re.escape(option)}\b", line, re.IGNORECASE)]
    letter = _LETTER.match(line)
    if letter:
        place = ascii_uppercase.find(letter[1].upper())
        by_letter = options[place] if 0 <= place < len(options) else None
        return by_letter if not named or by_letter in named else None
    return named[0] if len(named) == 1 else None


def last_number(text: str) -> float | None:
    """The last number in a reply, thousands separated or not."""
    found = _NUMBER.findall(text)
    return float(found[-1].replace("−", "-").replace(",", "").replace(" ", "")) if found else None


def _bare(text: str) -> str:
    return text.strip().strip("*\"'").rstrip(".!").strip("*\"' ").casefold()
