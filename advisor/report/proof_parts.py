"""A proof as parts of a larger report: its sections, tables and chart under headings that say they are a proof's."""

from __future__ import annotations

from advisor.evaluation.proof import Proof, ProofFiles
from advisor.report.proof_chart import ScoreInterval, interval_chart
from advisor.report.proof_figures import ranked, score_of, with_interval
from advisor.report.proof_sections import proof_content
from advisor.report.section import Figure, Section
from advisor.report.visible_text import on_one_line


def proof_parts(files: ProofFiles) -> tuple[Section, ...]:
    """The sections in the order of reading; items are left to the page of the proof itself."""
    content = proof_content(files)
    arms = Section("Arms", figures=_chart(files.proof), tables=(content.arms,) if content.arms.rows else ())
    retrieval = Section("Documents", tables=(content.retrieval,) if content.retrieval.rows else ())
    found = (content.verdict._replace(lead=False), arms, *content.about_arms, retrieval, *content.rest)
    return tuple(
        section._replace(title=f"Proof: {section.title[0].lower()}{section.title[1:]}")
        for section in found
        if not section.is_empty
    )


def score_intervals(proof: Proof) -> list[ScoreInterval]:
    """Each arm's score by the primary metric, the best first."""
    return [
        ScoreInterval(on_one_line(arm.name), *(found.value, found.low, found.high))
        for arm in ranked(proof)
        if (found := score_of(arm.scores, proof.metric))
    ]


def _chart(proof: Proof) -> tuple[Figure, ...]:
    title = f"{on_one_line(proof.metric)} with 95 % intervals"
    svg = interval_chart(title, score_intervals(proof))
    if not svg:
        return ()
    found = ((arm.name, score_of(arm.scores, proof.metric)) for arm in ranked(proof))
    says = "; ".join(f"{on_one_line(name)} {with_interval(score)}" for name, score in found if score)
    # A picture that stands alone needs its name space, which one within a page does not.
    alone = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return (Figure(title, alone, f"{says}."),)
