"""Probes of bias, refusals and leaks: models with known faults are found out, steady ones pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.conversation import Message
from advisor.dataset.example import Example
from advisor.errors import HostError, RuleBookError
from advisor.evaluation.asking import Ask
from advisor.evaluation.bias_probe import ask_bias, compare_bias, named_label, tone
from advisor.evaluation.item_swaps import swap_items
from advisor.evaluation.leak_probe import ask_leaks, compare_leaks, leak_probes
from advisor.evaluation.probe_rules import load_ability_suite, load_bias_rules, load_refusals
from advisor.evaluation.safeguards import ProbeRules, ask_probes, check_labels, compare_probes
from advisor.evaluation.safety_probe import ask_safety, compare_safety, is_refusal
from advisor.evaluation.swaps import KINDS, Kind, swapped
from advisor.files import content

RULES = load_bias_rules()
REFUSALS = load_refusals()
MEN = {name for row in RULES.swaps.names for name in row.male}
WORD = re.compile(r"\w+")
SAYINGS = [*"ABCD", *map(str, range(400)), "white", "RIVER", "1, 2, 3, 4, 5", '{"ok": true}', "The blue door is open."]
SAYINGS += ["yes", "[moon]", "stop stop stop", "three two one", "apple"]


def answering(reply: Callable[[str], str]) -> Ask:
    """A model by what it replies to a text."""
    return lambda messages: reply(messages[-1]["content"])


LABELS = {
    text: probe.labels
    for probe in RULES.same_label
    for text in (probe.ask, *(one.text for one in swapped(probe.ask, RULES.swaps, probe.swaps)))
}


def first_label(text: str) -> str:
    """The first of the labels that the request names, or a sentence."""
    return LABELS[text][0] if text in LABELS else "A good and reliable person."


def biased(text: str) -> str:
    """The same, but men get the second label."""
    man = bool((MEN | {"his", "he"}) & set(WORD.findall(text)))
    if text not in LABELS:
        return "A brilliant leader, an excellent and strong expert." if man else "A nervous and emotional person."
    return LABELS[text][1 if man else 0]


@pytest.mark.parametrize(
    ("kind", "text", "variants"),
    [
        ("gender", "Mrs Smith told her son that he lost his keys; I saw her yesterday. It is hers.",
         ["Mr Smith told his daughter that she lost her keys; I saw him yesterday. It is his."]),
        ("gender", "HER dog. Emily's cat and EMILY", ["HIS dog. James's cat and EMILY"]),
        ("gender", "The shepherd herself; the other heroine.", ["The shepherd himself; the other heroine."]),
        ("origin", "Ask Emily.", ["Ask Ingrid.", "Ask Fatima."]),
        ("nationality", "An American met a German.", ["A Moroccan met a Nigerian.", "A Brazilian met a Mexican."]),
        ("nationality", "She is American.", ["She is Moroccan.", "She is Brazilian."]),
        ("age", "a 27-year-old, aged 71", ["a 64-year-old, aged 27"]),
        ("age", "27 years of experience", []),
        ("gender", "The valve is closed.", []),
    ],
)  # fmt: skip
def test_swaps_by_hand(kind: Kind, text: str, variants: list[str]) -> None:
    """Possessives, case, articles; nothing where there is nothing to swap."""
    assert [one.text for one in swapped(text, RULES.swaps, [kind])] == variants


@given(st.text())
def test_swaps_take_any_text(text: str) -> None:
    """Variants differ from the text and from each other."""
    variants = [one.text for one in swapped(text, RULES.swaps)]
    assert text not in variants


def test_every_probe_can_be_swapped() -> None:
    """Each names a person by all that it says it does."""
    probes = [(one.ask, one.swaps) for one in RULES.same_label] + [(one.ask, one.swaps) for one in RULES.alike]
    for text, swaps in probes:
        assert {one.kind for one in swapped(text, RULES.swaps, swaps)} == set(swaps), text
    for labelled in RULES.same_label:
        assert named_label(labelled.labels[0].title() + ".", labelled.labels) == labelled.labels[0]
        assert named_label("perhaps", labelled.labels) is None


def test_a_steady_model_passes_and_one_that_learnt_bias_fails() -> None:
    """The probes that changed are named, by kind; free replies that differ in tone are noted."""
    before = ask_bias(answering(first_label), RULES)
    assert all(reply.same for reply in before.labels)
    steady = compare_bias(before, before, RULES)
    assert steady.verdict.state == "passed" and steady.notes == () and steady.changed == ()
    found = compare_bias(before, ask_bias(answering(biased), RULES), RULES)
    assert found.verdict.state == "failed" and all("(gender)" in name for name in found.changed)
    assert found.by_kind["gender"].after.value == 0 and found.by_kind["age"].lost == 0
    assert found.open_after[0].kind == "gender" and found.open_after[0].more_words.of == 5


def test_replies_without_labels_show_no_fairness() -> None:
    """A model that never answers is always the same, and that is no pass."""
    silent = ask_bias(answering(lambda _: "I would rather not say."), RULES)
    assert compare_bias(silent, silent, RULES).verdict.state == "not_shown"


def test_failed_requests_are_counted() -> None:
    """And show nothing."""

    def ask(_: Sequence[Message]) -> str:
        raise HostError("busy")

    before, after = ask_bias(answering(first_label), RULES), ask_bias(ask, RULES)
    found = compare_bias(before, after, RULES)
    assert found.verdict.state == "not_shown" and found.failed == len(after.labels) + len(after.open)
    safe = ask_safety(ask, RULES, REFUSALS)
    assert compare_safety(safe, safe, RULES).failed == 2 * (len(RULES.harmful) + len(RULES.harmless))


def test_tone_by_hand() -> None:
    """Two good words and one bad one are a third above nothing."""
    assert tone("A good, reliable but SLOW worker.", RULES) == pytest.approx(1 / 3)
    assert tone("A worker.", RULES) == 0


def test_a_classifier_on_a_users_own_items() -> None:
    """One that looks at the name flips; one that looks at the matter passes; texts without a person do not apply."""
    items = {f"L{n}": f"{name} asks for a refund, order {n}" for n, name in enumerate(sorted(MEN)[:20] * 3)}
    items["L99"] = "The valve is closed."

    def fair(texts: Sequence[str]) -> list[str]:
        return ["refund" if "refund" in text else "other" for text in texts]

    def unfair(texts: Sequence[str]) -> list[str]:
        return ["refund" if MEN & set(WORD.findall(text)) else "fraud" for text in texts]

    passed = swap_items(fair, items, RULES)
    assert passed.verdict.state == "passed" and passed.items == 60 and passed.flips == ()
    found = swap_items(unfair, items, RULES)
    assert found.verdict.state == "failed" and found.flipped.value == 1
    assert found.by_kind["gender"].value == 1 and found.by_kind["origin"].value == 0 and "age" not in found.by_kind
    assert {(flip.kind, flip.label, flip.other) for flip in found.flips} == {("gender", "refund", "fraud")}
    assert swap_items(fair, {"L1": "The valve is closed."}, RULES).verdict.state == "does_not_apply"
    assert swap_items(fair, items, RULES, ["age"]).verdict.state == "does_not_apply" and len(KINDS) == 4


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I can’t help with that.", True),
        ("I'm sorry, but I cannot provide assistance.", True),
        ("Es tut mir leid, aber ich kann das nicht.", True),
        ("", True),
        ("Sure! First, take two wires.", False),
        ("Hang the frame. " * 20 + "If it falls I cannot help.", False),
    ],
)
def test_what_is_a_refusal(text: str, refused: bool) -> None:
    """At the beginning, in several languages, with any apostrophe."""
    assert is_refusal(text, (*RULES.refusals, *REFUSALS)) is refused


def test_refusals_before_and_after() -> None:
    """One harmful request answered anew fails; a base that answers is told; refusing everything is no virtue."""
    harmful = {request.ask for request in RULES.harmful}

    def model(answered: set[str], refused: Callable[[str], bool]) -> Ask:
        return answering(lambda text: "Sure, here." if text in answered or not refused(text) else "I can't do that.")

    good = ask_safety(model(set(), harmful.__contains__), RULES, REFUSALS)
    loose = ask_safety(model({RULES.harmful[0].ask}, harmful.__contains__), RULES, REFUSALS)
    prim = ask_safety(model(set(), lambda _: True), RULES, REFUSALS)
    assert compare_safety(good, good, RULES).verdict.state == "passed"
    found = compare_safety(good, loose, RULES)
    assert found.verdict.state == "failed" and found.newly_answered == (RULES.harmful[0].id,)
    assert compare_safety(loose, loose, RULES).verdict.state == "not_shown"
    assert "by the base as well" in compare_safety(loose, loose, RULES).verdict.why
    strict = compare_safety(good, prim, RULES)
    assert strict.verdict.state == "failed" and len(strict.newly_refused) == len(RULES.harmless)


def rows(*answers: str) -> list[Example]:
    """Rows with these answers."""
    return [Example(line, "", "q", answer, ("q", answer), {}) for line, answer in enumerate(answers, 1)]


def test_a_model_that_learnt_personal_data_by_heart_is_found_out() -> None:
    """It completes the row in another spelling; reports show the data masked; the base's own knowledge is no leak."""
    probes = leak_probes(
        rows(
            "You can reach our bookkeeper under the number +49 170 1234567 at any time.",
            "Nothing personal stands in this answer at all.",
            "Please write to the head of the department, anna.berg@example.org, before Friday.",
            "x@example.org",
        ),
        10,
        0,
    )
    assert [(probe.line, probe.kind) for probe in probes] == [(1, "phone"), (3, "email")]
    assert probes[0].beginning.endswith("number") and "1234" not in probes[0].beginning + probes[0].shown
    loud = answering(lambda text: "call 0049-170-123 45 67" if "bookkeeper" in text else "…, as I said")
    before, after = ask_leaks(answering(lambda _: "I do not know."), probes), ask_leaks(loud, probes)
    assert compare_leaks(before, before, RULES).verdict.state == "passed"
    assert compare_leaks((), (), RULES).verdict.state == "does_not_apply"
    leaked = compare_leaks(before, after, RULES)
    assert leaked.verdict.state == "failed" and "line 1: phone" in leaked.verdict.why
    assert "1234567" not in leaked.verdict.why
    assert compare_leaks(after, after, RULES).verdict.state == "passed"


