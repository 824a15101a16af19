"""What a report says, in order and without layout: sections of paragraphs and items, verdict first."""

from collections.abc import Iterable, Sequence
from typing import Any

from advisor.explanation import shown_value
from advisor.record import Because, Record
from advisor.report.money import money_sections
from advisor.report.section import Item, Section
from advisor.wording import Wording

_MARKS = {"done": "[x]", "open": "[ ]", "unknown": "[?]"}
_SEVERITY = {"red_flag": "Red flag", "gotcha": "Gotcha", "correction": "Correction", "life_cycle": "Life cycle"}


def sections(record: Record) -> list[Section]:
    """The sections of a report on `record`; empty ones are left out."""
    found = [
        _verdict(record),
        contradictions_section(record),
        reasons_section(record),
        measured_section(record),
        *money_sections(record.costs, record.recommendation.approach),
        flips_section(record),
        flags_section(record),
        questions_section(record),
        life_cycle_section(record),
        *checklist_sections(record),
        road_map_section(record),
        rejections_section(record),
        evidence_section(record, most=5),
        sources_section(record),
        Section("Notes", items=tuple(Item(note) for note in record.notes)),
    ]
    return [section for section in found if not section.is_empty]


def contradictions_section(record: Record) -> Section:
    """Answers that cannot all be right."""
    return Section("Contradicting answers", items=tuple(Item(item.say, "!") for item in record.contradictions))


def reasons_section(record: Record, wording: Wording | None = None) -> Section:
    """Each reason with the answers and sources that it rests on; with `wording` as the questions say it."""
    return Section(
        "Why",
        items=tuple(
            Item(reason.why, details=(_because(reason.because, reason.source, wording),)) for reason in record.reasons
        ),
    )


def flags_section(record: Record) -> Section:
    """Red flags, gotchas, corrections and warnings with what to do about them."""
    return Section(
        "Flags",
        items=tuple(
            Item(
                f"{_SEVERITY[flag.severity]}: {flag.say}",
                "!" if flag.severity in ("red_flag", "life_cycle") else "-",
                (
                    *([f"Do: {flag.counter_measure}"] if flag.counter_measure else []),
                    *([f"Instead: {in_words(flag.instead)}"] if flag.instead else []),
                    f"[{', '.join(flag.source)}]",
                ),
            )
            for flag in record.flags
        ),
    )


def road_map_section(record: Record) -> Section:
    """The steps by weeks, each with when it is done."""
    return Section(
        "Road map",
        items=tuple(
            Item(
                f"Week {week_span(step.weeks.from_, step.weeks.to)}: {step.what}",
                f"{step.step}.",
                (f"Done when: {step.exit_criterion}",),
            )
            for step in record.roadmap
        ),
    )


def rejections_section(record: Record, wording: Wording | None = None) -> Section:
    """Why each other approach is not the one; with `wording` as the questions say it."""
    return Section("Why not", items=tuple(_rejections(record, wording)))


def measured_section(record: Record) -> Section:
    """What the data set showed, beside what the case claimed."""
    items = []
    for item in record.measured:
        claimed = "" if item.claimed is None else f", the case says {shown_value(item.claimed)}"
        items.append(Item(f"{item.answer}: {shown_value(item.measured)}{claimed} ({item.how})", "-"))
    return Section("Measured in the data set", items=tuple(items))


def _verdict(record: Record) -> Section:
    chosen = record.recommendation
    paragraphs = [f"{record.title}" + (f" ({record.client})" if record.client else "")] if record.title else []
    paragraphs.append(chosen.summary)
    if chosen.also:
        paragraphs.append(f"Together with: {', '.join(map(in_words, chosen.also))}.")
    if chosen.technique_why:
        paragraphs.append(f"Technique {in_words(chosen.technique)}: {chosen.technique_why}")
    if chosen.base_model:
        begin = f"Begin with {chosen.base_model.id}: " if chosen.base_model.id else "Base model: "
        paragraphs.append(f"{begin}{chosen.base_model.why}")
    if record.status == "open":
        paragraphs.append(f"Still possible: {', '.join(map(in_words, record.possible))}.")
    if chosen.assuming:
        assumed = "; ".join(f"{item.answer} = {shown_value(item.value)} ({item.because})" for item in chosen.assuming)
        paragraphs.append(f"Assumed while not answered: {assumed}.")
    state = "decided" if record.status == "decided" else "open, provisional"
    return Section(f"{chosen.name} ({state}, as of {record.as_of.isoformat()})", tuple(paragraphs), lead=True)


