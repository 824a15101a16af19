"""The new model against the one in production and the retrieval baseline, on the locked questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from advisor.case import Case
from advisor.evaluation import prove
from advisor.evaluation.bake_off import Progress
from advisor.evaluation.measure import Measure, mean_measure
from advisor.evaluation.proof import ArmResult, ProofFiles, ProofItem, read_proof
from advisor.evaluation.proof_arms import Models
from advisor.evaluation.proof_list import proof_folder
from advisor.evaluation.resampling import resampled
from advisor.evaluation.significance import compare
from advisor.files import load_market
from advisor.operation.deployment_spec import HostRoute, RagRoute, TunedRoute
from advisor.operation.improvement_gates import Difference
from advisor.operation.improvement_settings import ImprovementSettings
from advisor.store.database import Store
from advisor.tuning.data_folder import DataFolder

_BASELINES: Final = ("rag",)  # the kind of arm that answers from documents or the nearest rows


class Compared(NamedTuple):
    """A proof that has ended, and the names of the two arms in it; `production` is "" where it could not be asked."""

    files: ProofFiles
    candidate: str
    production: str

    def arm(self, name: str) -> ArmResult | None:
        """What the proof says of an arm that ran."""
        return next((arm for arm in self.files.proof.arms if arm.name == name and arm.ran), None)


def prove_run(
    store: Store,
    data: DataFolder,
    settings: ImprovementSettings,
    case: Case,
    train: Path,
    models: tuple[str, TunedRoute | HostRoute | RagRoute],
    on: date,
    progress: Progress,
    workspace: str,
) -> Compared:
    """Ask the new model, the one in production and the baselines; what is answered is kept. Raises InputError.

    `models` are the new model and the route of the one in production.
    """
    candidate, route = models
    production = "rag" if isinstance(route, RagRoute) else route.model
    chosen = Models(None, tuned=(candidate, route.model) if isinstance(route, TunedRoute) else (candidate,))
    if isinstance(route, HostRoute):
        key = route.key_variable or chosen.key_variable
        chosen = chosen._replace(base_url=route.base_url, key_variable=key, compared=(route.model,))
        chosen = chosen._replace(public_host_only=route.public_host_only)
    documents = Path(settings.documents) if settings.documents else None
    wish = prove.Wish(
        case=case,
        data=train,
        documents=documents,
        arms=("retrieval", *(("rag",) if documents else ()), *chosen.compared, *chosen.tuned),
        models=chosen,
        seed=settings.seed,
        most_usd=settings.spend_up_to_usd,
        probes=settings.probes,
    )
    prepared = prove.prepare(wish, prove.Place(data, store, load_market(), on, workspace))
    proved = prove.run(prepared, progress)
    return _compared(proved.files, candidate, production)


def read_run(data: DataFolder, run: str, candidate: str, production: str, workspace: str) -> Compared:
    """A proof that was made before. Raises InputError."""
    return _compared(read_proof(proof_folder(run, data.path, workspace)), candidate, production)


def difference(found: Compared, against: str, seed: int) -> Difference | None:
    """The new model less another arm by the primary metric, item by item; None where one of both did not run."""
    if not (found.arm(found.candidate) and found.arm(against)):
        return None
    items = [item for item in found.files.items if {found.candidate, against} <= item.answers.keys()]
    if not items:
        return None
    metric = found.files.proof.metric
    ours, theirs = (_measure(metric, items, name) for name in (found.candidate, against))
    drawn = resampled([ours, theirs], seed)
    one = compare((found.candidate, against), ours, theirs, (drawn[:, 0], drawn[:, 1]))
    needed = one.items_to_show(one.difference) if one.difference > 0 else None
    return Difference(against, one.difference, one.low, one.high, one.p_value, one.items, needed)


def baselines(found: Compared, seed: int) -> tuple[Difference, ...]:
    """The new model less every arm that needs no training, but for the one in production."""
    names = [arm.name for arm in found.files.proof.arms if arm.ran and arm.kind in _BASELINES]
    differences = (difference(found, name, seed) for name in names if name != found.production)
    return tuple(one for one in differences if one is not None)


def _compared(files: ProofFiles, candidate: str, production: str) -> Compared:
    ran = any(arm.name == production and arm.ran for arm in files.proof.arms)
    return Compared(files, candidate, production if ran else "")


def _measure(metric: str, items: Sequence[ProofItem], arm: str) -> Measure:
    scores = np.array([item.answers[arm].score for item in items], dtype=np.float64)
    return mean_measure(metric, scores, binary=bool(np.isin(scores, (0.0, 1.0)).all()))