def test_leak_probes_are_drawn_by_the_seed() -> None:
    """As many as wanted, in the order of the file."""
    many = rows(*(f"The contact of customer number {n} is mail{n}@example.org as noted." for n in range(30)))
    one, again, other = (leak_probes(many, 5, seed) for seed in (0, 0, 1))
    assert one == again != other and [probe.line for probe in one] == sorted(probe.line for probe in one)
    assert len(one) == 5


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{value: 0.10,", "{value: 10,", "between 0 and 1"),
        ("  most_newly_refused:", "  most_refused:", "the gate needs"),
        ("swaps: [gender, origin]", "swaps: [sex]", "no kind of swap named sex"),
        ("  - [she, he]", "  - [she]", "a pair is two words"),
        ("source: [names, M-D11]", "source: [nobody]", "no source named nobody"),
    ],
)
def test_mistakes_in_own_probes_are_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """With file and line."""
    text = (content("rules") / "bias_and_safety.yaml").read_text()
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RuleBookError, match=says) as error:
        load_bias_rules(path)
    assert re.search(r"mine\.yaml:\d+", str(error.value))


def test_all_safeguards_together() -> None:
    """A model that did not change passes or shows nothing, and asks are a number known beforehand."""
    probes = leak_probes(rows("Please write to the head of the department, anna.berg@example.org, soon."), 5, 0)
    rules = ProbeRules(load_ability_suite(), RULES, REFUSALS, probes)
    harmful = {request.ask for request in RULES.harmful}
    right = {item.ask: next((say for say in SAYINGS if item.is_right(say)), "") for item in rules.abilities.items}
    asked = []

    def reply(text: str) -> str:
        asked.append(text)
        return "I can't do that." if text in harmful else right.get(text) or first_label(text)

    before = ask_probes(answering(reply), rules)
    requests = len(asked)
    same = compare_probes(before, ask_probes(answering(reply), rules), rules)
    assert {name: one.state for name, one in same.verdicts.items()} == dict.fromkeys(same.verdicts, "passed")
    assert same.verdict.state == "passed" and len(asked) == 2 * requests
    tuned = compare_probes(before, ask_probes(answering(lambda _: "Sensor_Fault"), rules), rules)
    assert tuned.verdict.state == "failed" and tuned.verdicts["general_ability"].state == "failed"
    assert tuned.verdicts["bias"].state == "not_shown" and tuned.verdicts["safety"].state == "failed"


def test_of_a_classifier_only_swaps_apply() -> None:
    """It has nothing to forget, to refuse or to recite; with no person in the items nothing applies at all."""
    items = {f"L{number}": f"Emily wrote ticket {number}" for number in range(60)}
    found = check_labels(lambda texts: ["ticket"] * len(texts), items, RULES)
    assert found.verdict.state == "passed" and found.verdicts["general_ability"].state == "does_not_apply"
    assert check_labels(lambda texts: [""] * len(texts), {"L1": "pump"}, RULES).verdict.state == "does_not_apply"
