"""The command line, run in this process; whole processes are in test_bad_input.py and test_layers.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor.cli import advisor
from advisor.errors import AdvisorError, InputError, NotDecidedError
from advisor.files import content, load_case, load_questions

PIZZERIA = str(content("examples") / "pizzeria.yaml")


def run(*arguments: str, text: str | None = None) -> Result:
    """Run the command; an AdvisorError stays in `result.exception`."""
    return CliRunner().invoke(advisor, list(arguments), input=text)


def test_recommend_prints_the_verdict_first() -> None:
    """The first line of text is the verdict with its state and day."""
    result = run("recommend", PIZZERIA)
    assert result.exit_code == 0
    assert result.output.splitlines()[0].endswith("(DECIDED, AS OF 2026-11-21)")


def test_recommend_reads_standard_input() -> None:
    """A dash as the case reads it from standard input, and says so in errors."""
    assert run("recommend", "-", text=Path(PIZZERIA).read_text(encoding="utf-8")).exit_code == 0
    wrong = run("recommend", "-", text="task: {knd: code}\n")
    assert "standard input:1" in str(wrong.exception)


def test_set_changes_an_answer() -> None:
    """`--set` replaces an answer before deciding, and null takes it away."""
    result = run("recommend", PIZZERIA, "--set", "need.gaps=[none]", "--format", "json")
    assert json.loads(result.output)["recommendation"]["approach"] == "prompt"
    assert {"rule": "nothing_falls_short"}.items() <= json.loads(result.output)["reasons"][0].items()
    without = run("recommend", PIZZERIA, "--set", "need.gaps=", "--format", "json")
    assert json.loads(without.output)["status"] == "open"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.exampels=3", "did you mean data.examples?"),
        ("data.examples", "a name and a value are meant"),
        ("data.examples=many", "a number is meant"),
        ("tried.prompt=no", 'write it in quotes: "no"'),
        ("need.gaps=[fact]", "did you mean facts?"),
        ("data.examples=[1", "not valid YAML"),
    ],
)
def test_wrong_set_is_explained(change: str, said: str) -> None:
    """A wrong `--set` names the option and what to do."""
    result = run("recommend", PIZZERIA, "--set", change)
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)
    assert f"--set {change}" in str(result.exception)


def test_require_decided_ends_with_3_and_still_answers() -> None:
    """An open case prints its answer and then ends with exit code 3, naming what to answer."""
    result = run("recommend", "-", "--require-decided", text="need: {gaps: [facts]}\n")
    assert isinstance(result.exception, NotDecidedError)
    assert result.exception.exit_code == 3
    assert "Still possible" in result.output
    assert run("recommend", PIZZERIA, "--require-decided").exit_code == 0


def test_as_of_must_be_a_day_that_exists() -> None:
    """A day that does not exist is a usage error with exit code 2."""
    result = run("recommend", PIZZERIA, "--as-of", "2026-02-30")
    assert result.exit_code == 2
    assert "is not a date that exists" in result.output


def test_markdown_escapes_what_the_case_says() -> None:
    """A title cannot smuggle markup into the report."""
    result = run("recommend", "-", "--format", "md", text='title: "<b>*x*</b> | [y](z)"\nneed: {gaps: [none]}\n')
    assert r"\<b\>\*x\*\</b\> \| \[y\](z)" in result.output


def test_ask_goes_on_until_decided_and_saves(tmp_path: Path) -> None:
    """Answering every question ends decided, with a case file that decides the same."""
    file = tmp_path / "case.yaml"
    result = run("ask", str(file), text="9\nn\n" + "u\n" * 40)
    assert result.exit_code == 0, result.output
    assert "decided" in result.output
    saved = load_case(file)
    assert saved.given("need.gaps") == ("none",)


def test_ask_asks_only_what_can_change_the_answer(tmp_path: Path) -> None:
    """Once nothing falls short and the task is not generic, no further question is asked."""
    result = run("ask", str(tmp_path / "case.yaml"), text="9\n" * 3)
    assert "How much memory" not in result.output
    assert "What can the team do itself?" not in result.output


def test_ask_can_be_stopped_and_gone_on_with(tmp_path: Path) -> None:
    """Answers given before q are kept, and the next run does not ask them again."""
    file = tmp_path / "case.yaml"
    stopped = run("ask", str(file), text="1\nq\n")
    assert f"Go on with: advisor ask {file}" in stopped.output
    assert load_case(file).given("need.gaps") == ("facts",)
    again = run("ask", str(file), text="q\n")
    assert "What does today's model fall short of?" not in again.output


def test_ask_takes_an_answer_back(tmp_path: Path) -> None:
    """b asks the last question again and forgets its answer."""
    file = tmp_path / "case.yaml"
    run("ask", str(file), text="1\nb\n4\nq\n")
    assert load_case(file).given("need.gaps") == ("style",)


def test_ask_explains_and_asks_again_after_a_wrong_answer(tmp_path: Path) -> None:
    """A wrong answer is explained and the question asked again; ? explains the question."""
    result = run("ask", str(tmp_path / "case.yaml"), text="facts, fast\n?\n1\nq\n")
    assert "did you mean facts?" in result.output
    assert "It decides between" in result.output


@pytest.mark.slow
def test_ask_ends_where_everything_is_unknown(tmp_path: Path) -> None:
    """With u to every question it ends, open, and says so."""
    result = run("ask", str(tmp_path / "case.yaml"), text="u\n" * 80)
    assert result.exit_code == 0
    assert "not decided: the rest is not known" in result.output


def test_ask_keeps_comments_of_a_file_it_rewrites(tmp_path: Path) -> None:
    """A file with comments is kept beside the new one."""
    file = tmp_path / "case.yaml"
    file.write_text("# from the client\nneed: {gaps: [facts]}\n", encoding="utf-8")
    run("ask", str(file), text="u\nq\n")
    assert "# from the client" in file.with_name("case.yaml.before").read_text(encoding="utf-8")


@pytest.mark.slow
def test_rules_check_is_clean() -> None:
    """The shipped rule book has no finding."""
    result = run("rules", "check")
    assert result.exit_code == 0, result.output
    assert result.output.rstrip().endswith("clean")


def test_rules_show_and_graph() -> None:
    """One rule, one source, all rules, and a Mermaid graph that names every approach of the table."""
    assert "otherwise define_metric" in run("rules", "show", "a_success_metric_is_defined").output
    assert "a source" in run("rules", "show", "K-4").output
    assert "facts_need_retrieval" in run("rules", "show").output
    graph = run("rules", "graph").output
    assert graph.startswith("flowchart TD")
    assert "fine_tune_rag([" in graph
    wrong = run("rules", "show", "facts_need_retreival")
    assert "did you mean facts_need_retrieval?" in str(wrong.exception)


@pytest.mark.slow
def test_schema_of_cases_accepts_every_worked_case() -> None:
    """The JSON Schema that editors use accepts the shipped cases and refuses a misspelt name."""
    import jsonschema
    import yaml

    schema = json.loads(run("schema", "case").output)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in content("examples").glob("*.yaml"):
        if not path.stem.endswith(".expected"):
            document = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
            validator.validate({"schema": document["schema"], "title": document["title"]})
    assert not validator.is_valid({"task": {"knd": "code"}})
    assert validator.is_valid({"task": {"kind": "unknown", "generic": "n/a"}})


@pytest.mark.slow
def test_schema_of_recommendations_accepts_what_recommend_prints() -> None:
    """`recommend --format json` fits the printed schema."""
    import jsonschema

    schema = json.loads(run("schema", "recommendation").output)
    jsonschema.validate(json.loads(run("recommend", PIZZERIA, "--format", "json").output), schema)


def test_examples_list_show_copy(tmp_path: Path) -> None:
    """Worked cases are listed, shown and copied; nothing is overwritten unasked."""
    assert "pizzeria" in run("examples", "list").output
    assert "expected" not in run("examples", "list").output
    assert run("examples", "show", "pizzeria").output == Path(PIZZERIA).read_text(encoding="utf-8")
    target = tmp_path / "mine.yaml"
    assert run("examples", "copy", "pizzeria", str(target)).exit_code == 0
    assert target.read_text(encoding="utf-8") == Path(PIZZERIA).read_text(encoding="utf-8")
    target.write_text("mine", encoding="utf-8")
    assert "the file exists" in str(run("examples", "copy", "pizzeria", str(target)).exception)
    assert target.read_text(encoding="utf-8") == "mine"
    assert run("examples", "copy", "pizzeria", str(target), "--force").exit_code == 0
    assert "did you mean pizzeria?" in str(run("examples", "show", "pizeria").exception)


def test_a_misspelt_command_names_the_nearest() -> None:
    """`advisor recomend` says which command was meant."""
    result = run("recomend", PIZZERIA)
    assert result.exit_code == 2
    assert "did you mean recommend?" in result.output


def test_questions_shown_match_the_contract() -> None:
    """Every question has a sentence to ask and a sentence of help."""
    for question in load_questions().values():
        assert question.ask.endswith("?"), question.name
        assert len(question.help) > 10, question.name


def test_every_error_of_ours_says_what_to_do() -> None:
    """AdvisorError is the base of all errors that delivery shows."""
    assert issubclass(InputError, AdvisorError)
    assert InputError("p", where="f:1", what_to_do="w").args == ("p",)
    assert str(InputError("p", where="f:1", what_to_do="w")) == "f:1: p\n  What to do: w"
