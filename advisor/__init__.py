"""Prompt, RAG or fine-tune? A decision with reasons, sources and dates.

    from advisor import load_case, recommend

    result = recommend(load_case("case.yaml"))
    result.status, result.recommendation.approach, result.possible

`load_case` takes a path, `-` or a nested mapping; `recommend` returns a frozen pydantic model with the keys of
`advisor/recommendation/v1`. Both raise `AdvisorError` with a sentence that says what is wrong, where, and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["AdvisorError", "Case", "InputError", "Recommendation", "__version__", "load_case", "recommend"]

if TYPE_CHECKING:
    from advisor.case import Case
    from advisor.errors import AdvisorError, InputError
    from advisor.files import load_case
    from advisor.python_api import Recommendation, recommend

_HOMES = {
    "AdvisorError": "advisor.errors",
    "Case": "advisor.case",
    "InputError": "advisor.errors",
    "Recommendation": "advisor.python_api",
    "load_case": "advisor.files",
    "recommend": "advisor.python_api",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `advisor --help` pays for none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'advisor' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
