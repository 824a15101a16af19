"""Which matrices an adapter sits on, read from the many names that frameworks give them."""

from __future__ import annotations

import re
from typing import Final

from advisor.cost.training_run import TARGETS, Assumption

_TARGET_WORDS: Final = (
    (r"all|linear", TARGETS),
    (r"attn|attention|att", ("q", "k", "v", "o")),
    (r"mlp|ffn|feed_?forward", ("gate", "up", "down")),
    (r"c_attn|qkv|attention_qkv|linear_qkv|query_key_value|w_?pack|wqkv|qkv_proj|attn\.wqkv|in_proj", ("q", "k", "v")),
    (r"q|q_proj|query|wq|to_q", ("q",)),
    (r"k|k_proj|key|wk|to_k", ("k",)),
    (r"v|v_proj|value|wv|to_v", ("v",)),
    (r"o|o_proj|wo|out_proj|output_proj|dense|proj|output|to_out|linear_proj|attention_dense", ("o",)),
    (r"gate|gate_proj", ("gate",)),
    (r"up|up_proj|fc1|fc_in|c_fc|dense_h_to_4h|wi|linear_fc1", ("up",)),
    (r"down|down_proj|fc2|fc_out|dense_4h_to_h|linear_fc2|mlp_4h_to_h", ("down",)),
    (r"gate_up_proj|gate_up", ("gate", "up")),
)


def adapter_in(words: str, method: str, taken: list[Assumption]) -> tuple[float | None, tuple[str, ...]]:
    """Parameters of the adapter where the cell states them, and its matrices; `taken` grows by assumptions."""
    if method == "full":
        return None, ()
    lower = words.lower()
    stated = re.search(r"trainable(?: params?(?:eters)?)?[ :=]*([\d,]{4,})", lower)
    lower = re.sub(r"\(.*?\)", " ", lower)
    found: set[str] = set()
    parts = [part for part in re.split(r"[\s,;+&/|\[\]'\"]+", lower) if part]
    for part in parts:
        found |= _targets_of(part, parts)
    if not found:
        taken.append(
            Assumption(
                "lora_targets",
                "all linear layers",
                "not given" if not words else f"{words[:30]} not understood",
                "adapter",
            )
        )
        found = set(TARGETS)
    params = float(stated[1].replace(",", "")) if stated else None
    return params or None, tuple(name for name in TARGETS if name in found)


def _targets_of(part: str, parts: list[str]) -> set[str]:
    last = part.rpartition(".")[2].removesuffix("_layers").removesuffix("-linear")
    if last in ("w1", "w2", "w3"):
        # Qwen 1 calls its two gated matrices w1 and w2; elsewhere w2 is the way down.
        gated = {"w1": "gate", "w2": "up" if "c_attn" in parts else "down", "w3": "up"}
        return {gated[last]}
    if last == "c_proj":
        return {"o", "down"}
    for words, targets in _TARGET_WORDS:
        if re.fullmatch(words, last) or re.fullmatch(words, part):
            return set(targets)
    return set()
