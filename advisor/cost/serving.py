"""What answering costs: tokens in and out, retrieved passages, or a card where weights are one's own."""

from decimal import Decimal
from functools import cache
from typing import NamedTuple

from advisor.cost.amount import Factor, Line, fixed, priced
from advisor.cost.case_factors import CaseFactors
from advisor.errors import PriceMissingError

HOURS_A_MONTH = Decimal(730)
BYTES_PER_PARAMETER = Decimal(2)  # 16 bits
ROOM_FOR_CACHE = Decimal("1.25")  # keys and values of the requests being served; assumption


class Served(NamedTuple):
    """The prices of the model that answers; `kinds` are those of its tokens. `card` is set where a card is rented."""

    model: str
    input: Factor | None
    cached_input: Factor | None
    output: Factor | None
    card: Factor | None = None
    cards: int = 1
    hosting_hour: Factor | None = None  # of a tuned model that its provider keeps ready, used or not


def served_today(case: CaseFactors) -> Served:
    """The model named in the case, else the usual hosted one."""
    named = case.case.given("models.base")
    return base_model(case, str(named) if named is not None else case.book.usual_model("hosted", case.day).model)


def base_model(case: CaseFactors, model: str) -> Served:
    """`model` as its provider, or for open weights a host, serves it untuned."""
    if model.startswith("hf/"):
        return open_model(case, model, None)
    plain = _base_of(model)
    cached = case.price(plain, "base_infer_cached_input") if case.has_price(plain, "base_infer_cached_input") else None
    return Served(model, case.price(plain, "base_infer_input"), cached, case.price(plain, "base_infer_output"))


def tuned_model(case: CaseFactors, model: str) -> Served:
    """A hosted `model` after tuning."""
    cached, hosting = (
        case.price(model, kind) if case.has_price(model, kind) else None
        for kind in (case.kind_sold(model, "ft_infer_cached_input"), "hosting")
    )
    asked, answered = (case.price(model, case.kind_sold(model, f"ft_infer_{way}")) for way in ("input", "output"))
    return Served(model, asked, cached, answered, hosting_hour=hosting)


def open_model(case: CaseFactors, model: str, params_b: Decimal | None) -> Served:
    """Open weights: per token with a host where data may leave, else on a card of one's own or rented by the hour.

    Raises PriceMissingError where neither is known for that size.
    """
    from advisor.derived import params_in_name

    size = params_b or params_in_name(model) or Decimal(8)
    stays = case.case.given("constraints.data_may_leave") == "on_premises"
    hosts = case.book.for_open_model("base_infer_input", size, case.day)
    if hosts and not stays:
        output = case.price(hosts[0].model, "base_infer_output", hosts[0].provider)
        return Served(model, priced(hosts[0]), None, output)
    return on_a_card(case, model, size)


def on_a_card(case: CaseFactors, model: str, params_b: Decimal) -> Served:
    """`model` on the cheapest on-demand cards that hold it in 16 bits, rented day and night."""
    gib = params_b * BYTES_PER_PARAMETER * ROOM_FOR_CACHE
    for cards in (1, 2, 4, 8):
        fitting = (
            price
            for price in case.book.gpu_prices(case.day)
            if card_gb(price.model) * cards >= gib and "spot" not in price.provisioning and "/" not in price.model
        )
        if cheapest := next(fitting, None):
            return Served(model, None, None, None, priced(cheapest), cards)
    raise PriceMissingError(f"no card in the price book holds {model} with {params_b} billion parameters")


@cache
def card_gb(gpu: str) -> Decimal:
    """The memory in the name of a GPU, `H100 SXM 80GB` is 80; 0 where it names none."""
    word = next((word for word in reversed(gpu.split()) if word.endswith("GB")), "0GB")
    return Decimal(word.removesuffix("GB"))


class Sent(NamedTuple):
    """Tokens that go with every request: what they are, how many, and the share that is still sent after tuning."""

    item: str
    tokens: Factor
    kept: Factor | None = None


