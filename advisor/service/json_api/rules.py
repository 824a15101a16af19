"""/api/v1/questions, /rules and /prices: what answers rest on, to read."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response

from advisor.cost.price_book import Price
from advisor.decision.first_hit import Rule
from advisor.errors import PriceMissingError, RequestError
from advisor.question import Question, as_plain
from advisor.rule_text import rule_text
from advisor.service.json_api import asked
from advisor.service.json_api.replies import answer, answer_all, missing
from advisor.service.knowledge import Knowledge


def rules_blueprint(knowledge: Knowledge) -> Blueprint:
    """The routes of questions, rules and prices."""
    blueprint = Blueprint("rules", __name__)

    @blueprint.get("/questions")
    def questions() -> Response:
        asked.refuse_unknown()
        return answer_all([_question(question) for question in knowledge.rulebook.questions.values()])

    @blueprint.get("/questions/<name>")
    def question(name: str) -> Response:
        asked.refuse_unknown()
        if name not in knowledge.rulebook.questions:
            raise missing("question", name)
        return answer(_question(knowledge.rulebook.questions[name]))

    @blueprint.get("/rules")
    def rules() -> Response:
        asked.refuse_unknown()
        book = knowledge.rulebook
        shown = [_rule(rule, table.name) for table in book.tables for rule in table.rules]
        return answer(
            {
                "version": book.version,
                "sha256": knowledge.rules_sha256,
                "rules": shown,
                "sources": [source._asdict() for source in book.sources.values()],
            }
        )

    @blueprint.get("/rules/<name>")
    def rule(name: str) -> Response:
        asked.refuse_unknown()
        book = knowledge.rulebook
        for table in book.tables:
            for found in table.rules:
                if found.id == name:
                    return answer({**_rule(found, table.name), "text": rule_text(book, name)})
        raise missing("rule", name)

    @blueprint.get("/prices")
    def prices() -> Response:
        asked.refuse_unknown("on", "provider", "model", "kind", "cursor", "limit")
        day, provider = asked.day("on") or date.today(), asked.text("provider")
        model, kind = asked.text("model"), asked.text("kind")
        held = [
            price
            for price in knowledge.prices.on(day)
            if provider in (None, price.provider) and model in (None, price.model) and kind in (None, price.kind)
        ]
        at = asked.cursor()
        start = 0
        if at.after is not None:
            places = {price.id: place for place, price in enumerate(held)}
            if at.after not in places:
                raise RequestError("the cursor names nothing in this list", param="cursor", code="invalid_parameter")
            start = places[at.after] + 1
        shown = held[start : start + at.limit]
        following = shown[-1].id if shown and start + at.limit < len(held) else None
        return answer(
            {
                "version": knowledge.prices.version,
                "sha256": knowledge.prices_sha256,
                "on": day.isoformat(),
                "items": [_price(price) for price in shown],
                "next_cursor": following,
            }
        )

    @blueprint.get("/prices/on")
    def price_on() -> Response:
        asked.refuse_unknown("model", "kind", "day", "provider")
        model, kind = asked.text("model"), asked.text("kind")
        if model is None or kind is None:
            raise RequestError("model and kind must be given", param="model", code="invalid_parameter")
        try:
            found = knowledge.prices.price_on(model, kind, asked.day("day") or date.today(), asked.text("provider"))
        except PriceMissingError as error:
            raise RequestError(f"{error.problem}. {error.what_to_do}", status=404, code="no_price") from None
        return answer(_price(found))

    return blueprint


def _question(question: Question) -> dict[str, Any]:
    given = question.provisional
    return {
        "name": question.name,
        "type": question.type,
        "ask": question.ask,
        "help": question.help,
        "options": [{"id": id, "means": means} for id, means in question.options.items()],
        "minimum": None if question.minimum is None else as_plain(question.minimum),
        "maximum": None if question.maximum is None else as_plain(question.maximum),
        "unit": question.unit,
        "provisional": given and {"value": as_plain(given.value), "because": given.because},
    }


def _rule(rule: Rule, table: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "table": table,
        "then": str(rule.then),
        "why": rule.why,
        "source": list(rule.source),
        "requires": [gate.id for gate in rule.requires],
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "id": price.id,
        "provider": price.provider,
        "model": price.model,
        "kind": price.kind,
        "usd": str(price.usd),
        "unit": price.unit,
        "valid_from": price.valid_from.isoformat(),
        "as_of": price.as_of.isoformat(),
        "source": price.source,
        "assumption": price.assumption,
    }
