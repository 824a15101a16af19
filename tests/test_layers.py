"""Imports point one way: core → nothing of ours but core; adapters → core; delivery → both."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "advisor"
CORE = (
    "advisor.errors",
    "advisor.question",
    "advisor.case",
    "advisor.derived",
    "advisor.record",
    "advisor.explanation",
    "advisor.budget",
    "advisor.life_cycle_notes",
    "advisor.recommendation",
    "advisor.training_choice",
    "advisor.money",
    "advisor.rule_check",
    "advisor.review_calendar",
    "advisor.rule_text",
    "advisor.scopes",
    "advisor.priced_approaches",
    "advisor.decision",
    "advisor.cost",
    "advisor.dataset",
    "advisor.evaluation.asking",
    "advisor.evaluation.ballot",
    "advisor.evaluation.ballot_count",
    "advisor.evaluation.before_and_after",
    "advisor.evaluation.bias_probe",
    "advisor.evaluation.bias_rules",
    "advisor.evaluation.estimate",
    "advisor.evaluation.filled_ballot",
    "advisor.evaluation.general_ability",
    "advisor.evaluation.item",
    "advisor.evaluation.metric_rules",
    "advisor.evaluation.number_answer",
    "advisor.evaluation.json_answer",
    "advisor.evaluation.task_kind",
    "advisor.evaluation.word_overlap",
    "advisor.evaluation.corpus_overlap",
    "advisor.evaluation.label_scores",
    "advisor.evaluation.measure",
    "advisor.evaluation.scores",
    "advisor.evaluation.resampling",
    "advisor.evaluation.intervals",
    "advisor.evaluation.significance",
    "advisor.evaluation.detectable",
    "advisor.evaluation.statistics",
    "advisor.evaluation.cost_per_correct",
    "advisor.evaluation.verdict",
    "advisor.evaluation.verdict_rules",
    "advisor.assistant.operation",
    "advisor.assistant.openapi_schema",
    "advisor.assistant.request",
    "advisor.tuning.label_rows",
    "advisor.tuning.text_similarity",
    "advisor.evaluation.item_swaps",
    "advisor.evaluation.judge",
    "advisor.evaluation.judge_quality",
    "advisor.evaluation.judge_report",
    "advisor.evaluation.judge_rules",
    "advisor.evaluation.leak_probe",
    "advisor.evaluation.rater_agreement",
    "advisor.evaluation.safeguards",
    "advisor.evaluation.safety_probe",
    "advisor.evaluation.shown_items",
    "advisor.evaluation.swaps",
    "advisor.evaluation.chunks",
    "advisor.evaluation.document",
    "advisor.evaluation.injection_probe",
    "advisor.evaluation.quote",
    "advisor.evaluation.relevance",
    "advisor.evaluation.retrieval_scores",
    "advisor.evaluation.retrieval_vote",
    "advisor.evaluation.search_index",
    "advisor.evaluation.search_terms",
    "advisor.evaluation.word_index",
    "advisor.ledger.accuracy",
    "advisor.ledger.correction",
    "advisor.ledger.entry",
    "advisor.ledger.ledger_rules",
    "advisor.operation.class_mix",
    "advisor.operation.drift",
    "advisor.operation.drift_rules",
    "advisor.operation.drift_tests",
    "advisor.operation.feedback_check",
    "advisor.operation.feedback_rules",
    "advisor.operation.feedback_token",
    "advisor.operation.kpi_rules",
    "advisor.operation.review_pack",
    "advisor.operation.text_drift",
    "advisor.operation.threshold",
    "advisor.typed_number",
    "advisor.wording",
    "advisor.report.content",
    "advisor.report.cost_charts",
    "advisor.report.cost_parts",
    "advisor.report.full_report",
    "advisor.report.ledger_sections",
    "advisor.report.marks",
    "advisor.report.memo",
    "advisor.report.svg",
    "advisor.report.what_if_data",
    "advisor.report.money",
    "advisor.portfolio.candidate",
    "advisor.portfolio.choice",
    "advisor.portfolio.portfolio",
    "advisor.report.portfolio_chart",
    "advisor.report.portfolio_record",
    "advisor.report.portfolio_sections",
    "advisor.report.proof_chart",
    "advisor.rescue.rescue_calendar",
    "advisor.rescue.rescue_rules",
    "advisor.rescue.tuned_model",
    "advisor.report.section",
    "advisor.report.visible_text",
    "advisor.operation.answer_cache",
    "advisor.operation.circuit_breaker",
    "advisor.operation.rollout_rules",
    "advisor.operation.routing",
    "advisor.operation.sequential",
    "advisor.operation.stage_evidence",
    "advisor.operation.stage_plan",
)
READERS = ("advisor.strict_yaml",)  # values in, values out: it wraps PyYAML but touches no file
ADAPTERS = (
    "advisor.files",
    "advisor.rule_cache",
    "advisor.report",
    "advisor.case_schema",
    "advisor.cleanlab_judge",
    "advisor.presidio_names",
    "advisor.python_api",
    "advisor.inference_prices",
    "advisor.price_entry",
    "advisor.random_draws",
    "advisor.token_count",
    "advisor.token_tally",
    "advisor.data_file",
    "advisor.data_check",
    "advisor.data_rules",
    "advisor.data_convert",
    "advisor.data_target",
    "advisor.data_clean",
    "advisor.measured_data",
    "advisor.data_examples",
    "advisor.data_content",
    "advisor.data_extend",
    "advisor.data_split",
    "advisor.api_key",
    "advisor.assistant",
    "advisor.oidc",
    "advisor.secret_variable",
    "advisor.outgoing",
    "advisor.checked_connection",
    "advisor.passwords",
    "advisor.case_text",
    "advisor.chat_client",
    "advisor.tuning",
    "advisor.tuning_rules",
    "advisor.evaluation",
    "advisor.evaluation_rules",
    "advisor.ledger",
    "advisor.portfolio",
    "advisor.rescue",
    "advisor.store",
    "advisor.operation",
)
DELIVERY = ("advisor.cli", "advisor.service", "advisor.__main__")
IMPURE = {"os", "pathlib", "random", "socket", "subprocess", "tempfile", "time", "urllib", "click", "pydantic"}


def imports(path: Path) -> set[str]:
    """Modules that the file imports, at any depth, type-checking blocks left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def module_name(path: Path) -> str:
    """`advisor.case` for advisor/case.py."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(module: str, layer: tuple[str, ...]) -> bool:
    """Whether `module` is one of `layer` or below it."""
    return any(module == name or module.startswith(f"{name}.") for name in layer)


@cache
def modules() -> dict[str, set[str]]:
    """Every module of the package with what it imports."""
    return {module_name(path): imports(path) for path in PACKAGE.rglob("*.py") if "shipped" not in path.parts}


def test_core_imports_only_core() -> None:
    """Nothing in the core imports an adapter, delivery, or a module that touches the outside."""
    for module, imported in modules().items():
        if within(module, CORE):
            ours = {name for name in imported if name.startswith("advisor.")}
            wrong = {name for name in ours if not within(name, CORE + READERS)}
            assert not wrong, f"{module} imports {sorted(wrong)}"
            assert not imported & IMPURE, f"{module} imports {sorted(imported & IMPURE)}"


def test_adapters_do_not_import_delivery() -> None:
    """No adapter imports the command line or the service."""
    for module, imported in modules().items():
        if within(module, ADAPTERS):
            assert not {name for name in imported if within(name, DELIVERY)}, module


def test_every_module_has_a_layer() -> None:
    """A new file must be put into a layer here."""
    for module in modules():
        assert module == "advisor" or within(module, CORE + READERS + ADAPTERS + DELIVERY), module


def test_recommend_loads_nothing_heavy() -> None:
    """`advisor recommend` imports neither pydantic nor any of the libraries that later parts need."""
    case = PACKAGE.parent / "docs" / "examples" / "pizzeria.yaml"
    code = (
        "import sys; sys.argv = ['advisor', 'recommend', sys.argv[1]]\n"
        "from advisor.__main__ import main\n"
        "main()\n"
        "heavy = 'pydantic genai_prices numpy sklearn openai sqlalchemy alembic dbos flask waitress tiktoken torch'\n"
        "heavy = heavy.split()\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(case)], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout
