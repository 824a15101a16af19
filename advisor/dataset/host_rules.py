"""What the services that train models take: formats, the least number of examples, sizes; and whether a file fits."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.dataset.formats import FORMAT_NAMES
from advisor.decision.fields import Fields
from advisor.strict_yaml import Document


class ModelLimit(NamedTuple):
    """The longest example, in tokens, that models whose names begin so are trained on."""

    begins_with: tuple[str, ...]
    tokens: int
    source: str


class HostRules(NamedTuple):
    """The rules of one service; a limit that is not known is None."""

    name: str
    formats: tuple[str, ...]
    least_examples: int | None
    most_bytes: int | None
    limits: tuple[ModelLimit, ...]
    source: tuple[str, ...]

    def example_tokens(self, model: str) -> int | None:
        """The longest example for `model`, in tokens."""
        plain = model.lower().removeprefix("openai/").removeprefix("ft:")
        return next((limit.tokens for limit in self.limits if plain.startswith(limit.begins_with)), None)


class Hosts(NamedTuple):
    """Every service by its name, and what the sources stand for."""

    of: Mapping[str, HostRules]
    sources: Mapping[str, str]


class Refusal(NamedTuple):
    """A reason for which an upload would be refused."""

    rule: str
    problem: str
    what_to_do: str
    source: tuple[str, ...]


def build_hosts(document: Document) -> Hosts:
    """The services in `rules/data_hosts.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    sources = known_sources(top)
    hosts: dict[str, HostRules] = {}
    for name, fields in top.group("hosts", "a host").items():
        formats = fields.texts("formats", required=True)
        for form in formats:
            fields.must_be_known(form, FORMAT_NAMES, "format", "formats")
        hosts[name] = HostRules(
            name,
            formats,
            _whole(fields, "least_examples"),
            _whole(fields, "most_bytes"),
            tuple(_limit(limit, sources) for limit in fields.rows("example_tokens", "a limit")),
            fields.texts("source", required=True),
        )
        for source in hosts[name].source:
            fields.must_be_known(source, sources, "source", "source")
        fields.done()
    top.done()
    return Hosts(hosts, sources)


def refusals(host: HostRules, form: str, right_rows: int, size_bytes: int) -> Iterator[Refusal]:
    """Why `host` would refuse a file of that format, with so many rows without a mistake, of that size."""
    if form not in host.formats:
        what = f"{host.name} takes {', '.join(host.formats)}, not {form}"
        to_do = f"advisor data convert FILE OUT --to {host.formats[0]}"
        yield Refusal("format", what, to_do, host.source)
    if host.least_examples is not None and right_rows < host.least_examples:
        what = f"{host.name} needs at least {host.least_examples} examples; {right_rows} are right"
        yield Refusal("least_examples", what, "add examples, or mend the rows that are wrong", host.source)
    if host.most_bytes is not None and size_bytes > host.most_bytes:
        what = f"the file has {size_bytes / 1e6:,.0f} MB; {host.name} takes {host.most_bytes / 1e6:,.0f} MB at most"
        yield Refusal("most_bytes", what, "leave out the least useful rows, or split the file", host.source)


def _whole(fields: Fields, name: str) -> int | None:
    value = fields.number(name)
    if value is not None and (value <= 0 or value != value.to_integral_value()):
        raise fields.error(f"{name} must be a whole number above 0, not {value}", name, what_to_do="correct it")
    return None if value is None else int(value)


def _limit(fields: Fields, sources: Mapping[str, str]) -> ModelLimit:
    tokens = _whole(fields, "tokens")
    if tokens is None:
        raise fields.error("a limit needs `tokens`", what_to_do="add `tokens: ...`")
    begins = tuple(name.lower() for name in fields.texts("begins_with", required=True))
    limit = ModelLimit(begins, tokens, fields.one_of("source", sources, "source"))
    fields.done()
    return limit
