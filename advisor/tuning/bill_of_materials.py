"""A CycloneDX 1.6 bill of materials of a model (ML-BOM): the model, its base, its data and the packages used."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from advisor import __version__
from advisor.store.models import TunedModel

_ADVISOR: Final = uuid.UUID("0d0c1b2a-7f43-5c3c-9b53-5d2e2f0a6a11")  # names the models of this program in UUIDs
_TASKS: Final = {"linear": "text classification or retrieval", "lora": "text generation"}


def bill_of_materials(model: TunedModel) -> str:
    """The bill as JSON; the same model gives the same text."""
    lineage = model.lineage
    base = {"bom-ref": "base-model", "type": "machine-learning-model", "name": lineage["base_model"]}
    packages = [
        {
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version in lineage["versions"].items()
        if name != "python"
    ]
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_ADVISOR, model.id)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(model.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": [{"type": "application", "name": "advisor", "version": __version__}]},
            "component": {
                "bom-ref": "model",
                "type": "machine-learning-model",
                "name": model.id,
                "description": lineage["what"],
                "modelCard": _card(lineage),
                "properties": [
                    {"name": "advisor:job", "value": model.job_id},
                    {"name": "advisor:seed", "value": str(lineage["seed"])},
                    {"name": "advisor:trained_tokens", "value": str(lineage["trained_tokens"])},
                    *(
                        {"name": f"advisor:hyperparameter:{name}", "value": str(value)}
                        for name, value in lineage["hyperparameters"].items()
                    ),
                ],
            },
        },
        "components": [base, *_data(lineage), *packages],
        "dependencies": [
            {"ref": "model", "dependsOn": ["base-model", *(package["bom-ref"] for package in packages)]},
        ],
    }
    return json.dumps(document, indent=2)


def _card(lineage: Any) -> dict[str, Any]:
    task = _TASKS["lora" if "torch" in lineage["versions"] else "linear"]
    refs = [{"ref": f"{name}-data"} for name, data in lineage["data"].items() if data]
    card: dict[str, Any] = {
        "modelParameters": {
            "approach": {"type": "supervised" if lineage["method"] == "supervised" else "reinforcement-learning"},
            "task": task,
            "datasets": refs,
            "inputs": [{"format": "text"}],
            "outputs": [{"format": "text"}],
        }
    }
    if lineage["metrics"]:
        card["quantitativeAnalysis"] = {
            "performanceMetrics": [
                {"type": name, "value": str(value)} for name, value in sorted(lineage["metrics"].items())
            ]
        }
    return card


def _data(lineage: Any) -> list[dict[str, Any]]:
    return [
        {
            "bom-ref": f"{name}-data",
            "type": "data",
            "name": data["name"] or data["file"],
            "data": [{"type": "dataset", "name": data["file"]}],
            **({"hashes": [{"alg": "SHA-256", "content": data["sha256"]}]} if data["sha256"] else {}),
        }
        for name, data in lineage["data"].items()
        if data
    ]
