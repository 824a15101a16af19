"""A model card in Markdown, as the Hugging Face hub reads it: YAML facts at the top, words below."""

from __future__ import annotations

from typing import Any

import yaml

from advisor.store.models import TunedModel
from advisor.tuning.prediction import Compared, sentence


def model_card(model: TunedModel) -> str:
    """The card of a registered model; nothing stands in it that the lineage does not say."""
    lineage = model.lineage
    hub = lineage["base_model"].removeprefix("hf/") if lineage["base_model"].startswith("hf/") else None
    facts: dict[str, Any] = {"tags": ["fine-tuned", lineage["method"]]}
    if hub:
        facts |= {"base_model": hub, "pipeline_tag": "text-generation"}
    if lineage["versions"].get("peft"):
        facts["library_name"] = "peft"
    if lineage["versions"].get("scikit-learn"):
        facts["library_name"] = "scikit-learn"
    training, validation = lineage["data"]["training"], lineage["data"]["validation"]
    lines = [
        "---",
        yaml.safe_dump(facts, sort_keys=True, allow_unicode=True).strip(),
        "---",
        "",
        f"# {model.id}",
        "",
        f"{lineage['what']}",
        "",
        "## How it was made",
        "",
        f"- Base model: `{lineage['base_model']}`",
        f"- Method: {lineage['method']}, seed {lineage['seed']}",
        f"- Hyperparameters: {_pairs(lineage['hyperparameters']) or 'as the trainer chose them'}",
        f"- Training data: {_data(training)}",
        f"- Validation data: {_data(validation) if validation else 'none'}",
        f"- Trained tokens: {lineage['trained_tokens']:,}",
        f"- Time: {lineage['cost']['training_seconds']:,} s",
        f"- Paid: ${lineage['cost']['usd']}, {lineage['cost']['note']}",
        *_planned(lineage["plan"]),
        f"- Made with: {_pairs(lineage['versions'])}",
        f"- Job: `{model.job_id}`",
        "",
        "## Evaluation",
        "",
    ]
    if lineage["metrics"]:
        lines += ["| metric | value |", "|---|---|"]
        lines += [f"| {name} | {value:.6g} |" for name, value in sorted(lineage["metrics"].items())]
    else:
        lines += ["Nothing was measured."]
    lines += [
        "",
        "## Limits",
        "",
        "The model was fitted to the data above and to nothing else. Facts in that data are not kept up to date by it; "
        "what it answers to questions of another kind was not measured here.",
        "",
    ]
    return "\n".join(lines)


def _planned(plan: dict[str, Any] | None) -> list[str]:
    """What the plan says beside what was: nothing for a job that no plan made."""
    if plan is None:
        return []
    said = sentence(tuple(Compared(**figure) for figure in plan["figures"]))
    split = plan["data"]["split"]
    kept = f", {split['part']} of the split with manifest SHA-256 `{split['manifest_sha256']}`" if split else ""
    lines = [f"- Plan: `{plan['run']}` of {plan['made_on']}, on `{plan['data']['file']}`{kept}"]
    return [*lines, f"- Beside the plan: {said}"] if said else lines


def _data(data: dict[str, Any]) -> str:
    return f"{data['rows']:,} rows, SHA-256 `{data['sha256']}`"


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
