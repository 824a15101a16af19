"""The questions of a proof as a promptfoo configuration, to be asked of any models there.

Written for the configuration schema that promptfoo publishes (https://promptfoo.dev/config-schema.json, its repository
at commit 626d4f9).
"""

from __future__ import annotations

import json
from typing import Any, Final

from advisor.evaluation.proof import Proof, ProofFiles, ProofItem
from advisor.report.visible_text import on_one_line

SCHEMA: Final = "https://promptfoo.dev/config-schema.json"
MODEL: Final = "openai:chat:REPLACE-WITH-A-MODEL"
_HEAD: Final = f"""\
# yaml-language-server: $schema={SCHEMA}
# The test set of a proof for promptfoo (https://www.promptfoo.dev); run it with `promptfoo eval -c FILE`.
# Name a model for each provider. The prompt is the question alone: add examples or documents where an arm had them.
# promptfoo scores in its own way, so its pass rates are near to those of the proof but not the same.
"""
# A prompt that is JSON is rendered once, after it was parsed, and a variable that is an object is never taken for a
# file name. So no text of the data can act as a template there, or make promptfoo read a file.
_PROMPT: Final = '[\n  {"role": "user", "content": "{{row.question}}"}\n]'
# As the proof reads labels: case, spaces, quotes and a final dot aside.
_AROUND: Final = "[\\s\"'`*.“”‘’«»]+"
_SAME_LABEL: Final = (
    "new Set([String(output), context.vars.row.expected].map((text) => "
    f"text.toLowerCase().replace(/\\s+/g, ' ').replace(/^{_AROUND}|{_AROUND}$/g, ''))).size === 1"
)
_LIKENESS: Final = {"short_answer": 0.8, "long_text": 0.5}  # the shares from which the proof counts an item as correct


def proof_promptfoo(files: ProofFiles) -> str:
    """A promptfooconfig.yaml: a prompt, a provider to be named for each arm, and a test for each item."""
    import yaml

    proof = files.proof
    questions = f"{len(files.items)} questions of the proof {on_one_line(proof.run)}"
    value = {
        "description": f"{on_one_line(proof.title)}: {questions}",
        "prompts": [{"label": "the question", "raw": _PROMPT}],
        "providers": [{"id": MODEL, "label": on_one_line(arm.name)} for arm in proof.arms],
        "tests": [_test(item, proof) for item in files.items],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times faster, where PyYAML has it
    return _HEAD + str(yaml.dump(value, Dumper=dumper, allow_unicode=True, sort_keys=False, width=110))


def _test(item: ProofItem, proof: Proof) -> dict[str, Any]:
    row = {"id": item.id, "question": item.question, "expected": item.expected}
    return {"description": on_one_line(item.id), "vars": {"row": row}, "assert": [_assertion(item, proof)]}


def _assertion(item: ProofItem, proof: Proof) -> dict[str, Any]:
    """What comes nearest to the proof's own scoring of that kind of task."""
    if proof.task_kind == "label":
        return {"type": "javascript", "value": _SAME_LABEL}
    if proof.task_kind in _LIKENESS:
        return {"type": "rouge-n", "value": "{{row.expected}}", "threshold": _LIKENESS[proof.task_kind]}
    if proof.task_kind == "json":
        value = _json_object(item.expected)
        if value is not None:
            return {"type": "equals", "value": value}
    return {"type": "equals", "value": "{{row.expected}}"}


def _json_object(text: str) -> dict[str, Any] | None:
    """An object is compared by its values; anything else by its letters."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
