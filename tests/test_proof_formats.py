"""A proof for programs: each format read back with its own parser, hostile texts letter for letter."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.proof import ProofFiles
from advisor.report.proof_csv import COLUMNS, proof_csv
from advisor.report.proof_junit import proof_junit
from advisor.report.proof_promptfoo import proof_promptfoo
from advisor.report.visible_text import visible
from tests.proof_files import HOSTILE, hostile_proof, small_proof

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufdd0"), max_size=30)
TEXT_OF_ITS_OWN = {"type": "string", "minLength": 1}
# What promptfoo asks of the parts that are written here, in our own words.
PROMPTFOO = {
    "type": "object",
    "required": ["description", "prompts", "providers", "tests"],
    "additionalProperties": False,
    "properties": {
        "description": {"type": "string"},
        "prompts": {
            "type": "array",
            "items": {
                "required": ["raw", "label"],
                "additionalProperties": False,
                "properties": {"raw": TEXT_OF_ITS_OWN, "label": TEXT_OF_ITS_OWN},
            },
        },
        "providers": {
            "type": "array",
            "items": {
                "required": ["id"],
                "additionalProperties": False,
                "properties": {"id": TEXT_OF_ITS_OWN, "label": TEXT_OF_ITS_OWN},
            },
        },
        "tests": {
            "type": "array",
            "items": {
                "required": ["vars", "assert"],
                "additionalProperties": False,
                "properties": {
                    "description": {"type": "string"},
                    "vars": {"type": "object", "properties": {"row": {"type": "object"}}},
                    "assert": {
                        "type": "array",
                        "items": {
                            "required": ["type", "value"],
                            "additionalProperties": False,
                            "properties": {
                                "type": {"enum": ["equals", "javascript", "rouge-n"]},
                                "value": {},
                                "threshold": {"type": "number"},
                            },
                        },
                    },
                },
            },
        },
    },
}


def rows(text: str) -> list[dict[str, str]]:
    """A CSV table read as its RFC says."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def of_kind(files: ProofFiles, kind: str, **changed: Any) -> ProofFiles:
    """The proof as one of another kind of task."""
    return files.model_copy(update={"proof": files.proof.model_copy(update={"task_kind": kind, **changed})})


def changed_item(expected: str, text: str) -> ProofFiles:
    """The small proof with one item of other texts."""
    small = small_proof()
    item = small.items[0]
    answers = {"linear": item.answers["linear"].model_copy(update={"text": text})}
    changed = item.model_copy(update={"question": text, "expected": expected, "answers": answers})
    return small.model_copy(update={"items": (changed,)})


def test_csv_has_the_columns_of_the_contract() -> None:
    """A row for each item and arm, figures by hand."""
    found = rows(proof_csv(small_proof()))
    assert tuple(found[0]) == COLUMNS
    assert COLUMNS == ("item", "arm", "expected", "answer", "correct", "score", "latency_ms", "usd", "chunks")
    assert len(found) == 12
    assert list(found[5].values()) == [
        "L2", "rag", "motor", "motor", "1", "1.0", "12.5", "0.0001", "codes.md#1;codes.md#2",
    ]  # fmt: skip
    assert [row["correct"] for row in found if row["arm"] == "few_shot"] == ["1", "0", "0", "1"]


@settings(deadline=None)
@given(TEXT, TEXT)
def test_csv_keeps_every_letter(expected: str, text: str) -> None:
    """Commas, quotes, line ends of every kind, formulas, control characters."""
    (row,) = rows(proof_csv(changed_item(expected, text)))
    assert (row["expected"], row["answer"]) == (expected, text)


def test_csv_of_hostile_texts() -> None:
    """Letter for letter, with no price as an empty cell."""
    files = hostile_proof()
    item = files.items[0]
    unpriced = item.model_copy(update={"answers": {"rag": item.answers["rag"].model_copy(update={"usd": None})}})
    found = rows(proof_csv(files.model_copy(update={"items": (unpriced, *files.items[1:])})))
    assert found[0]["usd"] == "" and found[0]["expected"] == HOSTILE
    assert found[1]["arm"] == f"few_shot {HOSTILE}" and found[1]["answer"] == HOSTILE


def test_junit_has_a_case_for_each_requirement() -> None:
    """The verdict and the failed items fail; gates that say nothing and arms that did not run are skipped."""
    root = ElementTree.fromstring(proof_junit(small_proof()))
    cases = {f"{one.get('classname')}.{one.get('name')}": [child.tag for child in one] for one in root.iter("testcase")}
    assert cases == {
        "advisor.prove.verdict": ["failure"],
        "advisor.prove.test_set.no_leaked_rows": [],
        "advisor.prove.run.complete": [],
        "advisor.prove.arm.few_shot.ran": [],
        "advisor.prove.arm.few_shot.no_failed_items": ["failure"],
        "advisor.prove.arm.linear.ran": [],
        "advisor.prove.arm.linear.no_failed_items": [],
        "advisor.prove.arm.linear.forgetting": ["skipped"],
        "advisor.prove.arm.linear.bias_and_safety": [],
        "advisor.prove.arm.rag.ran": [],
        "advisor.prove.arm.rag.no_failed_items": [],
        "advisor.prove.arm.tuned.ran": ["skipped"],
    }
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("12", "2", "2")
    failed = next(one for one in root.iter("failure") if "items failed" in str(one.get("message")))
    assert failed.text == "L3: HTTP 429 after 5 attempts"


