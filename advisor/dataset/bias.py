"""Named fields of a data set: which values they take, and whether labels are spread differently over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.labels import bare, is_short

if TYPE_CHECKING:
    import numpy as np

    Table = np.ndarray[tuple[int, int], np.dtype[np.float64]]

_MOST_FIELDS: Final = 50
_MOST_VALUES: Final = 50
_LEAST_EXPECTED: Final = 5  # rows in a cell; where a fifth of the cells expect fewer, the test is not to be trusted
_MOST_BELOW: Final = 0.2  # (Cochran 1954), and the rarest values and labels are left out
_LEAST_ROWS: Final = 5  # of a value or a label, to be compared
_LEAST_ASSOCIATION: Final = 0.1  # Cramér's V; below it a difference is too small to matter, however sure
_IS_THE_LABEL: Final = 0.95  # Cramér's V above which the field is the label itself under another name
_SURE: Final = 0.01
_RARE_RATIO: Final = 10


class FieldBias(NamedTuple):
    """How a field goes with the labels: chi-squared p-value after Holm, and Cramér's V from 0 to 1."""

    field: str
    p_adjusted: float
    association: float
    value: str  # the value and label that depart most from what chance would give
    label: str
    share: float  # of the label among the rows with that value
    share_of_all: float


class Fields:
    """Counts label by value of every named field; a field with more than 50 values names no group and is dropped."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, str]]] = {}
        self._values: dict[str, dict[str, int]] = {}  # field → value → first line
        self._dropped: set[str] = set()

    def add(self, example: Example) -> None:
        """Notes the fields of one row."""
        for field, value in example.fields.items():
            if field in self._dropped:
                continue
            values = self._values.setdefault(field, {})
            values.setdefault(value, example.line)
            if len(values) > _MOST_VALUES or len(self._values) > _MOST_FIELDS:
                self._dropped.add(field)
                del self._values[field]
                self._counts.pop(field, None)
                continue
            answer = example.answer.strip()
            label = bare(answer) if is_short(answer) else ""
            self._counts.setdefault(field, Counter())[value, label] += 1

    def biases(self, labels: Collection[str]) -> tuple[FieldBias, ...]:
        """The fields over which `labels` are spread differently, beyond chance and by enough to matter."""
        spelt = {bare(label): label for label in labels}
        tested = [bias for field in self._counts if (bias := self._tested(field, spelt)) is not None]
        tested.sort(key=lambda bias: bias.p_adjusted)
        found: list[FieldBias] = []
        adjusted = 0.0
        for place, bias in enumerate(tested):
            adjusted = min(1.0, max(adjusted, bias.p_adjusted * (len(tested) - place)))
            if adjusted < _SURE and _LEAST_ASSOCIATION <= bias.association <= _IS_THE_LABEL:
                found.append(bias._replace(p_adjusted=adjusted))
        return tuple(found)

    def found(self, labels: Collection[str]) -> tuple[Found, ...]:
        """The finding label_imbalance: biased fields, and values ten times rarer than the field's most frequent one."""
        places = [
            Place(
                self._values[bias.field][bias.value],
                None,
                f"field `{bias.field}`: with `{bias.value}` {bias.share:.0%} of the rows are `{bias.label}`, "
                f"of all rows {bias.share_of_all:.0%} (Cramér's V {bias.association:.2f}, "
                f"p {bias.p_adjusted:.2g} after Holm)",
            )
            for bias in self.biases(labels)
        ]
        for field, counts in self._counts.items():
            rows = Counter[str]()
            for (value, _), count in counts.items():
                rows[value] += count
            most, times = rows.most_common(1)[0]
            places += [
                Place(
                    self._values[field][value],
                    None,
                    f"field `{field}`: `{value}` has {count} rows, `{most}` has {times}",
                )
                for value, count in rows.items()
                if count * _RARE_RATIO < times
            ]
        return (Found("label_imbalance", tuple(sorted(places))),) if places else ()

    def _tested(self, field: str, spelt: dict[str, str]) -> FieldBias | None:
        import numpy as np

        counts = Counter({key: count for key, count in self._counts[field].items() if key[1] in spelt})
        values, labels = _frequent(counts, 0), _frequent(counts, 1)
        while len(values) >= 2 and len(labels) >= 2:
            table = np.array([[counts[value, label] for label in labels] for value in values], dtype=np.float64)
            by_value, by_label = table.sum(axis=1), table.sum(axis=0)
            expected = np.outer(by_value, by_label) / max(table.sum(), 1)
            if expected.min() >= 1 and np.mean(expected < _LEAST_EXPECTED) <= _MOST_BELOW:
                return self._bias(field, table, values, [spelt[label] for label in labels])
            if by_value.min() <= by_label.min():
                del values[int(by_value.argmin())]
            else:
                del labels[int(by_label.argmin())]
        return None

    @staticmethod
    def _bias(field: str, table: Table, values: list[str], labels: list[str]) -> FieldBias:
        import numpy as np
        from scipy.stats import chi2

        total = table.sum()
        by_value = table.sum(axis=1, keepdims=True) / total
        by_label = table.sum(axis=0, keepdims=True) / total
        expected = by_value * by_label * total
        statistic = float(((table - expected) ** 2 / expected).sum())
        degrees = (len(values) - 1) * (len(labels) - 1)
        # Corrected for the association that chance alone gives in a small table (Bergsma 2013).
        by_chance = degrees / max(total - 1, 1)
        strength = max(0.0, statistic / total - by_chance) / (min(table.shape) - 1)
        residual = (table - expected) / np.sqrt(expected * (1 - by_value) * (1 - by_label))
        row, column = np.unravel_index(int(np.abs(residual).argmax()), residual.shape)
        return FieldBias(
            field=field,
            p_adjusted=float(chi2.sf(statistic, degrees)),
            association=min(1.0, float(strength) ** 0.5),
            value=values[int(row)],
            label=labels[int(column)],
            share=float(table[row, column] / table[row].sum()),
            share_of_all=float(by_label[0, column]),
        )


def _frequent(counts: Counter[tuple[str, str]], part: int) -> list[str]:
    total = Counter[str]()
    for key, count in counts.items():
        total[key[part]] += count
    return sorted(name for name, count in total.items() if count >= _LEAST_ROWS)
