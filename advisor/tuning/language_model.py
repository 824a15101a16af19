"""Open language models: a Hugging Face folder, a folder with one GGUF file, or `hf/NAME` from the hub.

Everything here needs the extra `lora`, which is imported only when a model is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.rule_cache import cache_folder
from advisor.tuning.model_folder import written_whole

_NEEDED: Final = ("torch", "transformers", "peft", "accelerate", "safetensors")
# For tokenizers without a template of their own; saved with the model, so that servers use it too.
PLAIN_TEMPLATE: Final = (
    "{{ bos_token or '' }}{% for message in messages %}{{ '### ' + message['role'] | capitalize + ':\n' }}"
    "{{ message['content'] }}{% if message['role'] == 'assistant' %}{{ eos_token or '' }}{% endif %}{{ '\n\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '### Assistant:\n' }}{% endif %}"
)


class LanguageModel(NamedTuple):
    """Weights and tokenizer; `context_tokens` is the longest text that the model was made for."""

    model: Any  # transformers.PreTrainedModel
    tokenizer: Any  # transformers.PreTrainedTokenizerFast
    device: str  # cpu or cuda
    precision: str  # float32 or bfloat16
    context_tokens: int


def check_extra() -> None:
    """Raises InputError where the extra `lora` is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"open language models need {', '.join(missing)}, which this installation lacks",
            where="base model",
            what_to_do="pip install 'advisor[lora]'",
        )


def load_language_model(name: str, *, precision: str | None = None, four_bits: bool = False) -> LanguageModel:
    """The model `name`: a folder, or `hf/NAME`. On the graphics card where there is one.

    `precision` is float32 or bfloat16; None takes bfloat16 where the machine computes in it. `four_bits` loads the
    weights in NF4 with bitsandbytes, on CUDA only. Raises InputError.
    """
    check_extra()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # the caller shows its own progress
    device = "cuda" if has_card() else "cpu"
    precision = precision or ("bfloat16" if _has_bfloat16(device) else "float32")
    options: dict[str, Any] = {"dtype": getattr(torch, precision)}
    if four_bits:
        options["quantization_config"] = _four_bit_config(device)
        options["device_map"] = {"": 0}
    source = _source(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise InputError(
            f"the model cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=name,
            what_to_do="name a folder with config.json and weights, a folder with one GGUF file, or hf/NAME while the "
            "hub can be reached",
        ) from error
    if not four_bits:
        model.to(device)
    model.config.use_cache = False
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN_TEMPLATE
    context = getattr(model.config, "max_position_embeddings", None) or 4096
    return LanguageModel(model.eval(), tokenizer, device, precision, int(context))


def has_card() -> bool:
    """Whether PyTorch can use an NVIDIA card."""
    import torch

    return bool(torch.cuda.is_available())


def _source(name: str) -> str:
    """What `from_pretrained` takes: a folder of safetensors, made from GGUF where need be, or the hub's name."""
    folder = Path(name)
    if not folder.exists() and name.startswith("hf/"):
        return name.removeprefix("hf/")
    files = sorted(folder.glob("*.gguf")) if folder.is_dir() else [folder] if folder.suffix == ".gguf" else []
    if folder.is_dir() and ((folder / "config.json").is_file() or not files):
        return str(folder)
    if len(files) != 1:
        problem = f"the folder has {len(files)} GGUF files" if files else "there is no such model"
        raise InputError(problem, where=name, what_to_do="name a folder, a GGUF file, or hf/NAME for the hub")
    return str(_unpacked(files[0]))


def _unpacked(file: Path) -> Path:
    """A folder of safetensors made from a GGUF file, kept in the cache: weights as floats, with its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if find_spec("gguf") is None:
        raise InputError("GGUF files need gguf", where=str(file), what_to_do="pip install 'advisor[lora]'")
    stat = file.stat()
    key = hashlib.sha256(f"{file.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()).hexdigest()[:16]
    root = cache_folder() or file.parent
    folder = root / "models" / f"{file.stem}-{key}"
    if folder.is_dir():
        return folder
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    # A model that came from GGUF refuses to be saved, so its weights go into a fresh one.
    described = {name: value for name, value in loaded.config.to_dict().items() if name != "quantization_config"}
    fresh = AutoModelForCausalLM.from_config(type(loaded.config).from_dict(described))
    fresh.load_state_dict(loaded.state_dict())
    own = folder.with_name(f"{folder.name}-{os.getpid()}")  # another process may do the same at this moment
    with written_whole(own) as new:
        fresh.save_pretrained(new)
        tokenizer.save_pretrained(new)
    try:
        own.rename(folder)
    except OSError:
        shutil.rmtree(own, ignore_errors=True)
        if not folder.is_dir():
            raise
    return folder


def _has_bfloat16(device: str) -> bool:
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _cpu_has_bfloat16()


def _cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16; emulated it would be slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return os.uname().machine == "x86_64" and ("avx512_bf16" in flags or "amx_bf16" in flags)


def _four_bit_config(device: str) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    if device != "cuda":
        raise InputError(
            "4-bit weights need an NVIDIA card, and this machine has none that PyTorch can use",
            where="hyperparameters.quantisation",
            what_to_do="leave out quantisation, or train where there is a card",
        )
    if find_spec("bitsandbytes") is None:
        raise InputError(
            "4-bit weights need bitsandbytes",
            where="hyperparameters.quantisation",
            what_to_do="pip install 'advisor[qlora]'",
        )
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if _has_bfloat16(device) else torch.float16,
    )