def test_junit_of_a_good_run_passes() -> None:
    """Where training is worth it and nothing failed, no case fails."""
    small = small_proof()
    verdict = small.proof.verdict.model_copy(update={"answer": "worth_it"})
    arms = tuple(arm.model_copy(update={"failed_items": 0}) for arm in small.proof.arms)
    good = small.model_copy(update={"proof": small.proof.model_copy(update={"verdict": verdict, "arms": arms})})
    assert ElementTree.fromstring(proof_junit(good)).get("failures") == "0"


def test_junit_of_hostile_texts() -> None:
    """Well-formed, leaks and the early end fail, texts are told with what XML cannot hold replaced."""
    root = ElementTree.fromstring(proof_junit(hostile_proof()))
    failed = {one.get("name") for one in root.iter("testcase") if one.find("failure") is not None}
    assert {"verdict", "no_leaked_rows", "complete", "no_failed_items"} == failed
    told = next(root.iter("failure")).text or ""
    assert " ".join(told.split()) == " ".join(f"Next step: {visible(HOSTILE)}".split())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["label", "number", "json", "short_answer", "long_text", "graded"])
def test_promptfoo_has_the_shape_that_it_asks_for(kind: str) -> None:
    """Every kind of task; a test for each item and a provider for each arm."""
    import jsonschema

    for files in (small_proof(), hostile_proof()):
        value = yaml.safe_load(proof_promptfoo(of_kind(files, kind)))
        jsonschema.validate(value, PROMPTFOO)
        assert len(value["tests"]) == 4 and len(value["providers"]) == 4
        assert json.loads(value["prompts"][0]["raw"]) == [
            {"role": "user", "content": "{{row.question|replace('\ufdd0', '')}}"}
        ]


@settings(deadline=None)
@given(TEXT, TEXT)
def test_promptfoo_keeps_every_letter_and_runs_none(expected: str, text: str) -> None:
    """Texts stand in an object, where none is a template; taking out what keeps braces apart gives them back."""
    text, expected = f"{{{{ env.KEY }}}}{text}", f"{expected}{{% x %}}"
    value = yaml.safe_load(proof_promptfoo(of_kind(changed_item(expected, text), "graded")))
    row = value["tests"][0]["vars"]["row"]
    assert not re.search(r"\{[{%#]", json.dumps(list(row.values())))
    assert {name: one.replace("\ufdd0", "") for name, one in row.items()} == {
        "id": "L1",
        "question": text,
        "expected": expected,
    }
    assert value["tests"][0]["assert"] == [{"type": "equals", "value": "{{row.expected|replace('\ufdd0', '')}}"}]


NEEDS_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


def judged(files: ProofFiles, outputs: list[str]) -> list[bool]:
    """What the assertion of the first item says of outputs: an expression, or lines that return."""
    test = yaml.safe_load(proof_promptfoo(files))["tests"][0]
    check = test["assert"][0]["value"]
    assert not re.search(r"\{[{%#]", check), "promptfoo would take it for a template"
    body = check if "\n" in check else f"return {check}"
    code = (
        f"const context = {json.dumps({'vars': test['vars']})}; const is = new Function('output', 'context', "
        f"{json.dumps(body)}); console.log(JSON.stringify({json.dumps(outputs)}.map((one) => is(one, context))))"
    )
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True)
    value: list[bool] = json.loads(done.stdout)
    return value


@NEEDS_NODE
def test_promptfoo_compares_json_by_value() -> None:
    """The order of names and spacing aside; a list is no object, and what is no JSON is wrong."""
    files = of_kind(changed_item('{"a": [1, {"c": "{{ 7 }}", "b": null}], "$ref": "#"}', ""), "json")
    right = '{"$ref":"#","a":[1,{"b":null,"c":"{{ 7 }}"}]}'
    outputs = [right, '{"a": [1]}', '[["$ref", "#"], ["a", [1]]]', "{", ""]
    assert judged(files, outputs) == [True, False, False, False, False]


@NEEDS_NODE
def test_promptfoo_reads_labels_as_the_proof_does() -> None:
    """Case, spaces, quotes and a final dot aside."""
    outputs = [" 'trade  news'. ", "“TRADE NEWS”", "trade", "", "tradenews"]
    assert judged(changed_item("Trade News", ""), outputs) == [True, True, False, False, False]
