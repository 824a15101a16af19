"""For which approaches a data set is large enough."""

from collections.abc import Collection
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

_USES: Final = ("answers", "comparisons", "tasks")


class Enough(NamedTuple):
    """The least number of right rows for an approach; `use` is what the rows must hold."""

    approach: str
    use: str
    least_examples: int
    source: tuple[str, ...]


class Verdict(NamedTuple):
    """Approaches that the data are enough for, and that in a sentence."""

    enough_for: tuple[str, ...]
    summary: str


def build_enough(document: Document, sources: Collection[str]) -> tuple[Enough, ...]:
    """The thresholds in `rules/data_enough.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    found: list[Enough] = []
    for fields in top.rows("enough", "a threshold"):
        least = fields.number("least_examples")
        if least is None or least < 1 or least != least.to_integral_value():
            raise fields.error("a threshold needs `least_examples`, a whole number above 0", "least_examples")
        use = fields.one_of("for", _USES, "use")
        found.append(Enough(fields.text("approach"), use, int(least), fields.texts("source", required=True)))
        for source in found[-1].source:
            fields.must_be_known(source, sources, "source", "source")
        fields.done()
    top.done()
    return tuple(found)


def verdict_of(form: str, rows: int, right_rows: int, thresholds: Collection[Enough]) -> Verdict:
    """What `right_rows` rows without a blocking finding, of `rows` in all, are enough for."""
    use = {"openai_preference": "comparisons", "trl_preference": "comparisons", "reinforcement": "tasks"}.get(
        form, "answers"
    )
    fitting = [item for item in thresholds if item.use == use]
    enough = tuple(item.approach for item in fitting if right_rows >= item.least_examples)
    short = next((item for item in fitting if right_rows < item.least_examples), None)
    counted = f"{right_rows:,} of {rows:,} rows have no blocking finding"
    by_count = f"by number that is enough for {', '.join(enough)}" if enough else "by number that is enough for nothing"
    missing = f"; {short.approach} asks for {short.least_examples:,}" if short else ""
    return Verdict(enough, f"{counted}; {by_count}{missing}.")
