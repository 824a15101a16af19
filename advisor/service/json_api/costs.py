"""/api/v1/estimates and /api/v1/sweeps: what a case costs, and where the cheapest approach changes. Nothing is kept."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, request

from advisor.budget import Prices, afford
from advisor.case_text import read_case
from advisor.cost.sweep import spread_evenly
from advisor.decision.decide import decide
from advisor.errors import InputError, RequestError
from advisor.money import as_record, price_approaches, sweep_case
from advisor.priced_approaches import possible_approaches, trainings_of, wanted_approaches
from advisor.question import nearest
from advisor.record import plain
from advisor.service.json_api import asked
from advisor.service.json_api.replies import answer
from advisor.service.knowledge import Knowledge

MOST_DRAWS: Final = 100_000
MOST_POINTS: Final = 100


def costs_blueprint(knowledge: Knowledge) -> Blueprint:
    """The routes of costs."""
    blueprint = Blueprint("costs", __name__)

    @blueprint.post("/estimates")
    def estimate() -> Response:
        from advisor.random_draws import random_sampler

        asked.refuse_unknown("approach", "draws", "seed", "as_of")
        book, market = knowledge.rulebook, knowledge.market
        case = read_case(request.get_data(), request.mimetype, book.questions)
        day = asked.day("as_of") or case.as_of or date.today()
        draws = asked.whole("draws", 10_000, 100, MOST_DRAWS)
        seed = asked.whole("seed", 0, 0, 2**31 - 1)
        trainings = trainings_of(book, case, market, day, _approaches())
        priced = price_approaches(case, market, day, trainings, random_sampler(draws, seed))
        possible = afford(decide(book, case), case, Prices(case, book, market, day)).possible
        costs = [plain(as_record(item)) for item in priced.estimates]
        shown = {"as_of": day.isoformat(), "draws": draws, "seed": seed, "possible": list(possible)}
        return answer({**shown, "costs": costs, "notes": list(priced.notes)})

    @blueprint.post("/sweeps")
    def sweep() -> Response:
        asked.refuse_unknown("vary", "low", "high", "points", "approach", "as_of")
        book, market = knowledge.rulebook, knowledge.market
        name = asked.text("vary") or ""
        if name not in book.questions or book.questions[name].type not in ("number", "integer"):
            known = [known for known, question in book.questions.items() if question.type in ("number", "integer")]
            raise RequestError(
                f"vary must name an answer that is a number{nearest(name, known)}",
                param="vary",
                code="invalid_parameter",
            )
        low, high = asked.number("low"), asked.number("high")
        if not 0 <= low < high:
            raise RequestError("low must be at least 0 and below high", param="low", code="invalid_parameter")
        points = asked.whole("points", 13, 2, MOST_POINTS)
        case = read_case(request.get_data(), request.mimetype, book.questions)
        day = asked.day("as_of") or case.as_of or date.today()
        wanted = _approaches() if "approach" in request.args else possible_approaches(book, case)
        trainings = trainings_of(book, case, market, day, wanted)
        try:
            found = sweep_case(case, market, day, trainings, name, spread_evenly(low, high, points))
        except InputError as error:
            raise RequestError(f"{error.problem}. {error.what_to_do}", status=422, code="not_priced") from None
        steps: list[dict[str, Any]] = [
            {
                "value": f"{step.value:f}",
                "totals_usd": {approach: f"{usd:f}" for approach, usd in step.totals_usd.items()},
                "cheapest": step.cheapest,
            }
            for step in found.steps
        ]
        crossovers = [
            {
                "value": f"{item.value:f}",
                "before": item.before,
                "after": item.after,
                "total_usd": f"{item.total_usd:f}",
            }
            for item in found.crossovers
        ]
        return answer({"answer": name, "months": f"{found.months:f}", "steps": steps, "crossovers": crossovers})

    def _approaches() -> list[str]:
        named = asked.text("approach")
        try:
            return wanted_approaches(knowledge.rulebook, named.split(",") if named else ())
        except InputError as error:
            raise RequestError(error.problem, param="approach", code="invalid_parameter") from None

    return blueprint
