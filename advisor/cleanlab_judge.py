"""cleanlab's judgement of which labels are wrong, for those who installed the extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from advisor.dataset.suspicious import Judge

    Array = np.ndarray[Any, np.dtype[Any]]


def load_cleanlab_judge() -> Judge:
    """A judge for `find_suspicious_labels`. Raises InputError when cleanlab is not installed."""
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        raise InputError(
            "cleanlab is not installed",
            what_to_do="run `pip install 'advisor[cleanlab]'`, or leave the option out: "
            "suspicious labels are found without it by the same method",
        ) from None

    def judge(labels: Array, probabilities: Array) -> list[int]:
        rows = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence")
        return [int(row) for row in rows]

    return judge
