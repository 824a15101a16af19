"""The shape of a language model: its widths and counts, and what follows from them.

Shapes come from `pricing/model_shapes.yaml`, from a `config.json`, or, where a model is not known, from the usual shape
of its size (`usual_shape`).
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from advisor.errors import InputError

USUAL_HEAD_DIM: Final = 128
_USUAL_WIDTH_AT_7B: Final = 4096  # Llama, Mistral, Qwen and Falcon have 3584 to 4544 at 7B
_USUAL_FFN_PER_WIDTH: Final = 2.7  # 8/3 in Llama, rounded up
_VOCAB: Final = {  # words in a name and the vocabulary of that family's current models
    "qwen": 151936,
    "gemma": 256000,
    "mistral": 32768,
    "llama-2": 32000,
    "vicuna": 32000,
    "alpaca": 32000,
    "phi": 100352,
    "falcon": 65024,
    "bloom": 250880,
    "yi": 64000,
    "baichuan": 125696,
    "deepseek": 102400,
}
_USUAL_VOCAB: Final = 128256
_NO_DIFFERENCE: Final = frozenset(
    [
        "instruct",
        "chat",
        "hf",
        "base",
        "it",
        "bnb",
        "4bit",
        "8bit",
        "int4",
        "int8",
        "nf4",
        "gptq",
        "awq",
        "fp16",
        "bf16",
        "quantized",
        "unsloth",
        "dynamic",
        "meta",
        "pt",
        "sft",
        "dpo",
        "preview",
        "model",
        "the",
        "text",
        "v",
        "python",
        "reasoning",
        "thinking",
        "2507",
    ]
)


class ModelShape(NamedTuple):
    """A decoder's widths and counts. `ffn` is that of one expert where there are `experts`; `params_b` is in billions.

    `layers` may be broken where the shape was made up from a parameter count alone; `known` is false then.
    """

    id: str
    hidden: int
    layers: float
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int
    tied: bool
    gated: bool
    layer_norm: bool
    experts: int
    active_experts: int
    shared_ffn: int
    context: int
    source: str
    known: bool = True

    @property
    def query_width(self) -> int:
        """Width of all query heads together."""
        return self.heads * self.head_dim

    @property
    def key_width(self) -> int:
        """Width of all key heads together; that of the values is the same."""
        return self.kv_heads * self.head_dim

    @property
    def active_ffn(self) -> int:
        """Width of the feed-forward part that one token passes through."""
        return self.ffn * (self.active_experts if self.experts else 1) + self.shared_ffn

    @property
    def attention_params(self) -> float:
        """Weights of the attention of all layers."""
        return self.layers * 2 * self.hidden * (self.query_width + self.key_width)

    @property
    def linear_params(self) -> float:
        """Weights of all layers, without embedding and output: what is quantised in QLoRA."""
        every_ffn = self.ffn * max(1, self.experts) + self.shared_ffn
        return self.attention_params + self.layers * self.hidden * (self._matrices * every_ffn + self.experts)

    @property
    def active_linear_params(self) -> float:
        """Weights of all layers that one token passes through."""
        return self.attention_params + self.layers * self.hidden * self._matrices * self.active_ffn

    @property
    def embedding_params(self) -> float:
        """Weights of embedding and output together; counted once where they are tied."""
        return float(self.vocab * self.hidden * (1 if self.tied else 2))

    @property
    def params(self) -> float:
        """All weights."""
        return self.linear_params + self.embedding_params

    @property
    def _matrices(self) -> int:
        return 3 if self.gated else 2

    def adapter_widths(self, target: str) -> tuple[float, float]:
        """Inputs and outputs of the matrices named `target` over all layers and experts, as two sums."""
        hidden, experts = self.hidden, max(1, self.experts)
        each_ffn = self.ffn * experts + self.shared_ffn
        widths: Mapping[str, tuple[float, float]] = {
            "q": (hidden, self.query_width),
            "k": (hidden, self.key_width),
            "v": (hidden, self.key_width),
            "o": (self.query_width, hidden),
            "gate": (hidden * experts, each_ffn) if self.gated else (0, 0),
            "up": (hidden * experts, each_ffn),
            "down": (each_ffn, hidden * experts),
        }
        inputs, outputs = widths[target]
        return self.layers * inputs, self.layers * outputs


def name_key(name: str) -> tuple[str, ...]:
    """What two spellings of one model have in common: `unsloth/Qwen2.5-7B-Instruct-bnb-4bit` and `qwen 2.5 7b`."""
    text = name.strip().lower().rstrip("/").rpartition("/")[2]
    text = re.sub(r"(?<=\d)_(?=\d)", ".", text)
    text = re.sub(r"\b(v\d+(\.\d+)*|int-?[48]|[48]-?bits?)\b", " ", text.replace("_", "-"))
    text = re.sub(r"(?<=\d)\s+(?=[bm]\b)", "", text)
    text = re.sub(r"(?<=[a-z]{2})(?=\d)", "-", text)
    words = [word for word in re.split(r"[\s\-(),:]+", text) if word and word not in _NO_DIFFERENCE]
    return tuple(sorted(words))


def params_in_name(name: str) -> float | None:
    """Billions of parameters that the name states, such as 13 for `Vicuna-13B`; None where it states none."""
    found = re.findall(r"(?<![\d.a-z])(?:(\d+)x)?(\d+(?:[._]\d+)?)\s*-?(b|m)(?![a-z])", name.lower())
    if not found:
        return None
    times, number, unit = found[0]
    return float(times or 1) * float(number.replace("_", ".")) / (1 if unit == "b" else 1000)


def usual_shape(params_b: float, name: str = "") -> ModelShape:
    """A dense model of `params_b` billion parameters as they are usually built: its width grows as the cube root.

    Below 7 billion the width falls a little faster, with exponent 0.42. At 7, 13, 32 and 70 billion it is within 8 % of
    Llama's. Raises InputError where `params_b` is not above 0.
    """
    if not params_b > 0 or params_b > 100_000:
        raise InputError(
            f"{params_b} billion parameters is no model's size", where="params_b", what_to_do="give e.g. 7.6"
        )
    lower = re.sub(r"(?<=llama)(?=\d)", "-", name.lower())
    vocab = next((size for word, size in _VOCAB.items() if word in lower), _USUAL_VOCAB)
    hidden = max(64, round(_USUAL_WIDTH_AT_7B * (params_b / 7) ** (0.42 if params_b < 7 else 1 / 3)))
    vocab = max(256, min(vocab, int(0.35e9 * params_b / hidden)))  # small models spend no more on their vocabulary
    tied = params_b < 4
    embedding = vocab * hidden * (1 if tied else 2)
    per_layer = hidden * hidden * (2 + 0.5 + 3 * _USUAL_FFN_PER_WIDTH)
    heads = max(1, round(hidden / USUAL_HEAD_DIM))
    return ModelShape(
        id=name or f"a usual model of {params_b:g}B",
        hidden=hidden,
        layers=max(2.0, (params_b * 1e9 - embedding) / per_layer),
        heads=heads,
        kv_heads=max(1, round(heads / 4)),
        head_dim=max(1, round(hidden / heads)),
        ffn=round(_USUAL_FFN_PER_WIDTH * hidden),
        vocab=vocab,
        tied=tied,
        gated=True,
        layer_norm=False,
        experts=0,
        active_experts=0,
        shared_ffn=0,
        context=8192,
        source=f"the usual shape of {params_b:g} billion parameters: width grows as its cube root",
        known=False,
    )


def shape_from_config(config: Mapping[str, Any], name: str) -> ModelShape:
    """The shape in a Hugging Face `config.json` that has been read. Raises InputError that names what is missing."""
    text = config.get("text_config")
    fields = {**config, **text} if isinstance(text, Mapping) else config

    def count(*names: str, default: int | None = None) -> int:
        for key in names:
            value = fields.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return int(value)
            if value not in (None, 0):
                raise InputError(
                    f"{key} must be a whole number above 0, not {value!r}", where=name, what_to_do="give config.json"
                )
        if default is None:
            raise InputError(
                f"the file does not say {names[0]}", where=name, what_to_do="give the config.json of a language model"
            )
        return default

    hidden = count("hidden_size", "n_embd", "d_model")
    heads = count("num_attention_heads", "n_head", "n_heads")
    kind = str(fields.get("model_type", ""))
    gated = kind not in ("gpt2", "gpt_neox", "gptj", "opt", "bloom", "falcon", "phi", "mpt", "starcoder2", "bert")
    ffn = count("intermediate_size", "n_inner", "ffn_dim", default=4 * hidden)
    if kind == "qwen":
        ffn //= 2  # Qwen 1 states the two gated matrices together
    experts = count("num_local_experts", "num_experts", "n_routed_experts", default=1)
    layers = count("num_hidden_layers", "n_layer", "n_layers")
    multi_query = bool(fields.get("multi_query")) and "num_kv_heads" not in fields
    return ModelShape(
        id=name,
        hidden=hidden,
        layers=float(layers),
        heads=heads,
        kv_heads=1 if multi_query else count("num_key_value_heads", "num_kv_heads", "n_head_kv", default=heads),
        head_dim=count("head_dim", default=max(1, hidden // heads)),
        ffn=count("moe_intermediate_size", default=ffn) if experts > 1 else ffn,
        vocab=count("vocab_size", "padded_vocab_size"),
        tied=bool(
            fields.get("tie_word_embeddings", kind in ("gemma", "gemma2", "gemma3_text", "gpt2", "bloom", "opt"))
        ),
        gated=gated,
        layer_norm=not gated,
        experts=experts if experts > 1 else 0,
        active_experts=count("num_experts_per_tok", "num_experts_per_token", default=1) if experts > 1 else 0,
        shared_ffn=count("shared_expert_intermediate_size", default=1)
        if "shared_expert_intermediate_size" in fields
        else 0,
        context=count("max_position_embeddings", "n_positions", "seq_length", default=2048),
        source=f"config.json given: {name}",
    )
