"""What training must not break, asked of every trained arm of a proof: general ability, bias, safety, leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from advisor.dataset.conversation import example_of
from advisor.errors import InputError
from advisor.evaluation.before_and_after import Verdict, together
from advisor.evaluation.item import Item
from advisor.evaluation.leak_probe import leak_probes
from advisor.evaluation.model_asks import model_ask
from advisor.evaluation.plain_arm import PlainArm
from advisor.evaluation.probe_rules import load_ability_suite, load_bias_rules, load_refusals
from advisor.evaluation.proof import Gate
from advisor.evaluation.safeguards import ProbeReplies, ProbeRules, ask_probes, check_labels, compare_probes
from advisor.evaluation.shown_items import question_of
from advisor.evaluation.test_set import HeldOut
from advisor.store.models import TunedModel
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.trainer import Model

_TOKENS: Final = 96  # of an answer to a probe
_LEAKS: Final = 20  # rows with personal data that are probed
NOT_RUN: Final = Gate(result="not_run", why="the probes were left out (--no-probes)")


class Gates(NamedTuple):
    """The two gates of the verdict."""

    forgetting: Gate
    bias_and_safety: Gate


class Prober:
    """Asks bases and tuned models; a base of several tuned models is asked once."""

    def __init__(self, held: HeldOut, loaded: LoadedModels, seed: int) -> None:
        self._held, self._loaded, self._seed = held, loaded, seed
        examples = [example_of(row, line) for line, row in enumerate(held.train, start=1)]
        self._rules = ProbeRules(
            load_ability_suite(), load_bias_rules(), load_refusals(), leak_probes(examples, _LEAKS, seed)
        )

    def of_labels(self, arm: PlainArm) -> Gates:
        """A model that answers labels alone: only swaps of persons in the test items apply."""

        def label(texts: Sequence[str]) -> list[str]:
            items = [Item(str(number), ({"role": "user", "content": text},), "") for number, text in enumerate(texts)]
            return [reply.text for reply in arm.replies(items, lambda: None)]

        found = check_labels(label, {item.id: question_of(item) for item in self._held.items}, self._rules.bias)
        return _gates(found.verdicts)

    def of_language_model(self, model: TunedModel) -> Gates:
        """The base against the model tuned from it; not run where the base cannot be loaded here."""
        try:
            before, after = self._loaded.model(model.base_model), self._loaded.model(model.id)
        except InputError as error:
            why = Gate(result="not_run", why=f"the base cannot be asked: {error.problem}")
            return Gates(why, why)
        found = compare_probes(self._asked(before), self._asked(after), self._rules, self._seed)
        return _gates(found.verdicts)

    def _asked(self, model: Model) -> ProbeReplies:
        return ask_probes(model_ask(model, _TOKENS), self._rules)


def _gates(verdicts: Mapping[str, Verdict]) -> Gates:
    rest = together([verdict for name, verdict in verdicts.items() if name != "general_ability"])
    return Gates(_gate(verdicts["general_ability"]), _gate(rest))


def _gate(verdict: Verdict) -> Gate:
    return Gate(result=verdict.state, why=verdict.why)
