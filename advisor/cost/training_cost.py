"""What a training run costs: at a provider or host per token, or on rented cards by the hour."""

from decimal import Decimal
from typing import NamedTuple

from advisor.cost.amount import Factor, Line, fixed, priced
from advisor.cost.case_factors import CaseFactors
from advisor.cost.serving import context_tokens, instruction_tokens
from advisor.derived import params_in_name
from advisor.errors import PriceMissingError

TRAINING_KIND = {"dpo": "train_dpo_lora", "full": "train_sft_full"}
CARDS = (1, 2, 4, 8)
# As `advisor cost training` takes them where nothing is said.
USUAL_RUN = {"micro_batch": "1", "grad_accum": "8", "seq_len": "2048", "grad_ckpt": "yes", "flash_attn": "yes"}
MILLION = 10**6
# Factors are half triangles; their P10 and P90 lie this share of the way from the middle to the ends.
TENTH_OF_DRAWS = Decimal("0.5528")


class Trained(NamedTuple):
    """What is trained and how: `hosted` is a provider's own service for its closed models."""

    model: str
    params_b: Decimal
    technique: str | None
    hosted: bool


def trained(model: str | None, technique: str | None, params_b: Decimal | None) -> Trained:
    """The base model with its size: as named, as listed, or the usual 8 billion."""
    name = model or "an open model of 8B"
    return Trained(name, params_b or params_in_name(name) or Decimal(8), technique, technique == "api_sft")


def tokens_per_example(case: CaseFactors, *, with_context: bool) -> Factor:
    """Tokens of one example: instructions, input and answer, with the retrieved passages where they are trained on."""
    parts = [instruction_tokens(case), case.input_tokens(), case.output_tokens()]
    if with_context:
        parts.append(context_tokens(case))
    low, middle, high = (sum((getattr(part, end) for part in parts), Decimal(0)) for end in ("low", "middle", "high"))
    assumed = any(part.assumption for part in parts)
    shown = f"{middle:,.0f} tokens each"
    return Factor("tokens_per_example", shown, low, middle, high, None, "instructions, input and answer", assumed)


def training_lines(case: CaseFactors, what: Trained, rows: Factor, tokens: Factor, runs: Factor | None) -> list[Line]:
    """One line for `runs` trainings on `rows` rows of `tokens` tokens, by the cheapest way that the case allows."""
    epochs = case.figure("epochs", "epochs")
    often = [runs] if runs else []
    item = f"training {what.model}"
    if what.hosted:
        price = case.price(what.model, case.kind_sold(what.model, "train_sft"))
        return [Line(f"{item} at the provider", "one_time", (rows, tokens, epochs, *often, price))]
    kind = TRAINING_KIND.get(what.technique or "", "train_sft_lora")
    stays = case.case.given("constraints.data_may_leave") == "on_premises"
    hosts = case.book.for_open_model(kind, what.params_b, case.day)
    if hosts and not stays:
        host = hosts[0]
        line = Line(f"{item} at {host.provider}", "one_time", (rows, tokens, epochs, *often, priced(host)))
        least = case.book.find("any", "minimum_charge", case.day, host.provider)
        each_run_usd = line._replace(factors=(rows, tokens, epochs, priced(host))).point_usd
        if least and each_run_usd < least.usd:
            jobs = often or [fixed("jobs", 1, "job")]
            return [Line(f"{line.item}, the least charge of a job", "one_time", (*jobs, priced(least)))]
        return [line]
    hours = gpu_hours_per_million(case, what)
    return [Line(f"{item} on {_card(case)}", "one_time", (rows, tokens, epochs, *often, hours, gpu_hour(case)))]


def gpu_hour(case: CaseFactors) -> Factor:
    """An hour of the usual training card on the day: of all on-demand offers the range, their median as the middle."""
    gpu = _card(case)
    day = case.day
    offers = [price for price in case.book.gpu_prices(day, gpu) if "spot" not in price.provisioning]
    if not offers:
        first = min(price.valid_from for price in case.book.history(gpu, "gpu_hour"))
        case.say(f"no price of {gpu} is known for {day}; those of {first} were taken")
        offers = [price for price in case.book.gpu_prices(first, gpu) if "spot" not in price.provisioning]
    middle = offers[len(offers) // 2]
    cheapest, dearest = offers[0], offers[-1]
    factor = priced(middle)
    return factor._replace(name=f"hour of {gpu}", low=cheapest.usd, high=dearest.usd)


def gpu_hours_per_million(case: CaseFactors, what: Trained) -> Factor:
    """GPU hours for a million tokens on the usual card, from the estimate of training time, with its range.

    As many cards are taken as the run needs. Raises PriceMissingError where eight of them do not hold it.
    """
    from advisor.cost.training_estimate import on_card
    from advisor.cost.training_memory import memory_range
    from advisor.cost.training_run_reader import run_from_cells

    if case.training is None:
        raise PriceMissingError(f"the time of training {what.model} is not estimated here")
    knowledge, gpu = case.training(), _card(case)
    method = what.technique if what.technique in ("full", "qlora") else "lora"
    cells = {"model_arch": what.model, "params_b": f"{what.params_b:f}", "method": method, "gpu": gpu, **USUAL_RUN}
    for cards in CARDS:
        shared = {"num_gpus": str(cards), "framework": "DeepSpeed ZeRO-3"} if cards > 1 else {}
        run = run_from_cells({**cells, "dataset_tokens": str(MILLION), "epochs": "1", **shared}, knowledge)
        found = on_card(run, knowledge, memory_range(run, knowledge))
        if found.fits == "yes" and found.hours:
            p10, p50, p90 = (Decimal(repr(hours)) * cards for hours in found.hours)
            low = max(Decimal(0), p50 - (p50 - p10) / TENTH_OF_DRAWS)
            high = p50 + (p90 - p50) / TENTH_OF_DRAWS
            shown = f"{p50:.3g} GPU hours/1M tokens"
            source = f"estimate for {method} on {cards} x {gpu}: docs/training-estimate.md"
            low, middle, high = (value / MILLION for value in (low, p50, high))
            return Factor(f"gpu_hours_{what.params_b}", shown, low, middle, high, None, source, assumption=True)
    raise PriceMissingError(f"eight cards of {gpu} do not hold the training of {what.model} by {method}")


def rows_to_train_on(case: CaseFactors) -> Factor:
    """The examples that are there, or those that would be collected where there are fewer."""
    have = case.number("data.examples") or Decimal(0)
    wanted = case.figure("examples_wanted", "examples")
    if have >= wanted.middle:
        return fixed("data.examples", have, "examples", "the case")
    low, middle, high = (max(have, value) for value in (wanted.low, wanted.middle, wanted.high))
    return wanted._replace(low=low, middle=middle, high=high, shown=f"{middle:,f} examples")


def _card(case: CaseFactors) -> str:
    return case.book.usual_model("training_gpu", case.day).model
