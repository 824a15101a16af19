"""What the case claims of its data set, held against the file that `data.file` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.case import Case, Measured
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.dataset.example import Example

FILE: Final = "data.file"
SAMPLE_ROWS: Final = 2_000  # of which tokens are counted and personal data looked for


def measured_case(case: Case) -> Case:
    """`case` with what its data set shows in place of what it claims; both stand in `measured`.

    A relative path is taken from the folder of the case file. Where the file cannot be read the claims stay, and
    `measured` says why.
    """
    path = data_path(case)
    if path is None:
        return case
    named = str(case.given(FILE))
    try:
        found = _measured(case, path)
    except InputError as error:
        why = f"{named} could not be read ({error.problem}); what the case claims of the data was taken"
        return case._replace(measured=(Measured(FILE, named, named, why),))
    answers = {item.answer: item.value for item in found}
    return case.with_answers(answers)._replace(measured=tuple(found))


def data_path(case: Case) -> Path | None:
    """The data set that `case` names, a relative path from the folder of the case file; None where it names none."""
    named = case.given(FILE)
    # An absolute path stays as it is when it is joined.
    return Path(case.name).parent / named if isinstance(named, str) else None


def _measured(case: Case, path: Path) -> list[Measured]:
    """Every answer that the file shows, with the claim beside it."""
    from advisor.data_examples import rows_of
    from advisor.dataset.duplicates import text_hash
    from advisor.dataset.labels import Labels

    rows = rows_of(path)
    labels, seen = Labels(), set[int]()
    sample: list[Example] = []
    for row in rows:
        key = text_hash(row.example)
        if key in seen:
            continue
        seen.add(key)
        labels.add(row.example)
        if len(sample) < SAMPLE_ROWS:
            sample.append(row.example)
    if not seen:
        raise InputError("it has no row that can be learnt from", where=str(path))
    pairs = rows.format.name.endswith("_preference")
    name = path.name
    found = [
        _beside(
            case,
            "data.preference_pairs" if pairs else "data.examples",
            len(seen),
            f"different rows without a mistake of structure in {name}",
        )
    ]
    counts = labels.counts()
    if counts and case.given("task.kind") == "classification":
        found.append(_beside(case, "task.labels", len(counts), f"different labels in {name}"))
    found += _tokens(case, sample, name)
    kinds = _personal(sample)
    if kinds:
        said = f"{', '.join(kinds)} in the first {len(sample):,} rows of {name}"
        found.append(_beside(case, "data.personal_data", "present", said))
    return found


def _tokens(case: Case, sample: list[Example], name: str) -> list[Measured]:
    """Mean tokens of the parts of a row, for what the case does not say of its traffic."""
    from advisor.files import load_tokenizers
    from advisor.token_count import count_tokens

    tokenizer = load_tokenizers().of(str(case.given("models.base") or "gpt-4o-mini"))
    parts = {
        "traffic.instruction_tokens": [example.system for example in sample],
        "traffic.input_tokens": [example.prompt for example in sample],
        "traffic.output_tokens": [example.answer for example in sample],
    }
    found = []
    for answer, texts in parts.items():
        if case.given(answer) is None and any(texts):
            tokens = count_tokens(texts, tokenizer).tokens
            said = f"mean tokens of {len(texts):,} rows of {name}"
            found.append(Measured(answer, None, max(1, round(tokens / len(texts))), said))
    return found


def _personal(sample: list[Example]) -> list[str]:
    from advisor.dataset.personal import PersonalData
    from advisor.dataset.secrets import Secrets

    personal, secrets = PersonalData(), Secrets()
    for example in sample:
        personal.add(example)
        secrets.add(example)
    found = (*personal.found(), *secrets.found())
    return [f"{len(item.places):,} x {item.id.removeprefix('personal_')}" for item in found]


def _beside(case: Case, answer: str, value: int | str, said: str) -> Measured:
    claimed = case.given(answer)
    return Measured(answer, claimed, value, said)
