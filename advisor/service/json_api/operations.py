"""What the JSON API can do, operation by operation: from this the OpenAPI document is made, and a test holds it against
the routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from advisor.operation.deployment_spec import DeploymentSpec
from advisor.service.json_api import bodies, operation_schemas, schemas
from advisor.service.json_api.asked import MOST_ON_A_PAGE
from advisor.service.json_api.costs import MOST_DRAWS, MOST_POINTS

CASE: Final = "Case"  # the body is a case, whose model follows from the questions
RECOMMENDATION: Final = "StoredRecommendation"
FILE: Final = "file"


class Parameter(NamedTuple):
    """A query parameter."""

    name: str
    schema: Mapping[str, Any]
    says: str
    required: bool = False
    example: Any = None


class Operation(NamedTuple):
    """One method of one path; `body` and `reply` are models or the names of schemas, a list of them is paged."""

    method: str
    path: str
    says: str
    reply: type[BaseModel] | str | None = None
    status: int = 200
    body: type[BaseModel] | str | None = None
    query: tuple[Parameter, ...] = ()
    is_list: bool = False
    once: bool = False
    if_match: bool = False


_DAY: Final = {"type": "string", "format": "date"}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 1000}
_PAGE: Final = (
    Parameter("cursor", _TEXT, "`next_cursor` of the page before."),
    Parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": 20}, "Items on a page."),
)
_AS_OF: Final = Parameter(
    "as_of", _DAY, "Day on which prices and life cycles are taken; without it the case's own, else today."
)
_APPROACH: Final = Parameter("approach", _TEXT, "Only these approaches, separated by commas.", example="prompt,rag")

OPERATIONS: Final = (
    Operation("post", "/session", "Log in; the session is a cookie.", schemas.Session, 201, bodies.LoginBody),
    Operation("get", "/session", "Who asks.", schemas.Session),
    Operation("delete", "/session", "Log out.", None, 204),
    Operation("post", "/cases", "Keep a case.", schemas.StoredCase, 201, CASE, once=True),
    Operation("get", "/cases", "Cases, newest first.", schemas.CaseSummary, query=_PAGE, is_list=True),
    Operation("get", "/cases/{id}", "A case at its newest version.", schemas.StoredCase),
    Operation(
        "put", "/cases/{id}", "Change a case; the version before is kept.", schemas.StoredCase, body=CASE, if_match=True
    ),
    Operation("delete", "/cases/{id}", "Remove a case with its versions.", None, 204, if_match=True),
    Operation("get", "/cases/{id}/versions", "Versions, newest first.", schemas.VersionSummary, is_list=True),
    Operation("get", "/cases/{id}/versions/{number}", "One version.", schemas.StoredVersion),
    Operation("get", "/cases/{id}/ticks", "Ticks on checklists.", schemas.CaseTick, is_list=True),
    Operation("put", "/cases/{id}/ticks/{item}", "Tick an item.", schemas.CaseTick, body=bodies.TickBody),
    Operation(
        "post",
        "/cases/{id}/recommendations",
        "Recommend for a case that is kept.",
        RECOMMENDATION,
        201,
        query=(_AS_OF,),
        once=True,
    ),
    Operation(
        "post",
        "/recommendations",
        "Recommend for the case in the body, and keep the recommendation as it is.",
        RECOMMENDATION,
        201,
        CASE,
        (_AS_OF,),
        once=True,
    ),
    Operation(
        "get",
        "/recommendations",
        "Recommendations, newest first.",
        schemas.RecommendationSummary,
        query=(*_PAGE, Parameter("case_id", _TEXT, "Only those of this case.")),
        is_list=True,
    ),
    Operation("get", "/recommendations/{id}", "A recommendation as it was given.", RECOMMENDATION),
    Operation("get", "/recommendations/{id}/case", "The case that it was given for.", CASE),
    Operation(
        "post",
        "/estimates",
        "What approaches cost for the case in the body: P10, P50 and P90 of random draws. Nothing is kept.",
        schemas.Estimates,
        200,
        CASE,
        (
            _APPROACH,
            Parameter("draws", {"type": "integer", "minimum": 100, "maximum": MOST_DRAWS, "default": 10_000}, "Draws."),
            Parameter("seed", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}, "The same seed, same figures."),
            _AS_OF,
        ),
    ),
    Operation(
        "post",
        "/sweeps",
        "Vary one answer of the case in the body, and find where the cheapest approach changes. Nothing is kept.",
        schemas.Sweep,
        200,
        CASE,
        (
            Parameter("vary", _TEXT, "An answer that is a number.", True, "traffic.requests_per_month"),
            Parameter("low", {"type": "number", "minimum": 0}, "The least value.", True, 1000),
            Parameter("high", {"type": "number", "exclusiveMinimum": 0}, "The greatest value.", True, 1_000_000),
            Parameter("points", {"type": "integer", "minimum": 2, "maximum": MOST_POINTS, "default": 13}, "Values."),
            _APPROACH,
            _AS_OF,
        ),
    ),
    Operation("get", "/questions", "Every question.", schemas.QuestionShown, is_list=True),
    Operation("get", "/questions/{name}", "One question.", schemas.QuestionShown),
    Operation("get", "/rules", "The rule book.", schemas.Rules),
    Operation("get", "/rules/{name}", "One rule in full.", schemas.RuleInFull),
    Operation(
        "get",
        "/prices",
        "The prices that held on a day.",
        schemas.Prices,
        query=(
            Parameter("on", _DAY, "The day; without it today."),
            Parameter("provider", _TEXT, "Only this provider."),
            Parameter("model", _TEXT, "Only this model."),
            Parameter("kind", _TEXT, "Only this kind."),
            *_PAGE,
        ),
    ),
    Operation(
        "get",
        "/prices/on",
        "One price on a day, as computations take it.",
        schemas.PriceShown,
        query=(
            Parameter("model", _TEXT, "The model.", True, "gpt-4.1-mini-2025-04-14"),
            Parameter("kind", _TEXT, "The kind.", True, "train_sft"),
            Parameter("day", _DAY, "The day; without it today."),
            Parameter("provider", _TEXT, "Needed where several sell the model."),
        ),
    ),
    Operation("post", "/data-sets", "Upload a file of examples.", schemas.DataSet, 201, FILE, once=True),
    Operation("get", "/data-sets", "Data sets, newest first.", schemas.DataSet, query=_PAGE, is_list=True),
    Operation("get", "/data-sets/{id}", "A data set.", schemas.DataSet),
    Operation("delete", "/data-sets/{id}", "Remove a data set.", None, 204),
    Operation(
        "get",
        "/data-sets/{id}/report",
        "What is wrong with a data set, line by line: advisor/data-report/v1.",
        "DataReport",
        query=(Parameter("only", _TEXT, "Parts of the check, separated by commas.", example="structure,tokens"),),
    ),
    Operation("post", "/tuning-plans", "Plan a training run.", schemas.Plan, 201, bodies.PlanBody, once=True),
    Operation("get", "/tuning-plans", "Plans, newest first.", schemas.Plan, query=_PAGE, is_list=True),
    Operation("get", "/tuning-plans/{id}", "A plan.", schemas.Plan),
    Operation(
        "post",
        "/tuning-jobs",
        "Start the run of a plan; the same plan is the same run. Refused where it could cost more than the ceiling.",
        "Job",
        201,
        bodies.JobBody,
        once=True,
    ),
    Operation("get", "/tuning-jobs", "Jobs, newest first.", "Job", query=_PAGE, is_list=True),
    Operation("get", "/tuning-jobs/{id}", "A job.", "Job"),
    Operation("post", "/tuning-jobs/{id}/cancel", "Stop a job for good.", "Job"),
    Operation("post", "/documents", "Upload a document.", schemas.DataSet, 201, FILE, once=True),
    Operation("get", "/documents", "Documents, newest first.", schemas.DataSet, query=_PAGE, is_list=True),
    Operation("get", "/documents/{id}", "A document.", schemas.DataSet),
    Operation("delete", "/documents/{id}", "Remove a document; proofs on it keep theirs.", None, 204),
    Operation(
        "post",
        "/proofs",
        "Prove on held-out rows whether training is worth it, in the background; with dry_run only the plan is made.",
        schemas.ProofShown,
        202,
        bodies.ProofBody,
        (Parameter("dry_run", {"type": "string", "enum": ["true", "false"]}, "Only plan it: price, time, hosts."),),
        once=True,
    ),
    Operation("get", "/proofs", "Proofs, newest first.", schemas.ProofSummary, query=_PAGE, is_list=True),
    Operation("get", "/proofs/{id}", "A proof: plan, progress, verdict.", schemas.ProofShown),
    Operation("get", "/proofs/{id}/events", "What happened, newest first.", schemas.EventShown, 200, None, _PAGE, True),
    Operation("get", "/proofs/{id}/result", "The result of a finished proof: advisor/proof/v1.", "Proof"),
    Operation(
        "post",
        "/proofs/{id}/start",
        "Let a planned proof run.",
        schemas.ProofShown,
        202,
        bodies.ProofStartBody,
        once=True,
    ),
    Operation("post", "/proofs/{id}/cancel", "Stop a proof for good; answers are kept.", schemas.ProofShown),
    Operation("get", "/ledger", "How well our own predictions came true: advisor/ledger/v1.", operation_schemas.Ledger),
    Operation(
        "get",
        "/predictions",
        "Predictions, newest first.",
        operation_schemas.PredictionShown,
        query=_PAGE,
        is_list=True,
    ),
    Operation(
        "put",
        "/predictions/{id}/actual",
        "Write down what really happened, once.",
        operation_schemas.PredictionShown,
        body=bodies.ActualBody,
    ),
    Operation(
        "post",
        "/deployments",
        "Put models behind one name.",
        operation_schemas.DeploymentShown,
        201,
        DeploymentSpec,
        once=True,
    ),
    Operation(
        "get",
        "/deployments",
        "Deployments, newest first.",
        operation_schemas.DeploymentShown,
        query=_PAGE,
        is_list=True,
    ),
    Operation("get", "/deployments/{name}", "A deployment.", operation_schemas.DeploymentShown),
    Operation(
        "put",
        "/deployments/{name}",
        "Change its models or settings.",
        operation_schemas.DeploymentShown,
        body=bodies.DeploymentChange,
    ),
    Operation(
        "get", "/deployments/{name}/stage", "How the stage of its roll-out stands.", operation_schemas.StageShown
    ),
    Operation(
        "get",
        "/deployments/{name}/plan",
        "The plan of a stage.",
        operation_schemas.StagePlan,
        query=(
            Parameter("stage", _TEXT, "The stage; without it the current or the first.", example="pilot"),
            Parameter("requests_a_day", {"type": "integer", "minimum": 1}, "Without it those of the last week."),
        ),
    ),
    Operation(
        "post",
        "/deployments/{name}/start",
        "Begin a roll-out.",
        operation_schemas.DeploymentShown,
        body=bodies.StartBody,
    ),
    Operation(
        "post",
        "/deployments/{name}/advance",
        "Approve the next stage; after the last the candidate is in production.",
        operation_schemas.DeploymentShown,
        body=bodies.AdvanceBody,
    ),
    Operation(
        "post",
        "/deployments/{name}/hold",
        "Ask the newest model nothing more for now.",
        operation_schemas.DeploymentShown,
        body=bodies.ChangeBody,
    ),
    Operation(
        "post", "/deployments/{name}/resume", "Ask it again.", operation_schemas.DeploymentShown, body=bodies.ChangeBody
    ),
    Operation(
        "post",
        "/deployments/{name}/rollback",
        "End the roll-out without its candidate; without a roll-out, go back to the previous version.",
        operation_schemas.DeploymentShown,
        body=bodies.ChangeBody,
    ),
    Operation(
        "post",
        "/deployments/{name}/check",
        "Look at the stage and do what the policy says.",
        operation_schemas.StageShown,
    ),
    Operation(
        "get",
        "/deployments/{name}/events",
        "What happened to it, newest first.",
        operation_schemas.DeploymentEventShown,
        query=_PAGE,
        is_list=True,
    ),
    Operation(
        "get",
        "/deployments/{name}/improvements",
        "New trainings of its model, newest first.",
        operation_schemas.ImprovementShown,
        query=_PAGE,
        is_list=True,
    ),
    Operation("get", "/deployments/{name}/improvements/{id}", "A new training.", operation_schemas.ImprovementShown),
    Operation(
        "post",
        "/deployments/{name}/improvements",
        "Train its model anew although it is not due.",
        operation_schemas.ImprovementShown,
        201,
        bodies.DecisionBody,
        once=True,
    ),
    Operation(
        "post",
        "/deployments/{name}/improvements/{id}/approve",
        "Let a model that passed its gates out to its first users.",
        operation_schemas.ImprovementShown,
        body=bodies.DecisionBody,
    ),
    Operation(
        "post",
        "/deployments/{name}/improvements/{id}/refuse",
        "End a training that waits; nothing is changed.",
        operation_schemas.ImprovementShown,
        body=bodies.DecisionBody,
    ),
    Operation(
        "post",
        "/deployments/{name}/improvements/{id}/take-back",
        "Train again on corrections that were set aside.",
        operation_schemas.ImprovementShown,
        body=bodies.DecisionBody,
    ),
    Operation(
        "get",
        "/deployments/{name}/records",
        "What its models were asked, newest first.",
        operation_schemas.GatewayRecordShown,
        query=_PAGE,
        is_list=True,
    ),
    Operation(
        "post",
        "/deployments/{name}/feedback",
        "Say something of an answer. A key with the scope `feedback` alone is enough, and may do nothing else.",
        operation_schemas.FeedbackKept,
        201,
        bodies.FeedbackBody,
        once=True,
    ),
    Operation(
        "get",
        "/deployments/{name}/feedback",
        "What was said of answers, newest first.",
        operation_schemas.FeedbackShown,
        query=(
            *_PAGE,
            Parameter("status", {"type": "string", "enum": ["kept", "pending", "accepted", "rejected"]}, "Only these."),
            Parameter("kind", {"type": "string", "enum": ["up", "down", "correction", "comment"]}, "Only these."),
        ),
        is_list=True,
    ),
    Operation(
        "post",
        "/deployments/{name}/feedback-tokens",
        "A token with which a page may speak of one answer, for a short time; needs the scope `feedback`.",
        operation_schemas.FeedbackToken,
        201,
        bodies.FeedbackTokenBody,
    ),
    Operation("get", "/deployments/{name}/feedback/{id}", "One of them.", operation_schemas.FeedbackShown),
    Operation(
        "post",
        "/deployments/{name}/feedback/{id}/review",
        "Make a correction a training example, or refuse it. Refused where a check blocks it.",
        operation_schemas.FeedbackShown,
        200,
        bodies.ReviewBody,
    ),
    Operation(
        "get",
        "/deployments/{name}/kpis",
        "Figures that were entered, newest first.",
        operation_schemas.KpiShown,
        is_list=True,
    ),
    Operation(
        "post",
        "/deployments/{name}/kpis",
        "Enter a figure; one for the same days gives way.",
        operation_schemas.KpiShown,
        201,
        bodies.KpiBody,
        once=True,
    ),
    Operation(
        "get",
        "/deployments/{name}/review",
        "The weekly, monthly or quarterly review: advisor/review/v1.",
        "Review",
        query=(
            Parameter("pack", {"type": "string", "enum": ["weekly", "monthly", "quarterly"]}, "Which.", True, "weekly"),
            Parameter("until", _DAY, "Its last day; without it yesterday."),
        ),
    ),
    Operation(
        "get", "/audit", "The audit log, newest first; for administrators.", schemas.AuditShown, 200, None, _PAGE, True
    ),
)
