"""Job files that run an exported training on a cluster: Slurm and Kubernetes."""

from __future__ import annotations

import re
import shlex
from typing import Final, Literal

import yaml

from advisor.errors import InputError
from advisor.tuning.export_order import ExportedFile, ExportOrder

Tool = Literal["axolotl", "llama_factory", "trl"]
_NEEDS: Final = {  # the versions that the files were written for
    "axolotl": "axolotl[flash-attn]==0.19.*",
    "llama_factory": "llamafactory==0.9.5",
    "trl": "trl>=1.16,<2 peft>=0.21,<1",
}


def command(tool: Tool, order: ExportOrder) -> str:
    """The line that starts the training on one node."""
    cards = order.hardware.gpus
    return {
        "axolotl": f"axolotl train axolotl.yaml --launcher torchrun -- --nproc-per-node={cards}",
        "llama_factory": "llamafactory-cli train llama_factory.yaml",
        "trl": f"torchrun --nproc-per-node={cards} train_trl.py",
    }[tool]


def slurm_file(tool: Tool, order: ExportOrder) -> ExportedFile:
    """`sbatch NAME` submits it. It begins again where it was when the cluster takes the node away.

    Raises InputError for several nodes with a tool that is not started by torchrun.
    """
    hardware = order.hardware
    cards = f"{hardware.gpu}:{hardware.gpus}" if hardware.gpu else str(hardware.gpus)
    start = command(tool, order)
    if hardware.nodes > 1:
        if tool != "trl":
            raise InputError(
                f"a job on {hardware.nodes} nodes is only written for TRL",
                where="hardware.nodes",
                what_to_do="take one node, or export to TRL",
            )
        start = (
            f"srun torchrun --nnodes={hardware.nodes} --nproc-per-node={hardware.gpus} --rdzv-backend=c10d "
            '--rdzv-id="$SLURM_JOB_ID" --rdzv-endpoint="$(hostname):29500" train_trl.py'
        )
    text = f"""#!/bin/bash
#SBATCH --job-name={_job_name(order.name)}
#SBATCH --nodes={hardware.nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node={cards}
#SBATCH --cpus-per-task={hardware.cpus}
#SBATCH --mem={hardware.memory_gib}G
#SBATCH --time={hardware.hours}:00:00
#SBATCH --output=%x-%j.log
#SBATCH --requeue

set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
python -m venv --system-site-packages .venv
. .venv/bin/activate
pip install --quiet {" ".join(shlex.quote(one) for one in _NEEDS[tool].split())}
export OMP_NUM_THREADS={max(1, hardware.cpus // hardware.gpus)}
{start}
"""
    return ExportedFile("job.slurm", text)


def kubernetes_file(tool: Tool, order: ExportOrder) -> ExportedFile:
    """`kubectl apply -f NAME` submits it; the files lie on the volume `training-data`. Raises InputError."""
    hardware = order.hardware
    if hardware.nodes > 1:
        raise InputError(
            "a plain Kubernetes job runs on one node",
            where="hardware.nodes",
            what_to_do="take one node with more cards, or Slurm",
        )
    if not hardware.image:
        raise InputError(
            "a Kubernetes job needs a container image",
            where="hardware.image",
            what_to_do="name an image with Python and CUDA, such as one of PyTorch's",
        )
    needed = " ".join(shlex.quote(one) for one in _NEEDS[tool].split())
    limits = {"nvidia.com/gpu": hardware.gpus, "cpu": hardware.cpus, "memory": f"{hardware.memory_gib}Gi"}
    container = {
        "name": "train",
        "image": hardware.image,
        "workingDir": "/data",
        "command": ["/bin/bash", "-euo", "pipefail", "-c", f"pip install {needed}\n{command(tool, order)}"],
        "resources": {"limits": limits},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "memory", "mountPath": "/dev/shm"}],  # noqa: S108  the shared memory of the container
    }
    pod = {
        "restartPolicy": "OnFailure",
        **({"nodeSelector": {"nvidia.com/gpu.product": hardware.gpu}} if hardware.gpu else {}),
        "containers": [container],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "training-data"}},
            {"name": "memory", "emptyDir": {"medium": "Memory"}},
        ],
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": _job_name(order.name)},
        "spec": {"backoffLimit": 3, "activeDeadlineSeconds": hardware.hours * 3600, "template": {"spec": pod}},
    }
    return ExportedFile("job.yaml", yaml.safe_dump(job, sort_keys=False, allow_unicode=True))


def _job_name(name: str) -> str:
    """Lower-case letters, digits and hyphens, 63 at most, as Kubernetes names its objects."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63].rstrip("-") or "training"
