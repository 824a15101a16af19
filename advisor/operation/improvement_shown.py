"""A run of a new training in words: why it began, what each step left, each gate, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from advisor.store.improvement_runs import ImprovementRun

_MARKS: Final = {"passed": "✓", "failed": "✗", "not_shown": "?"}


def run_lines(run: ImprovementRun) -> Iterator[str]:
    """The run, a line each; details stand two spaces in."""
    yield f"{run.id}: {run.status.replace('_', ' ')}, at the step {run.step.replace('_', ' ')}"
    yield f"  begun {_day(run.created_at)} because of {run.reason}"
    yield from _steps(run.state)
    for gate in run.state.get("gates", ()):
        mark, waits = _MARKS[gate["result"]], ", a person may decide" if gate["needs_approval"] else ""
        yield f"  {mark} {gate['gate'].replace('_', ' ')}{waits}"
        if gate["why"]:
            yield f"      {gate['why']}"
    if run.state.get("approved_by"):
        yield f"  approved by {run.state['approved_by']}: {run.state.get('note') or 'no note'}"
    if run.state.get("why"):
        yield f"  outcome: {run.state['why']}"
    if run.state.get("set_aside"):
        yield f"  its new corrections are set aside; `advisor improve take-back {run.id}` lets them in again"
    if run.finished_at:
        yield f"  ended {_day(run.finished_at)}"


def _steps(state: Mapping[str, Any]) -> Iterator[str]:
    if made := state.get("corrections"):
        yield (
            f"  corrections: {made['corrections']} ({made['new']} new), {made['refused']} refused by the checks, "
            f"{made['superseded']} old rows replaced"
        )
    if data := state.get("data"):
        yield f"  rows to train on: {data['rows']:,}; {data['left_out']} left out, related to locked questions"
    if model := state.get("model"):
        yield f"  model: {model} (job {state['job']})"
    if proof := state.get("proof"):
        yield f"  proof: {proof['run']}, by {proof['metric']}; `advisor prove show {proof['run']}`"


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