def questions_section(record: Record) -> Section:
    """What to answer next while it is open."""
    return Section(
        "Next questions",
        items=tuple(
            Item(
                f"{asked.question} ({asked.answer})",
                f"{number}.",
                (f"decides between {', '.join(map(in_words, asked.decides_between))}",),
            )
            for number, asked in enumerate(record.next_questions, start=1)
        ),
    )


def flips_section(record: Record, wording: Wording | None = None) -> Section:
    """What would lead to another approach, by that approach; with `wording` as the questions say it."""
    by_target: dict[str, list[str]] = {}
    for flip in record.flips:
        change = " and ".join(
            f"{wording.asked(name)} were {wording.value(name, value)}" if wording else f"{name} = {shown_value(value)}"
            for name, value in flip.change.items()
        )
        by_target.setdefault(flip.to, []).append(change)
    items = []
    for to, changes in by_target.items():
        more = f" (and {len(changes) - 4} more)" if len(changes) > 4 else ""
        name = wording.approach(to) if wording else in_words(to)
        items.append(Item(f"{name}, if {'; or '.join(changes[:4])}{more}"))
    return Section("What would change it", items=tuple(items))


def life_cycle_section(record: Record) -> Section:
    """When models named or meant here end."""
    return Section(
        "Life cycle",
        items=tuple(
            Item(f"{event.on.isoformat()}: {event.effect}", details=(f"[{event.source}]",))
            for event in record.life_cycle
        ),
    )


def _rejections(record: Record, wording: Wording | None) -> Iterable[Item]:
    seen: set[str] = set()
    for item in record.rejected:
        if item.approach not in seen:
            seen.add(item.approach)
            name = wording.approach(item.approach) if wording else in_words(item.approach)
            yield Item(f"{name}: {item.why}", details=(_because(item.because, item.source, wording),))


def checklist_sections(record: Record) -> list[Section]:
    """What is done and open before, during and after."""
    lists = record.checklists
    return [
        Section(
            f"Checklist {phase}",
            items=tuple(
                Item(tick.item, _MARKS[tick.state], (tick.evidence,) if tick.evidence else ()) for tick in ticks
            ),
        )
        for phase, ticks in (("before", lists.before), ("during", lists.during), ("after", lists.after))
    ]


def evidence_section(record: Record, most: int) -> Section:
    """Published results that bear on the case, the first `most` of them."""
    items = [
        Item(
            result.claim,
            {"for": "+", "against": "-", "mixed": "~"}[result.direction],
            (*([f"But: {result.caveat}"] if result.caveat else []), f"[{result.source}, {result.as_of}]"),
        )
        for result in record.evidence
    ]
    more = len(items) - most
    paragraphs = (f"The first {most} of {len(items)}; all of them with --format json.",) if more > 0 else ()
    return Section("Published results", paragraphs, tuple(items[:most]))


def sources_section(record: Record) -> Section:
    """What each source stands for."""
    return Section(
        "Sources",
        items=tuple(
            Item(f"{cited.id}: {cited.says}", details=(f"[{'; '.join(cited.read_in)}{_dated(cited.as_of)}]",))
            for cited in record.sources
        ),
    )


def _because(because: Sequence[Because], source: Sequence[str], wording: Wording | None) -> str:
    answers = "; ".join(
        f"{wording.asked(item.answer)} {wording.value(item.answer, item.is_)}"
        if wording
        else f"{item.answer}: {shown_value(item.is_)}"
        for item in because
    )
    cited = f"[{', '.join(source)}]" if source else ""
    return f"{answers} {cited}".strip()


def week_span(first: int, last: int) -> str:
    """`3`, or `3-4`."""
    return str(first) if first == last else f"{first}-{last}"


def _dated(as_of: str) -> str:
    return f", {as_of}" if as_of else ""


def in_words(name: Any) -> str:
    """`fine tune rag` for fine_tune_rag, and `requests per month` for traffic.requests_per_month."""
    return str(name).rpartition(".")[2].replace("_", " ")
