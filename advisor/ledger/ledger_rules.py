"""Which kinds of predictions are kept and how ranges learn from them: `rules/ledger.yaml`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import log
from typing import Final, NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.evaluation.metric_rules import number_within, sources_of
from advisor.ledger.entry import Scale, Spread
from advisor.strict_yaml import Document

_COUNTS: Final = ("widen_from", "narrow_from", "shift_from", "shift_prior", "newest")


class Learning(NamedTuple):
    """From how many records a range is widened, narrowed or shifted, and how far at most."""

    widen_from: int
    narrow_from: int
    shift_from: int
    shift_prior: int
    newest: int
    widest: float
    narrowest: float


class Kind(NamedTuple):
    """One kind of prediction. `least_half_width` is on the scale: a logarithm, or a difference.

    `of_estimate` are P10, P50 and P90 as shares of an estimate that is one number; None where the estimate is a range.
    """

    name: str
    what: str
    unit: str
    scale: Scale
    least_half_width: float
    of_estimate: Spread | None

    def around(self, estimate: float) -> Spread:
        """The assumed range around an estimate that is one number."""
        shares = self.of_estimate or Spread(1, 1, 1)
        return Spread(*(estimate * share for share in shares))


class LedgerRules(NamedTuple):
    """Everything that the ledger goes by; `sources` say where it is from."""

    learning: Learning
    kinds: Mapping[str, Kind]
    sources: Mapping[str, str]


def build_ledger_rules(document: Document) -> LedgerRules:
    """The rules in the file. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    groups = top.group("learning", "a limit of learning")
    values: dict[str, Decimal] = {}
    for name in Learning._fields:
        if name not in groups:
            raise top.error(f"learning needs `{name}`", "learning", what_to_do=f"add `{name}: ...`")
        fields = groups.pop(name)
        values[name] = number_within(fields, "value", 0, 1_000_000)
        sources_of(fields, own)
        fields.done()
    if groups:
        unknown = next(iter(groups))
        raise top.error(f"learning has no limit named {unknown}", "learning", unknown, what_to_do="leave it out")
    widen, narrow, shift, prior, newest = (int(values[name]) for name in _COUNTS)
    learning = Learning(widen, narrow, shift, prior, newest, float(values["widest"]), float(values["narrowest"]))
    kinds = {name: _kind(name, fields, own) for name, fields in top.group("kinds", "a kind").items()}
    top.done()
    return LedgerRules(learning, kinds, own)


def _kind(name: str, fields: Fields, known: Mapping[str, str]) -> Kind:
    scale: Scale = "log" if fields.one_of("scale", ("log", "linear"), "scale") == "log" else "linear"
    least = float(number_within(fields, "least_half_width", 0, 100))
    if scale == "log" and least <= 1:
        raise fields.error("on the log scale `least_half_width` is a factor above 1", "least_half_width")
    shares: Spread | None = None
    if fields.raw("of_estimate") is not None:
        part = Fields(fields.document, (*fields.path, "of_estimate"), "of_estimate")
        shares = Spread(*(float(number_within(part, end, 0, 1000)) for end in Spread._fields))
        part.done()
    kind = Kind(name, fields.text("what"), fields.text("unit"), scale, log(least) if scale == "log" else least, shares)
    sources_of(fields, known)
    fields.done()
    return kind
