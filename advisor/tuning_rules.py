"""Loads what tuning plans rest on, from `rules/`."""

from __future__ import annotations

from typing import NamedTuple

from advisor.files import content, load_documents
from advisor.tuning.hosts import TuningHosts, build_tuning_hosts
from advisor.tuning.hyperparameters import SettingRules, build_setting_rules


class TuningRules(NamedTuple):
    """Settings of training runs and the hosts that tune models."""

    settings: SettingRules
    hosts: TuningHosts


def load_tuning_rules() -> TuningRules:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("hyperparameters", "tuning_hosts")}
    return load_documents(
        paths,
        lambda documents: TuningRules(
            build_setting_rules(documents["hyperparameters"]), build_tuning_hosts(documents["tuning_hosts"])
        ),
    )
