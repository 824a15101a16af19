"""A deployment as a model for one request: routed, answered from the cache, made good by another model, recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.errors import InputError, RequestError
from advisor.operation.answer_record import Ask, answered, begin, record_of, repeated
from advisor.operation.asked_route import ModelFailed, answer_here, answer_of, pieces_of
from advisor.operation.deployment_spec import Settings
from advisor.operation.record_writer import Written
from advisor.operation.rollout_rules import STEADY
from advisor.operation.route_models import RouteModel
from advisor.operation.routing import CANDIDATE, INCUMBENT, Role, order_of_models, role_at
from advisor.store.deployments import Deployment
from advisor.store.gateway_records import ERROR, GatewayRecord, GatewayText
from advisor.tuning.trainer import Answer, Asked

if TYPE_CHECKING:
    from advisor.operation.gateway import Gateway

SHADOW: Final = "shadow"


class Prepared(NamedTuple):
    """A deployment, read: `share` of the users for the candidate, and `roll_out`, which spreads them.

    `model_of` gives the model of one of `roles`, and raises ModelFailed where it cannot be made.
    """

    deployment: Deployment
    settings: Settings
    roles: frozenset[Role]
    share: float
    roll_out: str
    model_of: Callable[[Role], RouteModel]


class Served(NamedTuple):
    """Who answered."""

    deployment: str
    model: str
    role: Role
    record: str
    cached: bool


class DeployedModel:
    """Answers one request under a deployment's name. `served` says who did, once it did."""

    def __init__(self, gateway: Gateway, prepared: Prepared, stands: float, user_digest: str | None) -> None:
        """`stands` is the user's place from 0 to 1."""
        self._gateway = gateway
        self._prepared = prepared
        self._user_digest = user_digest
        self._role = role_at(0.0 if prepared.deployment.held else prepared.share, stands)
        self.served: Served | None = None

    def answer(self, asked: Asked) -> Answer:
        """One answer. Raises RequestError where no model answers, InputError for what the model cannot do."""
        failed: list[GatewayRecord] = []
        for role in self._order():
            ask = begin(role)
            try:
                route = self._prepared.model_of(role)
                ask = ask._replace(model=route.name)
                key = self._key(route, asked)
                known = self._gateway.cache.find(key, self._gateway.now()) if key else None
                answer = known or answer_of(route, asked, self._prepared.settings.timeout_s, self._gateway.pool)
            except ModelFailed as error:
                failed.append(self._failure(ask, asked, error))
                continue
            self._end(ask, route, asked, answer, key, failed, cached=known is not None)
            return answer
        raise self._nobody(failed)

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The same in pieces; where a model fails after its first piece, no other can take over."""
        failed: list[GatewayRecord] = []
        for role in self._order():
            ask = begin(role)
            try:
                route = self._prepared.model_of(role)
                ask = ask._replace(model=route.name)
                key = self._key(route, asked)
                known = self._gateway.cache.find(key, self._gateway.now()) if key else None
                pieces = (
                    _whole(known)
                    if known
                    else pieces_of(route, asked, self._prepared.settings.timeout_s, self._gateway.pool)
                )
                first = next(pieces, None)
            except ModelFailed as error:
                failed.append(self._failure(ask, asked, error))
                continue
            self._serve(ask, cached=known is not None)
            answer = yield from self._rest(ask, route, asked, first, pieces)
            self._end(ask, route, asked, answer, key, failed, cached=known is not None)
            return answer
        raise self._nobody(failed)

    def _rest(
        self, ask: Ask, route: RouteModel, asked: Asked, first: str | None, pieces: Generator[str, None, Answer]
    ) -> Generator[str, None, Answer]:
        try:
            if first is not None:
                yield first
            return (yield from pieces)
        except ModelFailed as error:
            record = self._failure(ask, asked, error)
            self._add(record._replace(shown=True))
            raise RequestError(f"{route.name} stopped: {error}", status=502, code="model_failed") from None
        except GeneratorExit:
            # The client left: no fault of the model, whose answer nobody counted.
            self._add(self._record(ask, asked)._replace(error="client_left"))
            raise

    def _order(self) -> Iterator[Role]:
        """Who is asked, one after the other; a held model and one that rests are left out."""
        deployment, roles = self._prepared.deployment, set(self._prepared.roles)
        if deployment.held:
            roles.discard(INCUMBENT if deployment.stage == STEADY else CANDIDATE)
        for role in order_of_models(self._role, frozenset(roles)):
            if self._gateway.breaker.may_ask(self._breaker_key(role), self._gateway.now()):
                yield role

    def _breaker_key(self, role: Role) -> tuple[str, int, str]:
        return self._prepared.deployment.id, self._prepared.deployment.revision, role

    def _serve(self, ask: Ask, *, cached: bool) -> None:
        self.served = Served(self._prepared.deployment.name, ask.model, ask.role, ask.id, cached)

    def _end(
        self,
        ask: Ask,
        route: RouteModel,
        asked: Asked,
        answer: Answer,
        key: str | None,
        failed: Sequence[GatewayRecord],
        *,
        cached: bool,
    ) -> None:
        """An answer was given: tell the breaker, record it with those that failed before, keep it, ask the shadow."""
        self._serve(ask, cached=cached)
        for record in failed:
            self._add(record)
        whole = repeated if cached else answered
        self._add(whole(self._record(ask, asked), route, answer, self._prepared.settings.labels), asked, answer)
        if cached:
            return
        self._gateway.breaker.succeeded(self._breaker_key(ask.role))
        if key and self._prepared.settings.cache:
            self._gateway.cache.keep(key, answer, self._gateway.now() + self._prepared.settings.cache.seconds)
        if self._has_shadow and ask.role == INCUMBENT:
            self._gateway.in_the_shadow(partial(self._ask_in_the_shadow, asked))

    @property
    def _has_shadow(self) -> bool:
        deployment = self._prepared.deployment
        return deployment.stage == SHADOW and not deployment.held and CANDIDATE in self._prepared.roles

    def _ask_in_the_shadow(self, asked: Asked) -> None:
        if not self._gateway.breaker.may_ask(self._breaker_key(CANDIDATE), self._gateway.now()):
            return
        ask = begin(CANDIDATE)
        try:
            route = self._prepared.model_of(CANDIDATE)
            ask = ask._replace(model=route.name)
            answer = answer_here(route, asked)
        except ModelFailed as error:
            self._add(self._failure(ask, asked, error))
        except InputError:
            return  # nothing that this model can be asked
        else:
            self._gateway.breaker.succeeded(self._breaker_key(CANDIDATE))
            record = answered(self._record(ask, asked), route, answer, self._prepared.settings.labels)
            self._add(record._replace(shown=False))

    def _nobody(self, failed: Sequence[GatewayRecord]) -> RequestError:
        for place, record in enumerate(failed):
            self._add(record._replace(shown=place == len(failed) - 1))
        held = self._prepared.deployment.held
        why = f"; held: {held}" if held else ""
        tried = ", ".join(f"{record.model} ({record.error})" for record in failed) or "all of them rest after failures"
        return RequestError(
            f"no model of {self._prepared.deployment.name} answers: {tried}{why}",
            status=503,
            code="no_model_answers",
            retry_after_s=max(1, round(self._gateway.rules.breaker.rest_s)),
        )

    def _failure(self, ask: Ask, asked: Asked, error: ModelFailed) -> GatewayRecord:
        self._gateway.breaker.failed(self._breaker_key(ask.role), self._gateway.now())
        return self._record(ask, asked)._replace(status=ERROR, shown=False, error=error.code)

    def _record(self, ask: Ask, asked: Asked) -> GatewayRecord:
        return record_of(self._prepared.deployment, ask, asked, self._user_digest)

    def _add(self, record: GatewayRecord, asked: Asked | None = None, answer: Answer | None = None) -> None:
        text = None
        if asked is not None and answer is not None and self._prepared.settings.store_content:
            text = GatewayText(record.id, [dict(message) for message in asked.messages], answer.text)
        self._gateway.writer.add(Written(record, text))

    def _key(self, route: RouteModel, asked: Asked) -> str | None:
        """The request's name in the cache; None where its answer may differ from one time to the next."""
        if self._prepared.settings.cache is None:
            return None
        if not (asked.temperature == 0 or (route.is_classifier and not asked.temperature)):
            return None
        deployment = self._prepared.deployment
        whole = [deployment.workspace, deployment.id, deployment.revision, route.name, asked._asdict()]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _whole(answer: Answer) -> Generator[str, None, Answer]:
    yield answer.text
    return answer
