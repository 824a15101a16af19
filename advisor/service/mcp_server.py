"""The advisor as tools of the Model Context Protocol: what an agent needs to help somebody decide.

A case is sent whole with each call and kept by the agent: the server remembers nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from advisor import __version__
from advisor.case import Case
from advisor.case_schema import case_schema
from advisor.case_text import read_case
from advisor.decision.decide import decide
from advisor.decision.next_questions import next_questions
from advisor.decision.rulebook import RuleBook
from advisor.errors import AdvisorError, InputError, RequestError
from advisor.files import load_market, load_rulebook, load_tokenizers
from advisor.money import Market, as_record, price_approaches
from advisor.priced_approaches import possible_approaches, trainings_of, wanted_approaches
from advisor.question import Question, iso_date
from advisor.recommendation import recommend
from advisor.record import Record, plain

P = ParamSpec("P")
R = TypeVar("R")
BackEndName = Literal["linear", "lora", "openai_api", "export"]
MOST_PLACES: Final = 20  # lines of a finding that are sent; an agent's context is short
_INSTRUCTIONS: Final = (
    "Decides between prompting, RAG, a custom assistant and fine-tuning, with reasons, prices and dates. Begin with "
    "the case {} and ask the user what next_question returns, one at a time; put each answer into the case under its "
    "name (need.gaps becomes case['need']['gaps']). An answer the user does not know is 'unknown', one that does not "
    "apply is 'n/a'; never guess. When it is decided, call recommend. Figures are ranges with sources: say so."
)


class AdvisorTools:
    """What the tools rest on, read once."""

    def __init__(self, folder: Path) -> None:
        """Data files are read below `folder` only."""
        self._folder = folder

    @cached_property
    def book(self) -> RuleBook:
        """The shipped rules."""
        return load_rulebook()

    @cached_property
    def market(self) -> Market:
        """The shipped prices."""
        return load_market()

    def next_question(self, case: dict[str, Any]) -> dict[str, Any]:
        """The question whose answer decides soonest, and what is still possible; question is null once it is decided.

        case: the answers so far, by group, such as {"need": {"gaps": ["facts"]}}; {} at the start.
        """
        known = self._case(case)
        decision = decide(self.book, known)
        waiting = [item for item in next_questions(self.book, known.answers) if item.question.name not in known.answers]
        return {
            "decided": decision.decided,
            "still_possible": list(decision.possible),
            "question": {**question_shown(waiting[0].question), "decides_between": list(waiting[0].decides_between)}
            if waiting
            else None,
        }

    def recommend(self, case: dict[str, Any], as_of: str | None = None, in_full: bool = False) -> dict[str, Any]:
        """The approach for a case with reasons, prices, pay-back, warnings, and what would change it.

        case: the answers by group. as_of: the day of prices, as YYYY-MM-DD. in_full: every line with its sources.
        """
        known = self._case(case)
        day = _day(known, as_of)
        record = recommend(known, self.book, self.market.life_cycle, day, self.market)
        found: dict[str, Any] = plain(record)
        return found if in_full else _short(record, found)

    def estimate_cost(
        self, case: dict[str, Any], approaches: list[str] | None = None, as_of: str | None = None
    ) -> dict[str, Any]:
        """What approaches cost once and a month (P10, P50 and P90 in USD), and when they pay back.

        approaches: such as ["prompt", "rag"]; without them, those that the case leaves possible.
        """
        known = self._case(case)
        day = _day(known, as_of)
        wanted = wanted_approaches(self.book, approaches) if approaches else possible_approaches(self.book, known)
        priced = price_approaches(known, self.market, day, trainings_of(self.book, known, self.market, day, wanted))
        costs = [plain(as_record(item)) for item in priced.estimates]
        return {"as_of": day.isoformat(), "costs": [_short_cost(cost) for cost in costs], "notes": list(priced.notes)}

    def check_data(self, file: str) -> dict[str, Any]:
        """What is wrong with a file of training data, by line: structure, duplicates, personal data, secrets, tokens.

        file: a path below the server's folder. At most 20 lines of each finding are sent; its count is complete.
        """
        from advisor.data_check import DataRules, check_file
        from advisor.data_rules import load_data_rules
        from advisor.report.data_record import data_record
        from advisor.token_tally import TokenTally

        book = load_data_rules()
        rules = DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases)
        tokenizer = load_tokenizers().of("gpt-4o-mini")
        report = check_file(self._path(file), rules, tally=lambda: TokenTally(tokenizer, None), deep=False)
        found = data_record(report, book.sources)
        for finding in found["findings"]:
            finding["lines"] = finding["lines"][:MOST_PLACES]
        return {**found, "file": file}

    def plan_tuning(
        self,
        case: dict[str, Any],
        file: str,
        spend_up_to_usd: float,
        back_end: BackEndName | None = None,
        base_url: str | None = None,
        model: str | None = None,
        as_of: str | None = None,
    ) -> dict[str, Any]:
        """A plan of a training run, refused where it could cost more than spend_up_to_usd; nothing is started or paid.

        file: training data, a path below the server's folder. spend_up_to_usd: what the user said may be spent. The
        user starts a plan with `advisor tune plan` and `advisor tune start`, not the agent.
        """
        from advisor.tuning.case_plan import plan_for
        from advisor.tuning.planning import Wanted

        ceiling = Decimal(str(spend_up_to_usd))
        if not ceiling.is_finite() or ceiling < 0:
            raise InputError("spend_up_to_usd must be a number of dollars from 0 on")
        known = self._case(case)
        wanted = Wanted("openai_api" if base_url else back_end, model, base_url, None, 0, "", ceiling)
        made = plan_for(known, self.book, self.market, _day(known, as_of), self._path(file), wanted)
        shown = made.model_dump(mode="json", by_alias=True)
        return {**shown, "data": {**shown["data"], "file": file}, "run": made.run}

    def _case(self, case: dict[str, Any]) -> Case:
        return read_case(json.dumps(case).encode(), "application/json", self.book.questions)

    def _path(self, file: str) -> Path:
        try:
            path = (self._folder / file).resolve()
            if path.is_relative_to(self._folder) and path.is_file():
                return path
        except (OSError, ValueError):
            pass  # a name that no file can have is not there
        raise InputError(
            f"there is no file {file!r} below the folder of the server",
            what_to_do="name a file below it, or ask the user to start `advisor mcp` with another --folder",
        )


def mcp_server(folder: Path) -> MCPServer[Any]:
    """The server with its tools and resources, not running yet."""
    tools = AdvisorTools(folder)
    server: MCPServer[Any] = MCPServer("advisor", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING")
    for tool in (tools.next_question, tools.recommend, tools.estimate_cost, tools.check_data, tools.plan_tuning):
        server.tool()(_said_plainly(tool))

    def questions() -> str:
        """Every question of a case, with its options and help."""
        return json.dumps([question_shown(question) for question in tools.book.questions.values()], ensure_ascii=False)

    def schema() -> str:
        """The JSON Schema of a case."""
        return json.dumps(case_schema(tools.book.questions), ensure_ascii=False)

    server.resource("advisor://questions", mime_type="application/json")(questions)
    server.resource("advisor://case-schema", mime_type="application/schema+json")(schema)
    return server


def question_shown(question: Question) -> dict[str, Any]:
    """What an agent must know to ask it, and to write the answer down."""
    return {
        "name": question.name,
        "ask": question.ask,
        "help": question.help,
        "type": question.type,
        "unit": question.unit,
        "options": dict(question.options),
    }


def _said_plainly(tool: Callable[P, R]) -> Callable[P, R]:
    """`tool`, whose errors that a person can mend are said to the agent; the SDK hides the words of all others."""

    @functools.wraps(tool)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tool(*args, **kwargs)
        except RequestError as error:
            faults = "".join(f"\n{fault.pointer}: {fault.detail}" for fault in error.fields)
            raise ToolError(f"{error}{faults}") from None
        except AdvisorError as error:
            raise ToolError(str(error)) from None

    return told


def _day(case: Case, as_of: str | None) -> date:
    try:
        return iso_date(as_of) if as_of else case.as_of or date.today()
    except ValueError as error:
        raise InputError(f"as_of: {error}") from None


def _short(record: Record, found: dict[str, Any]) -> dict[str, Any]:
    """What a conversation needs of a record."""
    kept = ("as_of", "status", "recommendation", "possible", "flips", "next_questions", "contradictions", "notes")
    return {
        **{key: found[key] for key in (*kept, "life_cycle", "rules_version", "prices_version")},
        "reasons": [_only(item, "rule", "why", "source") for item in found["reasons"]],
        "rejected": [_only(item, "approach", "why", "source") for item in found["rejected"]],
        "flags": [_only(item, "severity", "say", "instead", "source") for item in found["flags"]],
        "costs": [_short_cost(cost) for cost in found["costs"]],
        "sources": [{"id": source.id, "says": source.says, "as_of": source.as_of} for source in record.sources],
    }


def _short_cost(cost: dict[str, Any]) -> dict[str, Any]:
    return _only(cost, "approach", "one_time_usd", "monthly_usd", "payback_months", "payback_note", "chance_of_payback")


def _only(item: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item[key] for key in keys}
