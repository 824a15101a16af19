"""A proof as one page that needs nothing else: verdict, arms, intervals, confusions, every item with every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from advisor.evaluation.proof import ItemAnswer, ProofFiles, ProofItem
from advisor.report.proof_chart import interval_chart
from advisor.report.proof_confusion import confusions
from advisor.report.proof_figures import dollars, milliseconds, ranked
from advisor.report.proof_parts import score_intervals
from advisor.report.proof_sections import proof_content
from advisor.report.self_contained_page import self_contained_page, within_script
from advisor.report.visible_text import on_one_line, visible

PAGE_ITEMS: Final = 25
_WITHOUT_SCRIPT: Final = 300  # items that can be read where scripts are switched off
_CELL: Final = 160  # characters of an answer or a question in the table; the whole text is a click away


class _Answer(NamedTuple):
    """One cell: `state` is right, wrong or failed; `figures` are score, latency, dollars and tokens in words."""

    text: str
    state: str
    figures: str
    error: str
    chunks: tuple[int, ...]
    latency_ms: float
    usd: float


class _Item(NamedTuple):
    id: str
    question: str
    expected: str
    source: str
    answers: tuple[_Answer | None, ...]


class _Chunk(NamedTuple):
    id: str
    heading: str
    text: str


def proof_page(files: ProofFiles) -> str:
    """The page in HTML. The texts are hostile: all are escaped, and only this page's own script may run.

    The items are in it once, as data from which its script makes a page of the table at a time; without scripts the
    first page and a list of further items can be read.
    """
    from markupsafe import Markup

    content, proof = proof_content(files), files.proof
    best = [arm.name for arm in ranked(proof)]
    # Arms that were asked but have no result yet, as in a partial run, come last.
    names = list(dict.fromkeys([*best, *(name for item in files.items for name in item.answers)]))
    places = {key: place for place, key in enumerate(files.chunks)}
    items = [_item(item, names, places) for item in files.items]
    chunks = [
        _Chunk(visible(chunk.id), visible(" > ".join((chunk.source, *chunk.headings))), visible(chunk.text))
        for chunk in files.chunks.values()
    ]
    arms = [on_one_line(name) for name in names]
    data = {"arms": arms, "page": PAGE_ITEMS, "cell": _CELL, "chunks": chunks, "items": items}
    chart = interval_chart(f"{on_one_line(proof.metric)} with 95 % intervals", score_intervals(proof))
    return self_contained_page(
        "proof",
        title=on_one_line(proof.title),
        answer=proof.verdict.answer,
        content=content,
        chart=Markup(chart),  # noqa: S704  made as XML, which escapes
        confusions=confusions(files),
        arms=arms,
        items=items[:PAGE_ITEMS],
        more=items[PAGE_ITEMS:_WITHOUT_SCRIPT],
        count=len(items),
        without_script=min(len(items), _WITHOUT_SCRIPT),
        chunks=chunks,
        cell=_CELL,
        data=Markup(within_script(data)),  # noqa: S704  escaped there
    )


def _item(item: ProofItem, names: list[str], places: Mapping[str, int]) -> _Item:
    answers = tuple(_answer(item.answers[name], places) if name in item.answers else None for name in names)
    return _Item(visible(item.id), visible(item.question), visible(item.expected), visible(item.source or ""), answers)


def _answer(answer: ItemAnswer, places: Mapping[str, int]) -> _Answer:
    state = "failed" if answer.error is not None else "right" if answer.correct else "wrong"
    figures = [] if answer.score in (0, 1) else [f"score {answer.score:.2f}"]
    figures.append(f"{milliseconds(answer.latency_ms)} ms")
    figures.append("no price" if answer.usd is None else dollars(answer.usd))
    return _Answer(
        visible(answer.text),
        state,
        ", ".join(figures),
        visible(answer.error or ""),
        tuple(places[chunk] for chunk in answer.chunks if chunk in places),
        answer.latency_ms,
        float(answer.usd or 0),
    )
