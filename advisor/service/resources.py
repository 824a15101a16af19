"""What the parts of the service share: the store, the data folder, models in memory, running jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from advisor.assistant.served import Assistants
from advisor.operation.gateway import Gateway
from advisor.operation.watches import Watch, watches_of
from advisor.secret_variable import secret_in
from advisor.service import rate_limit
from advisor.service.rate_limit import PER_PRINCIPAL
from advisor.store.database import Store, checked_url, open_store
from advisor.tuning.back_ends import shipped_trainers
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import Embedder, installed_embedder
from advisor.tuning.job_runner import JobRunner
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Trainers

DATABASE_URL: Final = "ADVISOR_DATABASE_URL"
DATABASE_PASSWORD: Final = "ADVISOR_DATABASE_PASSWORD"  # noqa: S105 - the name of a variable
DATA: Final = "ADVISOR_DATA"
API_KEYS: Final = "ADVISOR_API_KEYS"
ASSISTANTS: Final = "assistants"  # folder of assistants in the data folder


class Resources(NamedTuple):
    """Everything a request may need; `started` in seconds since 1970."""

    store: Store
    data: DataFolder
    runner: JobRunner
    models: LoadedModels
    embedder: Embedder
    started: int
    gateway: Gateway
    watches: tuple[Watch, ...]
    assistants: Assistants | None = None

    def close(self) -> None:
        """Stop the jobs and close the store; unfinished jobs go on at the next start."""
        for watch in self.watches:
            watch.close()
        self.gateway.close()
        self.runner.close()
        self.store.close()


class Environment(NamedTuple):
    """What is set outside: where data lie, the database if it is not the embedded one, keys of clients, limits."""

    data: Path
    database_url: str | None
    api_keys: tuple[str, ...]
    rate_limit: str = PER_PRINCIPAL
    rate_limit_storage: str = "memory://"


def environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """The settings in the variables of the environment, with the defaults. Raises InputError."""
    default = Path(variables.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "advisor"
    keys = tuple(key.strip() for key in secret_in(variables, API_KEYS).split(",") if key.strip())
    url, password = variables.get(DATABASE_URL) or None, secret_in(variables, DATABASE_PASSWORD)
    if url and password:
        url = checked_url(url).set(password=password).render_as_string(hide_password=False)
    return Environment(
        Path(variables.get(DATA) or default),
        url,
        keys,
        variables.get(rate_limit.VARIABLE) or PER_PRINCIPAL,
        variables.get(rate_limit.STORAGE) or "memory://",
    )


def open_resources(
    folder: Path,
    database_url: str | None = None,
    trainers: Trainers | None = None,
    *,
    name: str = "serve",
    assistants: Sequence[Path] = (),
) -> Resources:
    """Open the data in `folder` and begin to work on unfinished jobs under `name`. Raises InputError.

    `assistants` are files of assistants that answer beside those in the folder's own `assistants`.
    """
    trainers = trainers if trainers is not None else shipped_trainers()
    data = DataFolder(folder.resolve())
    data.prepare()
    store = open_store(data.path, database_url)
    runner = JobRunner(store, data, trainers, name=name, database_url=database_url)
    try:
        runner.start()
        store.idempotency.clear_old()
    except BaseException:
        store.close()
        raise
    models, embedder = LoadedModels(store, data, trainers), installed_embedder()
    offered = Assistants(assistants, data.path / ASSISTANTS, models.model)
    gateway = Gateway(store, data, models, embedder, assistant=offered.named)
    watches = watches_of(store, data)
    for watch in watches:
        watch.start()
    return Resources(store, data, runner, models, embedder, int(time.time()), gateway, watches, offered)
