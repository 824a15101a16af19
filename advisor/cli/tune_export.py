"""`advisor tune export`: a plan and its data as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--tool", type=click.Choice(["axolotl", "llama_factory", "trl"]), required=True, help="The tool that trains."
)
@click.option("--cluster", type=click.Choice(["slurm", "kubernetes"]), help="Write a job file for it as well.")
@click.option("--gpus", type=click.IntRange(1, 64), default=1, show_default=True, help="Cards of a node.")
@click.option("--gpu", default="", help="The kind of card, as the cluster names it.")
@click.option("--image", default="", help="The container image, for Kubernetes.")
def export(
    plan_file: Path,
    folder: Path,
    tool: Literal["axolotl", "llama_factory", "trl"],
    cluster: Literal["slurm", "kubernetes"] | None,
    gpus: int,
    gpu: str,
    image: str,
) -> None:
    """Write a PLAN and its data into FOLDER for training elsewhere.

    \b
    Examples:
      advisor tune plan case.yaml --data data/train.jsonl --backend export --model hf/Qwen/Qwen3-8B
      advisor tune export plan.yaml job/ --tool axolotl --cluster slurm --gpus 4

    Where the tool is installed, its own parser reads what was written.
    """
    from advisor.data_examples import rows_of
    from advisor.tuning import runs
    from advisor.tuning.export import export as write
    from advisor.tuning.export_order import ExportOrder, Hardware
    from advisor.tuning.plan import read_plan

    plan = read_plan(plan_file)
    rows = runs.checked_data(plan, plan_file)
    order = ExportOrder(
        plan.run,
        plan.base_model,
        plan.method,
        "qlora" if plan.technique == "qlora" else "lora",
        "train.jsonl",
        "validation.jsonl" if rows.validation else None,
        "out",
        plan.order(),
        plan.seed,
        Hardware(gpus=gpus, gpu=gpu, image=image),
    )
    train, validation = ([row.conversation for row in rows_of(path, plan.data.format)] if path else [] for path in rows)
    for written in write(folder, order, train, validation, tool, cluster):
        checked = written.checked
        said = checked.problem or ("read by the tool's own parser" if checked.ran else "not checked: not installed")
        click.echo(f"{written.path}: {said}")
