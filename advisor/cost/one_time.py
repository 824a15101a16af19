"""What has to be paid once before an approach is live: people, labels, data and training."""

from decimal import Decimal

from advisor.cost.amount import Line, fixed
from advisor.cost.case_factors import CaseFactors
from advisor.cost.serving import base_model, instruction_tokens
from advisor.cost.training_cost import (
    Trained,
    gpu_hour,
    rows_to_train_on,
    tokens_per_example,
    training_lines,
)

BUILT = ("exhausted", "improving")
WITH_RETRIEVAL = ("rag", "fine_tune_rag", "assistant")
ON_EXAMPLES = ("fine_tune", "fine_tune_rag")


def one_time_lines(case: CaseFactors, approach: str, what: Trained) -> list[Line]:
    """Every one-time line of `approach`, the dearest kinds of work first."""
    return [
        *_engineering(case, approach),
        *_test_set(case),
        *_labels(case, approach),
        *_training(case, approach, what),
        *_index(case, approach),
    ]


def _engineering(case: CaseFactors, approach: str) -> list[Line]:
    works = {"fine_tune_rag": ("rag", "fine_tune")}.get(approach, (approach,))
    lines = []
    for work in works:
        if work == "rag" and approach != "rag" and case.case.given("tried.rag") in BUILT:
            continue
        hours = case.figure(f"{work}_hours", "hours")
        lines.append(Line(f"engineering: {work.replace('_', ' ')}", "one_time", (hours, case.hour())))
    return lines


def _test_set(case: CaseFactors) -> list[Line]:
    missing = case.still_wanted("test_items", "success.test_examples", "test items")
    return [Line("held-out test items", "one_time", (missing, case.figure("test_item_usd")))] if missing else []


def _labels(case: CaseFactors, approach: str) -> list[Line]:
    lines: list[Line] = []
    have = case.number("data.examples") or Decimal(0)
    if approach in ON_EXAMPLES:
        missing = case.still_wanted("examples_wanted", "data.examples", "examples")
        if missing:
            lines.append(Line("examples still to be written", "one_time", (missing, case.label())))
        if have and case.case.given("data.reviewed") is not True:
            share = case.figure("review_share", "reviewed")
            factors = (fixed("data.examples", have, "examples", "the case"), share, case.label())
            lines.append(Line("experts review a sample", "one_time", factors))
    elif approach == "preference_tune":
        missing = case.still_wanted("pairs_wanted", "data.preference_pairs", "pairs")
        if missing:
            lines.append(
                Line("preference pairs still to be voted on", "one_time", (missing, case.figure("preference_pair_usd")))
            )
    elif approach == "reinforcement_tune":
        missing = case.still_wanted("graded_items_wanted", "data.examples", "items")
        if missing:
            lines.append(Line("items for the grader", "one_time", (missing, case.label())))
    elif approach == "distil":
        lines += _teacher(case)
    return lines


def _teacher(case: CaseFactors) -> list[Line]:
    """The large model labels the inputs (M-D15)."""
    teacher = base_model(case, case.book.usual_model("teacher", case.day).model)
    inputs = case.figure("distil_inputs", "inputs")
    item = f"labels by {teacher.model}"
    assert teacher.input is not None and teacher.output is not None
    return [
        Line(f"{item}: instructions", "one_time", (inputs, instruction_tokens(case), teacher.input)),
        Line(f"{item}: inputs", "one_time", (inputs, case.input_tokens(), teacher.input)),
        Line(f"{item}: answers", "one_time", (inputs, case.output_tokens(), teacher.output)),
    ]


def _training(case: CaseFactors, approach: str, what: Trained) -> list[Line]:
    runs = case.figure("training_runs", "runs")
    if approach in ON_EXAMPLES:
        tokens = tokens_per_example(case, with_context=approach == "fine_tune_rag")
        return training_lines(case, what, rows_to_train_on(case), tokens, runs)
    if approach == "distil":
        tokens = tokens_per_example(case, with_context=False)
        return training_lines(case, what, case.figure("distil_inputs", "examples"), tokens, runs)
    if approach == "preference_tune":
        have = case.number("data.preference_pairs") or Decimal(0)
        wanted = case.figure("pairs_wanted", "pairs")
        pairs = fixed("data.preference_pairs", have, "pairs", "the case") if have >= wanted.middle else wanted
        return training_lines(case, what, pairs, tokens_per_example(case, with_context=False), runs)
    if approach == "reinforcement_tune":
        hours = case.figure("reinforcement_gpu_hours", "GPU hours")
        return [Line(f"reinforcement runs of {what.model}", "one_time", (hours, runs, gpu_hour(case)))]
    if approach == "pretrain":
        hours = case.figure("pretrain_gpu_hours", "GPU hours")
        return [Line("continued pre-training", "one_time", (hours, gpu_hour(case)))]
    return []


def _index(case: CaseFactors, approach: str) -> list[Line]:
    if approach not in WITH_RETRIEVAL or (approach == "assistant" and not case.has_gap("facts")):
        return []
    model = case.book.usual_model("embedding", case.day).model
    tokens = case.exact("knowledge.tokens", "knowledge_tokens", "tokens of documents")
    return [Line(f"embedding the documents with {model}", "one_time", (tokens, case.price(model, "embed")))]
