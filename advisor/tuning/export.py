"""A plan and its data written for training elsewhere: axolotl, LLaMA-Factory, TRL, on Slurm or Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from advisor.dataset.conversation import Conversation
from advisor.errors import InputError
from advisor.files import write_whole
from advisor.tuning.export_axolotl import axolotl_file
from advisor.tuning.export_check import Checked, check
from advisor.tuning.export_cluster import Tool, kubernetes_file, slurm_file
from advisor.tuning.export_llama_factory import llama_factory_files
from advisor.tuning.export_order import ExportedFile, ExportOrder
from advisor.tuning.export_rows import preference_lines, supervised_lines
from advisor.tuning.export_trl import trl_file

Cluster = Literal["slurm", "kubernetes"]


class Written(NamedTuple):
    """A file that was written, and what the tool that reads it said."""

    path: Path
    checked: Checked


def exported_files(order: ExportOrder, tool: Tool, cluster: Cluster | None = None) -> list[ExportedFile]:
    """The files for one tool, and the job of a cluster. Raises InputError for what cannot be exported."""
    if order.method not in ("supervised", "dpo") or order.adapter not in ("lora", "qlora"):
        raise InputError(
            f"{order.adapter} by {order.method} cannot be exported",
            where="method",
            what_to_do="take supervised or dpo with lora or qlora; made rows are exported as supervised ones",
        )
    files = {
        "axolotl": lambda: [axolotl_file(order)],
        "llama_factory": lambda: list(llama_factory_files(order)),
        "trl": lambda: [trl_file(order)],
    }[tool]()
    if cluster:
        files.append(slurm_file(tool, order) if cluster == "slurm" else kubernetes_file(tool, order))
    return files


def export(
    folder: Path,
    order: ExportOrder,
    train: Iterable[Conversation],
    validation: Iterable[Conversation],
    tool: Tool,
    cluster: Cluster | None = None,
) -> list[Written]:
    """Write the configuration and the data into `folder`, and have the configuration checked. Raises InputError."""
    files = exported_files(order, tool, cluster)
    lines = preference_lines if order.method == "dpo" else supervised_lines
    folder.mkdir(parents=True, exist_ok=True)
    data = [(order.train_file, train)] + ([(order.validation_file, validation)] if order.validation_file else [])
    for name, rows in data:
        write_whole(folder / name, "".join(lines(rows)))
    for file in files:
        write_whole(folder / file.name, file.text)
    return [Written(folder / file.name, check(file)) for file in files]
