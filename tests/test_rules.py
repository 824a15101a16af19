"""The shipped rule book: complete, reachable, and each example as written."""

from __future__ import annotations

from advisor.files import load_rulebook

BOOK = load_rulebook()


def test_every_mission_line_about_deciding_is_used() -> None:
    """Every M-D, M-L and K line is the source of some rule, note, checklist item or approach."""
    used = {source for table in BOOK.tables for rule in table.rules for source in rule.source}
    used |= {source for rule in BOOK.approach.rules for gate in rule.requires for source in gate.source}
    for notes in (BOOK.also, BOOK.supports, BOOK.rejections, BOOK.flags):
        used |= {source for note in notes for source in note.source}
    used |= {source for item in BOOK.checklist for source in item.source}
    used |= {source for approach in BOOK.approaches.values() for source in approach.source}
    wanted = {name for name in BOOK.sources if name.startswith(("M-D", "M-L", "K-"))}
    assert len(wanted) == 16 + 4 + 6
    assert wanted <= used, sorted(wanted - used)


def test_evidence_is_only_what_was_read() -> None:
    """Every published result has a source and a date, and none says that it was not confirmed throughout."""
    for item in BOOK.evidence:
        assert item.source
        assert item.as_of[:2] == "20"
        assert item.claim
        assert "address was not recorded" not in item.source


def test_questions_used_for_deciding_have_a_provisional_value() -> None:
    """Every answer that a first-hit table tests can be completed, so that an open case gets a provisional approach."""
    from advisor.decision.conditions import tests as tests_of

    for table in BOOK.tables:
        for rule in table.rules:
            for condition in (rule.when, *(gate.holds for gate in rule.requires)):
                for test in tests_of(condition):
                    question = test.slot.question
                    assert test.slot.derived or question.provisional, question.name
