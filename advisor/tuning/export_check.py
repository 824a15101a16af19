"""Exported files read by the tools' own schemas and parsers, where those are installed."""

from __future__ import annotations

import ast
import shutil
import subprocess
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import yaml

from advisor.tuning.export_order import ExportedFile

_SECONDS: Final = 60


class Checked(NamedTuple):
    """What a check found: `ran` is False where the tool is not installed; no problem means that it takes the file."""

    ran: bool
    problem: str = ""


def check(file: ExportedFile) -> Checked:
    """Whether the tool that `file` is for takes it."""
    return _checks[file.name](file.text)


def _axolotl(text: str) -> Checked:
    if find_spec("axolotl") is None:
        return Checked(False)
    from axolotl.utils.schemas.config import AxolotlInputConfig
    from pydantic import ValidationError

    config = yaml.safe_load(text)
    unknown = sorted(set(config) - set(AxolotlInputConfig.model_fields))
    try:
        AxolotlInputConfig(**config)
    except (ValidationError, ValueError) as error:
        return Checked(True, str(error))
    return Checked(True, f"axolotl does not know {', '.join(unknown)}" if unknown else "")


def _llama_factory(text: str) -> Checked:
    if find_spec("llamafactory") is None:
        return Checked(False)
    from llamafactory.hparams.parser import _TRAIN_ARGS
    from transformers import HfArgumentParser

    # The file is for a machine with a card, and this one may have none.
    config = {**yaml.safe_load(text), "use_cpu": True}
    try:
        HfArgumentParser(_TRAIN_ARGS).parse_dict(config)
    except (ValueError, TypeError, ImportError) as error:
        return Checked(True, str(error))
    return Checked(True)


def _trl(text: str) -> Checked:
    """The script is Python, and every argument in it exists."""
    if find_spec("trl") is None or find_spec("peft") is None:
        return Checked(False)
    import peft
    import trl

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            kind: Any = getattr(trl, node.func.id, None) or getattr(peft, node.func.id, None)
            known = getattr(kind, "__dataclass_fields__", None)
            unknown = [one.arg for one in node.keywords if known and one.arg not in known]
            if unknown:
                return Checked(True, f"{node.func.id} has no argument {', '.join(map(str, unknown))}")
    return Checked(True)


def _slurm(text: str) -> Checked:
    return _asked(["sbatch", "--test-only"], text)


def _kubernetes(text: str) -> Checked:
    return _asked(["kubectl", "apply", "--dry-run=client", "--validate=true", "-f", "-"], text)


def _asked(command: list[str], text: str) -> Checked:
    program = shutil.which(command[0])
    if program is None:
        return Checked(False)
    done = subprocess.run(  # noqa: S603  a fixed command, the text goes to its standard input
        [program, *command[1:]], input=text, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return Checked(True, "" if done.returncode == 0 else done.stderr.strip())


def _dataset_info(_: str) -> Checked:
    return Checked(False)  # LLaMA-Factory reads it only together with the data


_checks: Final = {
    "axolotl.yaml": _axolotl,
    "llama_factory.yaml": _llama_factory,
    "dataset_info.json": _dataset_info,
    "train_trl.py": _trl,
    "job.slurm": _slurm,
    "job.yaml": _kubernetes,
}
