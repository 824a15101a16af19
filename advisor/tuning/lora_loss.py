"""What a step lowers: cross-entropy of the answers' tokens, or the DPO loss of pairs of answers.

Losses are computed pack by pack and divided by the whole batch's count, so that a step is the same however its rows
are packed. The output layer is computed only where a token is to learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.tuning.token_rows import Pack, Pair, packed

if TYPE_CHECKING:
    import torch


class Scored(NamedTuple):
    """Sums over a batch: of the loss and of right answers, the `units` to divide them by, and all tokens read.

    Supervised: right are tokens that the model finds likeliest, by token. DPO: pairs whose preferred answer gains more
    than the rejected one, by pair.
    """

    loss: float
    right: int
    units: int
    tokens: int


class Learner(NamedTuple):
    """A model with its adapter as a step needs it. `autocast` is bfloat16 or float16, or None."""

    model: Any
    device: str
    autocast: Any = None

    def precision(self) -> AbstractContextManager[Any]:
        """The context in which the model computes."""
        import torch

        return torch.autocast(self.device, self.autocast) if self.autocast is not None else nullcontext()


def learn_answers(learner: Learner, packs: Sequence[Pack], *, backward: bool) -> Scored:
    """Cross-entropy of the packs' targets; with `backward` the gradients of its mean are added to the adapter's."""
    import torch

    count = sum(len(pack.targets) for pack in packs)
    loss = 0.0
    right = 0
    for pack in packs:
        with torch.set_grad_enabled(backward):
            scores, targets = target_scores(learner, pack)
            part = torch.nn.functional.cross_entropy(scores.float(), targets, reduction="sum")
        right += int((scores.detach().argmax(dim=-1) == targets).sum())
        loss += float(part.detach())
        if backward:
            (part / count).backward()
    return Scored(loss, right, count, sum(len(pack.ids) for pack in packs))


def learn_preferences(learner: Learner, pairs: Sequence[Pair], beta: float, *, packing: bool, backward: bool) -> Scored:
    """The DPO loss of the pairs, the base model without its adapter being the reference."""
    import torch

    loss = 0.0
    right = tokens = 0
    for pair in pairs:
        together = packing and len(pair.preferred.ids) + len(pair.rejected.ids)
        packs = packed([pair.preferred, pair.rejected], together)
        with torch.no_grad(), learner.model.disable_adapter():
            reference = answer_logprobs(learner, packs)
        with torch.set_grad_enabled(backward):
            policy = answer_logprobs(learner, packs)
            part = dpo_loss(policy, reference, beta)
        gains = (policy - reference).detach()
        right += int(gains[0] > gains[1])
        loss += float(part.detach())
        tokens += sum(len(one.ids) for one in packs)
        if backward:
            (part / len(pairs)).backward()
    return Scored(loss, right, len(pairs), tokens)


def dpo_loss(policy: torch.Tensor, reference: torch.Tensor, beta: float) -> torch.Tensor:
    """Rafailov et al. 2023, equation 7, of one pair: both are log-probabilities of [preferred, rejected]."""
    import torch

    gain = policy - reference
    return -torch.nn.functional.logsigmoid(beta * (gain[0] - gain[1]))


def answer_logprobs(learner: Learner, packs: Sequence[Pack]) -> torch.Tensor:
    """The log-probability of each of two answers, summed over its tokens."""
    import torch

    sums = torch.zeros(2, device=learner.device)
    for number, pack in enumerate(packs):
        scores, targets = target_scores(learner, pack)
        logprobs = torch.log_softmax(scores.float(), dim=-1).gather(1, targets[:, None])[:, 0]
        owners = pack.owners if len(packs) == 1 else [number] * len(pack.owners)
        sums = sums.index_add(0, torch.tensor(owners, device=learner.device), logprobs)
    return sums


def target_scores(learner: Learner, pack: Pack) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores (targets x vocabulary) at the places before the targets, and the targets."""
    import torch

    def tensor(values: Sequence[int]) -> torch.Tensor:
        return torch.tensor(values, device=learner.device)

    with learner.precision():
        scores = learner.model(
            input_ids=tensor(pack.ids)[None],
            position_ids=tensor(pack.positions)[None],
            logits_to_keep=tensor(pack.sources),
            use_cache=False,
        ).logits[0]
    return scores, tensor(pack.targets)


def packs_apart(learner: Learner, vocabulary: int) -> bool:
    """Whether the model keeps packed rows apart: the second of two gets the scores that it gets alone.

    Some architectures carry a state along the sequence and would mix them.
    """
    import torch

    from advisor.tuning.token_rows import TokenRow

    size = min(vocabulary, 64)
    rows = [TokenRow(tuple((7 * place + start) % size for place in range(9)), (4, 8)) for start in (1, 3)]
    (both,) = packed(rows, 32)
    (alone,) = packed(rows[1:], 32)
    with torch.no_grad():
        together = target_scores(learner, both)[0][2:].float()
        apart = target_scores(learner, alone)[0].float()
    return bool(torch.allclose(together, apart, atol=2e-3 if learner.autocast is None else 0.2, rtol=1e-2))
