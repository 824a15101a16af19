"""The questions of a proof as a promptfoo configuration, to be asked of any models there.

Written for promptfoo 0.123 (https://promptfoo.dev/config-schema.json): its `validate` takes the file, and its `eval`
asks and compares texts letter for letter, also those that look like its templates or file names.
"""

from __future__ import annotations

import re
from typing import Any, Final

from advisor.evaluation.proof import ProofFiles, ProofItem
from advisor.report.visible_text import on_one_line

SCHEMA: Final = "https://promptfoo.dev/config-schema.json"
MODEL: Final = "openai:chat:REPLACE-WITH-A-MODEL"
_HEAD: Final = f"""\
# yaml-language-server: $schema={SCHEMA}
# The test set of a proof for promptfoo (https://www.promptfoo.dev); run it with `promptfoo eval -c FILE`.
# Name a model for each provider. The prompt is the question alone: add examples or documents where an arm had them.
# promptfoo scores in its own way, so its pass rates are near to those of the proof but not the same.
"""
# No text of the data may act there as a template or make promptfoo read a file. A prompt that is JSON is rendered once,
# after it was parsed; a variable that is an object is not taken for a file name. But `{{ env.NAME }}` is filled in
# anywhere in a configuration, so that a question could ask for a key: a noncharacter, which no text has, keeps braces
# apart until the prompt is made.
_APART: Final = "\ufdd0"
_TEMPLATE: Final = re.compile(r"\{(?=[{%#])")
_QUESTION: Final = f"{{{{row.question|replace('{_APART}', '')}}}}"
_EXPECTED: Final = f"{{{{row.expected|replace('{_APART}', '')}}}}"
_PROMPT: Final = f'[\n  {{"role": "user", "content": "{_QUESTION}"}}\n]'
# As the proof reads labels: case, spaces, quotes and a final dot aside.
_AROUND: Final = "[\\s\"'`*.“”‘’«»]+"
_SAME_LABEL: Final = (
    "new Set([String(output), context.vars.row.expected.replaceAll('\\ufdd0', '')].map((text) => "
    f"text.toLowerCase().replace(/\\s+/g, ' ').replace(/^{_AROUND}|{_AROUND}$/g, ''))).size === 1"
)
# Objects and lists by value, whatever the order of names; the golden one stays text, since promptfoo follows a `$ref`
# in objects of its configuration.
_SAME_JSON: Final = """\
const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value && typeof value === 'object'
  ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]))
  : value;
try {
  const said = typeof output === 'string' ? JSON.parse(output) : output;
  const expected = JSON.parse(context.vars.row.expected.replaceAll('\\ufdd0', ''));
  return JSON.stringify(sorted(said)) === JSON.stringify(sorted(expected));
} catch {
  return false;
}
"""
_LIKENESS: Final = {"short_answer": 0.8, "long_text": 0.5}  # the shares from which the proof counts an item as correct


def proof_promptfoo(files: ProofFiles) -> str:
    """A promptfooconfig.yaml: a prompt, a provider to be named for each arm, and a test for each item."""
    import yaml

    proof = files.proof
    questions = f"{len(files.items)} questions of the proof {on_one_line(proof.run)}"
    value = {
        "description": _inert(f"{on_one_line(proof.title)}: {questions}"),
        "prompts": [{"label": "the question", "raw": _PROMPT}],
        "providers": [{"id": MODEL, "label": _inert(on_one_line(arm.name))} for arm in proof.arms],
        "tests": [_test(item, proof.task_kind) for item in files.items],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # ten times faster, where PyYAML has it
    return _HEAD + str(yaml.dump(value, Dumper=dumper, allow_unicode=True, sort_keys=False, width=110))


def _test(item: ProofItem, task_kind: str) -> dict[str, Any]:
    texts = {"id": item.id, "question": item.question, "expected": item.expected}
    row = {name: _inert(text) for name, text in texts.items()}
    return {"description": _inert(on_one_line(item.id)), "vars": {"row": row}, "assert": [_assertion(task_kind)]}


def _assertion(task_kind: str) -> dict[str, Any]:
    """What comes nearest to the proof's own scoring of that kind of task."""
    if task_kind == "label":
        return {"type": "javascript", "value": _SAME_LABEL}
    if task_kind in _LIKENESS:
        return {"type": "rouge-n", "value": _EXPECTED, "threshold": _LIKENESS[task_kind]}
    if task_kind == "json":
        return {"type": "javascript", "value": _SAME_JSON}
    return {"type": "equals", "value": _EXPECTED}


def _inert(text: str) -> str:
    """Text in which promptfoo finds no template."""
    return _TEMPLATE.sub("{" + _APART, text)
