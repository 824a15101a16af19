"""Answers under a deployment's name: chooses the model, asks another where it fails, and records what happened."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from advisor.errors import InputError
from advisor.operation.answer_cache import AnswerCache
from advisor.operation.asked_route import ModelFailed
from advisor.operation.circuit_breaker import CircuitBreaker
from advisor.operation.deployed_model import DeployedModel, Prepared
from advisor.operation.deployment_spec import may_be_deployment, routes_of, settings_of
from advisor.operation.gateway_key import gateway_key
from advisor.operation.record_writer import RecordWriter
from advisor.operation.rollout_files import load_rollout_rules
from advisor.operation.route_models import RouteModel, RouteModels
from advisor.operation.routing import Role, place, user_digest
from advisor.store.database import Store
from advisor.store.deployments import Deployment
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import Embedder, HashedTerms
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Answer, Model

_LOOK_EVERY_S: Final = 2.0  # a change that another process made is seen after this at the latest
_KNOWN: Final = 10_000  # names that were looked for
_CACHED: Final = 20_000  # answers of all deployments together
_THREADS: Final = 32
_SHADOWS: Final = 64  # requests that wait for the candidate's answer in the shadow; those beyond are left out


class _Looked(NamedTuple):
    deployment: Prepared | None
    at: float


class Gateway:
    """The deployments of a service as models. Safe to be used from several threads."""

    def __init__(
        self,
        store: Store,
        data: DataFolder,
        models: LoadedModels,
        embedder: Embedder | None = None,
        *,
        assistant: Callable[[str, str], Model] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` counts seconds; `assistant` as in RouteModels.

        The hashed embedder is no better at finding documents than their words are.
        """
        self._store = store
        self._data = data
        self.routes = RouteModels(
            store, data, models, None if isinstance(embedder, HashedTerms) else embedder, assistant
        )
        self.rules = load_rollout_rules()
        self.writer = RecordWriter(store.gateway_records)
        self.breaker = CircuitBreaker(self.rules.breaker)
        self.cache: AnswerCache[Answer] = AnswerCache(_CACHED)
        self.pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="gateway")
        self.now = now
        self.shadows_left_out = 0
        self._shadows = threading.Semaphore(_SHADOWS)
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], _Looked] = {}
        self._key: bytes | None = None

    @property
    def key(self) -> bytes:
        """The key with which users are hashed. Raises InputError where it cannot be kept."""
        if self._key is None:
            self._key = gateway_key(self._data.path)
        return self._key

    def model(self, name: str, workspace: str, user: str | None) -> DeployedModel | None:
        """The deployment of that name as a model for one request; None where the workspace has none.

        The same `user` is always answered by the same model of a stage; without one every request stands alone.
        """
        if not may_be_deployment(name):
            return None
        prepared = self._prepared(name, workspace)
        if prepared is None:
            return None
        digest = None if user is None else user_digest(self.key, workspace, user)
        stands = random.random() if user is None else place(self.key, prepared.roll_out, user)  # noqa: S311 - no secret
        return DeployedModel(self, prepared, stands, digest)

    def digest(self, workspace: str, user: str) -> str:
        """What is kept of a user of a workspace, for those who record something else of the same user."""
        return user_digest(self.key, workspace, user)

    def in_the_shadow(self, ask: Callable[[], None]) -> None:
        """Ask the candidate behind the answer, unless too many such requests wait already."""
        if not self._shadows.acquire(blocking=False):
            self.shadows_left_out += 1
            return
        self.pool.submit(self._asked_in_the_shadow, ask)

    def forget(self) -> None:
        """Look at every deployment anew: one was changed by this process."""
        with self._lock:
            self._known.clear()

    def metric_lines(self) -> list[str]:
        """The counts in the text format of Prometheus."""
        return [
            "# TYPE advisor_gateway_records_lost_total counter",
            f"advisor_gateway_records_lost_total {self.writer.lost}",
            "# TYPE advisor_gateway_records_waiting gauge",
            f"advisor_gateway_records_waiting {self.writer.waiting}",
            "# TYPE advisor_gateway_shadows_left_out_total counter",
            f"advisor_gateway_shadows_left_out_total {self.shadows_left_out}",
            "# TYPE advisor_gateway_models_resting gauge",
            f"advisor_gateway_models_resting {self.breaker.resting(self.now())}",
        ]

    def close(self) -> None:
        """Write the records that wait."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.writer.close()

    def _asked_in_the_shadow(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        finally:
            self._shadows.release()

    def _prepared(self, name: str, workspace: str) -> Prepared | None:
        now = self.now()
        with self._lock:
            looked = self._known.get((workspace, name))
        if looked is not None and now - looked.at < _LOOK_EVERY_S:
            return looked.deployment
        found = self._store.deployments.find(name, workspace)
        before = looked.deployment if looked else None
        prepared = None if found is None else before if before and before.deployment == found else self._prepare(found)
        with self._lock:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[workspace, name] = _Looked(prepared, now)
        return prepared

    def _prepare(self, deployment: Deployment) -> Prepared:
        routes, settings = routes_of(deployment), settings_of(deployment)
        made: dict[Role, RouteModel] = {}

        def model_of(role: Role) -> RouteModel:
            # Made when it is first asked, so that a fallback that lacks its key hinders nobody before.
            if role not in made:
                route = routes.of(role)
                assert route is not None, role
                try:
                    made[role] = self.routes.of(route, settings, deployment.workspace)
                except InputError as error:
                    raise ModelFailed("not_ready", str(error)) from None
            return made[role]

        return Prepared(
            deployment,
            settings,
            routes.roles,
            settings.share(deployment.stage, self.rules),
            f"{deployment.id}:{deployment.routes['roll_out']}",
            model_of,
        )
