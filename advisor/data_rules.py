"""Loads what data sets are judged by, from `rules/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from advisor.dataset.boilerplate import Phrases, read_phrases
from advisor.dataset.enough import Enough, build_enough
from advisor.dataset.finding_rules import FindingRules, build_finding_rules
from advisor.dataset.host_rules import Hosts, build_hosts
from advisor.files import content, load_documents
from advisor.strict_yaml import Document


class DataRuleBook(NamedTuple):
    """Findings, services and thresholds; `sources` says what each source that they name stands for."""

    findings: FindingRules
    hosts: Hosts
    enough: tuple[Enough, ...]
    phrases: tuple[Phrases, ...]
    sources: Mapping[str, str]


def load_data_rules() -> DataRuleBook:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    folder = content("rules")
    names = ("data_findings", "data_hosts", "data_enough", "boilerplate", "sources", "evidence")
    return load_documents(
        {name: folder / f"{name}.yaml" for name in names},
        _build,
    )


def _build(documents: Mapping[str, Document]) -> DataRuleBook:
    findings = build_finding_rules(documents["data_findings"], documents["sources"], documents["evidence"])
    hosts = build_hosts(documents["data_hosts"])
    shared = {name: source["says"] for name, source in documents["sources"].value["sources"].items()}
    claims = {item["id"]: item["claim"] for item in documents["evidence"].value["evidence"]}
    enough = build_enough(documents["data_enough"], shared)
    phrases = read_phrases(documents["boilerplate"])
    return DataRuleBook(findings, hosts, enough, phrases, {**claims, **shared, **findings.sources, **hosts.sources})