def serving_lines(case: CaseFactors, served: Served, sent: list[Sent]) -> list[Line]:
    """The monthly lines of answering."""
    requests = case.requests()
    if served.card is not None:
        return [_card_line(served)]
    asked = sum((item.tokens.middle for item in sent), case.input_tokens().middle + case.output_tokens().middle)
    case.refuse_beyond_window(served.model, asked)
    batched = case.batched()
    lines: list[Line] = []
    if served.hosting_hour is not None:
        hours = fixed("hours_a_month", HOURS_A_MONTH, "hours")
        lines.append(Line("hosting the tuned model, used or not", "monthly", (hours, served.hosting_hour)))
    for item, tokens, kept in sent:
        factors = [requests, tokens, *([kept] if kept else [])]
        if served.cached_input and item == "instructions":
            cached = case.figure("cached_share", "of them cached")
            lines.append(_line(f"{item}, cached", [*factors, cached], served.cached_input, batched))
            lines.append(_line(item, [*factors, _rest(cached, "of them not cached")], served.input, batched))
        else:
            lines.append(_line(item, factors, served.input, batched))
    lines.append(_line("the user's input", [requests, case.input_tokens()], served.input, batched))
    lines.append(_line("answers", [requests, case.output_tokens()], served.output, batched))
    return lines


def instruction_tokens(case: CaseFactors) -> Factor:
    """Tokens of instructions with every request."""
    return case.tokens("traffic.instruction_tokens", "instruction_tokens", "instruction tokens")


def context_tokens(case: CaseFactors) -> Factor:
    """Tokens of retrieved passages with every request; an answer of 0 is that of a use without retrieval so far."""
    given = case.number("traffic.context_tokens")
    if not given:
        return case.figure("retrieved_tokens", "retrieved tokens")
    return case.tokens("traffic.context_tokens", "retrieved_tokens", "retrieved tokens")


def kept_instructions(case: CaseFactors) -> Factor:
    """The share of the instructions that is still sent after tuning (M-C7)."""
    return _rest(case.figure("instructions_cut"), "left after tuning")


def own_card_note(case: CaseFactors, model: str, params_b: Decimal) -> str:
    """What a card of one's own costs a month, and a million tokens on it, by how well it is used."""
    served = on_a_card(case, model, params_b)
    assert served.card is not None
    tokens_an_hour = case.book.figure("served_tokens_per_s_per_b").middle / params_b * 3600 * served.cards
    used = case.book.figure("gpu_utilisation")
    usd_an_hour = served.card.middle * served.cards
    shares = ", ".join(
        f"${usd_an_hour / (tokens_an_hour * share) * 1_000_000:.3g} at {share:.0%}"
        for share in (used.low, used.middle, used.high)
    )
    line = _card_line(served)
    return (
        f"self-hosted, {model} takes ${line.point_usd:,} a month ({line.formula}); 1M tokens then cost {shares} "
        "utilisation, and the card is paid whether used or not"
    )


def _card_line(served: Served) -> Line:
    assert served.card is not None
    cards = fixed("cards", served.cards, "card" if served.cards == 1 else "cards")
    hours = fixed("hours_a_month", HOURS_A_MONTH, "hours")
    gpu = served.card.price.model if served.card.price else "GPU"
    return Line(f"{gpu} rented day and night, idle hours included", "monthly", (cards, hours, served.card))


def _line(item: str, factors: list[Factor], price: Factor | None, batched: Factor | None) -> Line:
    if price is None:
        raise PriceMissingError(f"no price for {item}")
    return Line(item, "monthly", (*factors, price, *([batched] if batched else [])), grows=True)


def _rest(factor: Factor, words: str) -> Factor:
    """One less a share: the same quantity, so it is drawn with it."""
    return Factor(
        f"1-{factor.name}",
        f"{(1 - factor.middle):.0%} {words}",
        1 - factor.high,
        1 - factor.middle,
        1 - factor.low,
        None,
        factor.source,
        factor.assumption,
    )


def _base_of(model: str) -> str:
    return model.split(":")[1] if model.startswith("ft:") and model.count(":") >= 2 else model
