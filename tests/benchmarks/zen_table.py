"""The approach table translated for zen-engine, so that both decide the same tree in the same run."""

from __future__ import annotations

import json
from typing import Any

from advisor.decision.conditions import Condition, Named, Not, Some, Test
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import NA, Slot, State_

_OPERATORS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def zen_model(book: RuleBook, *, looped: bool) -> str:
    """A JDM document with one first-hit decision table; `looped` takes a list of cases under `cases`."""
    rows: list[dict[str, str]] = []
    for rule in book.approach.rules:
        passed = [_expression(rule.when)]
        for gate in rule.requires:
            rows.append(_row(len(rows), [*passed, f"not ({_expression(gate.holds)})"], gate.otherwise))
            passed.append(_expression(gate.holds))
        rows.append(_row(len(rows), passed, rule.then))
    table: dict[str, Any] = {
        "hitPolicy": "first",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [{"id": "then", "name": "then", "field": "approach"}],
        "rules": rows,
        "passThrough": False,
    }
    if looped:
        table |= {"inputField": "cases", "outputPath": "decided", "executionMode": "loop"}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": table},
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "e1", "sourceId": "in", "targetId": "table", "type": "edge"},
        {"id": "e2", "sourceId": "table", "targetId": "out", "type": "edge"},
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


def zen_context(book: RuleBook, state: State_) -> dict[str, Any]:
    """A fully answered state as zen's input: one name for each slot."""
    return {_name(slot): _plain(state[slot.index]) for slot in book.slots.all if not slot.derived}


def _row(number: int, conditions: list[str], outcome: str) -> dict[str, str]:
    return {"_id": f"row{number}", "when": " and ".join(f"({text})" for text in conditions), "then": f'"{outcome}"'}


def _expression(condition: Condition) -> str:
    match condition:
        case Named():
            return _expression(condition.part)
        case Not():
            return f"not ({_expression(condition.part)})"
        case Some():
            word = " and " if condition.count == len(condition.parts) else " or "
            return word.join(f"({_expression(part)})" for part in condition.parts) or "true"
        case Test():
            name = _name(condition.slot)
            if condition.op == "has":
                return f"{name} == true"
            if condition.op == "in":
                return f"{name} in [{', '.join(json.dumps(value) for value in condition.value)}]"
            return f"{name} {_OPERATORS[condition.op]} {json.dumps(_plain(condition.value))}"


def _name(slot: Slot) -> str:
    return f"{slot.answer}_{slot.option}".replace(".", "_") if slot.option else slot.answer.replace(".", "_")


def _plain(value: Any) -> Any:
    if value is NA or value is None:
        return None
    return value if isinstance(value, bool | str | int) else float(value)
