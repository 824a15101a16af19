"""Hosts that tune models over OpenAI's interface, and how each differs, from `rules/tuning_hosts.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from advisor.chat_client import KEY_VARIABLE, LOOPBACK
from advisor.decision.fields import Fields
from advisor.errors import InputError
from advisor.strict_yaml import Document

OPENAI: Final = "https://api.openai.com/v1"


class TuningHost(NamedTuple):
    """One host; `provider` is its name in the price book, "" where it has none, as on this machine."""

    id: str
    key_variable: str
    provider: str
    price_kinds: tuple[str, ...]
    least_examples: int
    statuses: Mapping[str, str]
    is_local: bool = False

    def status(self, word: str) -> str:
        """The job's status in OpenAI's words."""
        return self.statuses.get(word, word)


class TuningHosts(NamedTuple):
    """Every known host with how its addresses begin, or what their host name holds."""

    rows: tuple[tuple[str, str, TuningHost], ...]

    def at(self, base_url: str | None) -> TuningHost:
        """The host at `base_url`; OpenAI's where it is None. Raises InputError for what is no address."""
        address = base_url or OPENAI
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{address} is no address", where="--base-url", what_to_do="write https://host/v1")
        for begins, holds, host in self.rows:
            if (begins and f"{address}/".startswith(begins)) or (holds and parts.hostname.endswith(holds)):
                return host
        local = parts.hostname in LOOPBACK
        if parts.scheme == "http" and not local:
            raise InputError(
                "over http the key and the data could be read on the way", where="--base-url", what_to_do="use https"
            )
        return TuningHost(parts.hostname, KEY_VARIABLE, "", (), 1 if local else 10, {}, local)


def build_tuning_hosts(document: Document) -> TuningHosts:
    """The hosts in the file. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    sources = top.group("sources", "a source")
    rows: list[tuple[str, str, TuningHost]] = []
    for name, fields in top.group("hosts", "a host").items():
        least = fields.number("least_examples")
        statuses = fields.raw("statuses") or {}
        host = TuningHost(
            name,
            fields.text("key_variable"),
            fields.text("provider"),
            fields.texts("prices", required=True),
            int(least or 1),
            {str(word): str(meaning) for word, meaning in statuses.items()},
        )
        fields.one_of("source", sources, "source")
        rows.append((fields.text("address", ""), fields.text("address_holds", ""), host))
        fields.done()
    return TuningHosts(tuple(rows))
