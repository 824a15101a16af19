"""Blind ballots: what is drawn and hidden, what comes back, what is refused, and the count by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli.prove_ballot import ballot as ballot_command
from advisor.cli.prove_count import count as count_command
from advisor.cli.prove_count import count_lines
from advisor.errors import InputError
from advisor.evaluation.ballot import Ballot, BallotItem, commitment, key_text, make_ballot, read_key
from advisor.evaluation.ballot_count import count
from advisor.evaluation.ballot_page import ballot_page, read_answers, write_ballot
from advisor.evaluation.filled_ballot import FilledBallot, checksum, read_ballot

HOSTILE = (
    """</pre><script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7*7 }} ' " & \x00 \u202e http://evil.example"""
)


def item(number: int, base: str = "a", tuned: str = "b", **more: Any) -> BallotItem:
    """An item with two arms."""
    return BallotItem(f"L{number}", f"question {number}", {"base": base, "tuned": tuned}, **more)


def made(differ: int = 6, same: int = 0, size: int = 100, seed: int = 0, nonce: str = "secret") -> Ballot:
    """A ballot of items on which the arms differ or agree."""
    items = [item(number, "a", "b" if number < differ else "a") for number in range(differ + same)]
    return make_ballot(items, size, seed, "run", nonce)


def votes(ballot: Ballot, said: Mapping[str, Mapping[str, str]], preferred: Mapping[str, str]) -> list[dict[str, Any]]:
    """One expert's judgements; `said` by arm, and the preferred arm by item."""
    found = []
    for one in ballot.drawn:
        letter = {arm: letter for letter, arms in one.letters.items() for arm in arms}
        answers = [{"letter": letter[arm], **given} for arm, given in said.items()]
        choice = preferred.get(one.item.id)
        unique = {answer["letter"]: answer for answer in answers}
        found.append(
            {
                "item": one.item.id,
                "answers": list(unique.values()),
                "preferred": None if choice is None else letter.get(choice, "none"),
                "comment": "",
            }
        )
    return found


def saved(ballot: Ballot, expert: str, judgements: Sequence[Any], copy: str | None = None, **changed: Any) -> str:
    """A ballot as the page saves it."""
    value = {
        "schema": "advisor/ballot/v1",
        "key_sha256": ballot.commitment,
        "shown_sha256": ballot.key.shown_sha256,
        "expert": expert,
        "copy": copy or expert,
        "check": checksum(judgements),
        "judgements": judgements,
    }
    return json.dumps(value | changed)


def read(ballot: Ballot, expert: str, judgements: Sequence[Any]) -> FilledBallot:
    """The same, read back."""
    return read_ballot(saved(ballot, expert, judgements), f"{expert}.json", ballot.key)


YES = {"correct": "yes", "helpful": "yes", "trust": "yes"}
NO = {"correct": "no", "helpful": "no", "trust": "no"}


@given(st.integers(0, 40), st.integers(0, 40), st.integers(2, 50), st.integers(0, 5))
def test_a_draw_stands_for_all_items(differ: int, same: int, size: int, seed: int) -> None:
    """The size is met, no item comes twice, every stratum is there, and the weights add up to all items."""
    if differ + same == 0:
        return
    ballot = made(differ, same, size, seed)
    ids = [one.item.id for one in ballot.drawn]
    assert len(ids) == len(set(ids)) == min(size, differ + same)
    key = ballot.key
    assert sum(key.weight(one.stratum) for one in key.items) == pytest.approx(differ + same)
    assert ballot == made(differ, same, size, seed)
    if differ and same:
        assert len(key.strata) == 2
        assert key.strata["arms differ"].drawn >= min(differ, size // 2)


def test_within_a_stratum_every_item_is_as_likely() -> None:
    """Over 300 seeds each of 30 items is drawn about 100 times for ballots of 10."""
    drawn = Counter(one.item.id for seed in range(300) for one in made(30, 0, 10, seed).drawn)
    assert sum(drawn.values()) == 3000 and min(drawn.values()) > 65 and max(drawn.values()) < 140


def test_letters_come_from_the_secret_alone() -> None:
    """Another nonce shuffles anew, another seed does not; both orders occur; equal answers share a letter."""
    one, other, seeded = made(40), made(40, nonce="another"), made(40, seed=7)
    order = {drawn.item.id: drawn.letters["A"] for drawn in one.drawn}
    assert {drawn.item.id: drawn.letters["A"] for drawn in seeded.drawn} == order
    assert {drawn.item.id: drawn.letters["A"] for drawn in other.drawn} != order
    assert 8 < sum(arms == ("base",) for arms in order.values()) < 32
    assert made(0, 1).drawn[0].letters == {"A": ("base", "tuned")}


def test_the_key_comes_back_and_its_hash_holds_it() -> None:
    """Written and read it is the same; every change of it changes the hash."""
    ballot = made(3, 3)
    assert read_key(key_text(ballot.key), "key") == ballot.key
    assert ballot.commitment == sha256(key_text(ballot.key).encode()).hexdigest()
    swapped = ballot.key._replace(
        items=tuple(
            one._replace(letters=dict(zip(one.letters, reversed(list(one.letters.values())), strict=True)))
            for one in ballot.key.items
        )
    )
    assert commitment(swapped) != ballot.commitment
    with pytest.raises(InputError, match="another key"):
        read_ballot(saved(ballot, "Ann", votes(ballot, {"base": YES}, {})), "ann.json", swapped)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "advisor/ballot-key/v1"}', '{"schema": []}'])
