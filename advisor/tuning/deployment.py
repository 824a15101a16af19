"""What Ollama, vLLM or a container needs to serve a tuned model, written to a folder of its own."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor import __version__
from advisor.errors import InputError, ModelNameError
from advisor.files import write_whole
from advisor.store.database import Store, open_store
from advisor.store.models import TunedModel
from advisor.tuning.back_ends import HUB, LINEAR_MODELS
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Trainers

TARGETS: Final = ("ollama", "vllm", "container")
_ADAPTER: Final = "adapter_config.json"
_CHECK_S: Final = 600


class Deployment(NamedTuple):
    """What was written, how it is started, and whether it was seen to load (None where the tool is not here)."""

    folder: Path
    start: str
    loads: bool | None
    note: str


def deploy(store: Store, data: DataFolder, trainers: Trainers, model_id: str, target: str, folder: Path) -> Deployment:
    """Write what `target`, one of TARGETS, needs for a registered model to `folder`, which must be new or empty.

    Raises ModelNameError, and InputError where the model is of a kind that the target cannot serve.
    """
    model = store.models.find(model_id)
    if model is None:
        raise ModelNameError(
            f"there is no tuned model {model_id}",
            code="model_not_found",
            what_to_do="name one that GET /v1/models lists",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("this is there already", where=str(folder), what_to_do="name a new folder with --out")
    source = data.path / model.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target == "container":
            return _container(data, trainers, model, folder)
        adapter = _adapter(model, source, target)
        shutil.copytree(source, folder / "adapter")
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}", where=str(folder), what_to_do="choose another place"
        ) from None
    return _ollama(model, adapter, folder) if target == "ollama" else _vllm(model, adapter, folder)


def _adapter(model: TunedModel, source: Path, target: str) -> Mapping[str, Any]:
    """The settings of a LoRA adapter. Raises InputError for other models."""
    if model.base_model in LINEAR_MODELS:
        raise InputError(
            f"{target} serves language models, and {model.id} is {model.lineage['what']}",
            where="--to",
            what_to_do="deploy it with --to container",
        )
    try:
        settings: Mapping[str, Any] = json.loads((source / _ADAPTER).read_bytes())
    except (OSError, ValueError):
        raise InputError(
            "the model's folder has no LoRA adapter", where=str(source / _ADAPTER), what_to_do="train it again"
        ) from None
    return settings


def _ollama(model: TunedModel, adapter: Mapping[str, Any], folder: Path) -> Deployment:
    """A Modelfile: a GGUF file or a folder of safetensors as the base, the adapter on top of it."""
    base = _base_path(model, adapter)
    weights = sorted(Path(base).glob("*.gguf"))
    name = _short_name(model)
    lines = [
        f"# {model.id}",
        f"FROM {weights[0] if weights else base}",
        "ADAPTER ./adapter",
        "PARAMETER temperature 0",
        "",
    ]
    write_whole(folder / "Modelfile", "\n".join(lines))
    command = ["ollama", "create", name, "-f", "Modelfile"]
    start = f"cd {shlex.quote(str(folder))} && {shlex.join(command)} && ollama run {name}"
    return _checked(Deployment(folder, start, None, ""), command)


def _vllm(model: TunedModel, adapter: Mapping[str, Any], folder: Path) -> Deployment:
    """A script that starts vLLM with the base model and the adapter under the model's own name."""
    rank = max(8, 1 << (int(adapter.get("r") or 8) - 1).bit_length())  # vLLM takes powers of two from 8
    command = [
        "vllm",
        "serve",
        _base_path(model, adapter),
        "--enable-lora",
        "--max-lora-rank",
        str(rank),
        "--lora-modules",
        json.dumps({"name": model.id, "path": "adapter"}),
    ]
    lines = [
        "#!/bin/sh",
        f"# Serves {model.id} with vLLM on port 8000.",
        'cd "$(dirname "$0")" || exit 1',
        f'exec {shlex.join(command)} "$@"',
        "",
    ]
    write_whole(folder / "serve.sh", "\n".join(lines))
    (folder / "serve.sh").chmod(0o755)
    note = "vLLM was not asked to load it: that takes a GPU" if shutil.which("vllm") else "vLLM is not installed here"
    return Deployment(folder, shlex.quote(str(folder / "serve.sh")), None, note)


def _container(data: DataFolder, trainers: Trainers, model: TunedModel, folder: Path) -> Deployment:
    """A Dockerfile and a data folder with this model alone; the model is loaded from that folder to check it."""
    linear = model.base_model in LINEAR_MODELS
    package = "advisor" if linear else "advisor[lora]"
    target = DataFolder(folder / "data")
    target.prepare()
    shutil.copytree(data.path / model.folder, target.path / model.folder)
    copy = open_store(target.path)
    try:
        copy.models.add(model)
        LoadedModels(copy, target, trainers).model(model.id)
    finally:
        copy.close()
    write_whole(
        folder / "Dockerfile",
        "\n".join(
            [
                f"# Serves {model.id} on port 8000. Give it keys: docker run -e ADVISOR_API_KEYS=… -p 8000:8000 IMAGE",
                "FROM python:3.12-slim",
                f"RUN pip install --no-cache-dir '{package}=={__version__}'",
                "RUN useradd --create-home advisor",
                "COPY --chown=advisor data /data",
                "USER advisor",
                "ENV ADVISOR_DATA=/data",
                "EXPOSE 8000",
                'CMD ["advisor", "serve", "--host", "0.0.0.0", "--port", "8000"]',
                "",
            ]
        ),
    )
    start = f"docker build -t {_short_name(model)} {shlex.quote(str(folder))}"
    note = "" if linear else f"the base model {model.base_model} must be in the container under the same name"
    return Deployment(folder, start, True, note)


def _base_path(model: TunedModel, adapter: Mapping[str, Any]) -> str:
    if model.base_model.startswith(HUB):
        return str(adapter.get("base_model_name_or_path") or model.base_model.removeprefix(HUB))
    return str(Path(model.base_model).resolve())


def _short_name(model: TunedModel) -> str:
    """A name that Ollama and Docker take."""
    _, base, _, suffix, tail = model.id.split(":")
    return "-".join(part for part in (base, suffix, tail) if part).lower()


def _checked(written: Deployment, command: list[str]) -> Deployment:
    """Run the tool's own command to see whether the model loads, where the tool is installed."""
    if not shutil.which(command[0]):
        return written._replace(note=f"{command[0]} is not installed here, so it was not checked")
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and our own paths
            command, cwd=written.folder, capture_output=True, text=True, timeout=_CHECK_S, check=False
        )
    except subprocess.TimeoutExpired:
        return written._replace(loads=False, note=f"{command[0]} did not end within {_CHECK_S} s")
    told = (done.stderr or done.stdout).strip().splitlines()
    return written._replace(loads=done.returncode == 0, note="" if done.returncode == 0 else told[-1] if told else "")