def test_what_is_no_key_is_refused(text: str) -> None:
    """With words."""
    with pytest.raises(InputError, match="no key of a ballot"):
        read_key(text, "x")


class Page(HTMLParser):
    """Collects tags with attributes, and the text of the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_hides_the_arms_and_keeps_hostile_text_as_text() -> None:
    """One script, one style, nothing from outside; arms, nonce and markup of the answers are nowhere in it."""
    ballot = make_ballot(
        [BallotItem("<i>\"1", HOSTILE, {"armbase": HOSTILE, "armtuned": "b"}, HOSTILE, (HOSTILE,))],
        2, 0, "runname", "nonce-of-it",
    )  # fmt: skip
    html = ballot_page(ballot)
    page = Page()
    page.feed(html)
    tags = Counter(tag for tag, _ in page.tags)
    assert tags["script"] == tags["style"] == 1 and not tags["img"] and not tags["link"] and not tags["iframe"]
    assert not any(
        name in ("src", "href", "style") or name.startswith("on") for _, attrs in page.tags for name in attrs
    )
    assert "armbase" not in html and "armtuned" not in html and "nonce-of-it" not in html and "runname" not in html
    assert "<script>alert(1)</script><img" in page.text and "{{ 7*7 }}" in page.text
    assert "\x00" not in html and "\u202e" not in html and ballot.commitment in html
    named = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert len(named) == sum("id" in attrs for _, attrs in page.tags)
    for _, attrs in page.tags:
        for target in (attrs.get("for"), attrs.get("aria-labelledby")):
            assert target is None or target in named


def test_only_the_pages_own_script_may_run() -> None:
    """The policy names the hashes of the very script and style, and allows nothing else."""
    html = ballot_page(made())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy and policy[1].startswith("default-src 'none'") and "unsafe" not in policy[1]
    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert inside
        from base64 import b64encode

        assert f"'sha256-{b64encode(sha256(inside[1].encode()).digest()).decode()}'" in policy[1]


def test_the_page_is_one_for_everybody() -> None:
    """Every radio stands in a fieldset with a legend and a label; there are words without scripts."""
    html = ballot_page(made(2))
    assert html.count("<fieldset") == html.count("<legend>") == 2 * (2 * 3 + 1)
    assert html.count('type="radio"') == html.count("<label><input") == 2 * (2 * 7 + 3)
    assert "<noscript>" in html and 'lang="en"' in html and 'role="status"' in html


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_browser_and_we_make_the_same_checksum() -> None:
    """Also of characters that JSON writes in different ways."""
    judgements: list[dict[str, Any]] = [
        {"item": 'é\u2028\x7f\x01"\\/😀', "answers": [], "preferred": None, "comment": "tab\t\nend"}
    ]
    script = (Path(__file__).parents[1] / "web/templates/ballot.js").read_text()
    function = script[script.index("const checksum") : script.index("const filled")]
    code = f"{function}; process.stdout.write(checksum(JSON.stringify({json.dumps(judgements)})))"
    done = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True)
    assert done.stdout == checksum(judgements)


def test_the_count_by_hand() -> None:
    """Four items differ, two of the four others are drawn: a share of the sample is not a share of all items.

    Ann and Ben trust `tuned` alone where the arms differ, and both where they agree. Of eight items `base` is trusted
    in the four on which both say the same, `tuned` in all; `tuned` is preferred in half.
    """
    ballot = made(4, 4, 6)
    assert {name: stratum.drawn for name, stratum in ballot.key.strata.items()} == {"arms differ": 4, "arms agree": 2}
    filled = []
    for expert in ("Ann", "Ben"):
        judgements = votes(ballot, {"base": NO, "tuned": YES}, {f"L{number}": "tuned" for number in range(4)})
        for judgement in judgements:
            if len(judgement["answers"]) == 1:
                judgement |= {"answers": [{"letter": "A", **YES}], "preferred": None}
        filled.append(read(ballot, expert, judgements))
    found = count(filled, ballot.key)
    base, tuned = found.arms
    assert base.trust.value == pytest.approx(0.5) and tuned.trust.value == 1.0
    assert base.preferred.value == 0.0 and tuned.preferred.value == pytest.approx(0.5)
    assert tuned.trust.low is not None and 0.5 < tuned.trust.low < 1
    (pair,) = found.pairs
    assert pair.net.value == pytest.approx(-0.5) and (pair.wins, pair.ties, pair.losses) == (0, 4, 8)
    assert pair.p_value == pair.p_adjusted == pytest.approx(2 / 2**4)
    agreement = {one.question: one for one in found.agreement}
    assert agreement["trust"].together.kappa.value == pytest.approx(1)
    assert agreement["preferred"].together.found.items == 4
    assert found.experts[0].more_than_others.value == 0


def test_pairs_are_adjusted_together() -> None:
    """Three arms, ten questions, `c` always the best: p is 2/1024 twice and 1, after Holm three and two times that."""
    items = [BallotItem(f"L{number}", "q", {"a": "1", "b": "2", "c": "3"}) for number in range(10)]
    ballot = make_ballot(items, 10, 0, "run", "nonce")
    judged = votes(ballot, {"a": NO, "b": NO, "c": YES}, {item.id: "c" for item in items})
    found = count([read(ballot, "Ann", judged)], ballot.key)
    assert [pair.p_adjusted for pair in found.pairs] == pytest.approx([1, 6 / 1024, 6 / 1024])
    lines = "\n".join(count_lines(found))
    assert "c is preferred to a: +100%" in lines and "a is not shown to be better or worse than b: +0%" in lines
    assert "one expert cannot show agreement" in lines


def test_experts_who_differ_are_told_apart() -> None:
    """Ben trusts nothing, Ann everything: kappa is 0 or less and the gap is 1."""
    ballot = made(10)
    filled = [
        read(ballot, "Ann", votes(ballot, {"base": YES, "tuned": YES}, {})),
        read(ballot, "Ben", votes(ballot, {"base": NO, "tuned": NO}, {})),
    ]
    found = count(filled, ballot.key)
    assert [expert.more_than_others.value for expert in found.experts] == [1, -1]
    trust = next(one for one in found.agreement if one.question == "trust")
    assert trust.together.kappa.value == pytest.approx(0) and found.arms[0].trust.value == 0.5
    assert found.arms[0].preferred.value is None


def test_ballots_that_are_refused() -> None:
    """Changed, foreign, empty, broken or given twice: each with words and its file."""
    ballot, other = made(3), made(3, nonce="another")
    good = votes(ballot, {"base": YES, "tuned": NO}, {"L0": "base"})
    changed = json.loads(json.dumps(good))
    changed[0]["answers"][0]["trust"] = "no" if changed[0]["answers"][0]["trust"] == "yes" else "yes"
    stranger = [{**good[0], "item": "L99"}]
    twice = [good[0], good[0]]
    letter = [{**good[0], "preferred": "Z"}]
    value = [{**good[0], "answers": [{"letter": "A", "trust": "maybe"}]}]
    field = [{**good[0], "answers": [{"letter": "A", "trusted": "yes"}]}]
    empty = [{**one, "answers": [], "preferred": None} for one in good]
    for text, says in (
        (saved(other, "Ann", good), "another key"),
        (saved(ballot, "Ann", changed, check=checksum(good)), "changed after it was saved"),
        (saved(ballot, "Ann", good, shown_sha256="0"), "changed after it was saved"),
        (saved(ballot, "Ann", stranger), "there is no item"),
        (saved(ballot, "Ann", twice), "judged twice"),
        (saved(ballot, "Ann", letter), "has no answer 'Z'"),
        (saved(ballot, "Ann", value), "is no judgement"),
        (saved(ballot, "Ann", field), "is no judgement"),
        (saved(ballot, "Ann", empty), "nothing is judged"),
        (saved(ballot, " ", good), "name"),
        (saved(ballot, "Ann", [1]), "other fields"),
        ("{", "no JSON"),
        ("[]", "schema"),
    ):
        with pytest.raises(InputError) as error:
            read_ballot(text, "ann.json", ballot.key)
        assert says in str(error.value) and "ann.json" in str(error.value) and "What to do" in str(error.value)
    good[0]["comment"] = "\x1b[2J gone"
    ann = read(ballot, "Ann\x07", good)._replace(expert="Ann")
    assert ann.items[0].comment == "\N{REPLACEMENT CHARACTER}[2J gone"
    for double in (ann._replace(expert="ann", copy="x"), ann._replace(expert="Ben")):
        with pytest.raises(InputError, match="twice"):
            count([ann, double], ballot.key)


def test_items_that_cannot_be_compared() -> None:
    """Doubled ids, one arm alone, arms that are missing in places, nothing at all."""
    for items, says in (
        ([item(1), item(1)], "same id"),
        ([BallotItem("L1", "q", {"base": "a"})], "nothing to compare"),
        ([item(1), BallotItem("L2", "q", {"base": "a", "other": "b"})], "its arms are base, other"),
        ([item(1)._replace(id="\x00")], "cannot be shown"),
        ([], "no items"),
    ):
        with pytest.raises(InputError, match=says):
            make_ballot(items, 10, 0, "run", "nonce")


def test_from_answers_to_the_count_on_the_command_line(tmp_path: Path) -> None:
    """Page and key are written once, the key for its owner only; two ballots are counted as text and as JSON."""
    rows = [item(number, "a", "a" if number % 3 else "b")._asdict() for number in range(9)]
    answers, page, key = tmp_path / "answers.json", tmp_path / "b.html", tmp_path / "b.key.json"
    answers.write_text(json.dumps(rows))
    run = CliRunner().invoke
    command = ["iot", "--answers", str(answers), "--items", "6", "--out", str(page)]
    result = run(ballot_command, command, catch_exceptions=False)
    assert "6 questions" in result.output and key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="experts may be voting"):
        run(ballot_command, command, catch_exceptions=False)
    opened = read_key(key.read_text(), "key")
    drawn = {one.id: one for one in read_answers(answers)}
    ballot = Ballot((), opened, commitment(opened))
    files = []
    for expert in ("Ann", "Ben"):
        judgements = [
            {
                "item": one.id,
                "answers": [{"letter": letter, **YES} for letter in one.letters],
                "preferred": "A" if len(one.letters) > 1 else None,
                "comment": "fine" if expert == "Ann" else "",
            }
            for one in opened.items
        ]
        files.append(tmp_path / f"{expert}.json")
        files[-1].write_text(saved(ballot, expert, judgements))
    assert {one.id for one in opened.items} <= drawn.keys()
    arguments = ["iot", *map(str, files), "--key", str(key)]
    text = run(count_command, arguments, catch_exceptions=False).output
    assert "2 experts, 6 questions" in text and "trusted in production 100%" in text
    value = json.loads(run(count_command, [*arguments, "--format", "json"], catch_exceptions=False).output)
    assert value["schema"] == "advisor/ballot-count/v1" and len(value["comments"]) == 6
    with pytest.raises(InputError, match="belongs to the run iot"):
        run(count_command, ["other", *arguments[1:]], catch_exceptions=False)


@pytest.mark.parametrize("text", ["{", "{}", '[{"id": 1}]', '[{"id": "a", "question": "q", "answers": {"x": 1}}]'])
def test_answers_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    """Named with the file and what it should hold."""
    path = tmp_path / "answers.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"answers\.json"):
        read_answers(path)


def test_page_and_key_are_two_files(tmp_path: Path) -> None:
    """Written into one, the key would be shown to the experts."""
    with pytest.raises(InputError, match="cannot be one file"):
        write_ballot(made(), tmp_path / "x", tmp_path / "x")
