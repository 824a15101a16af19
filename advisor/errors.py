"""Every error the advisor raises on purpose.

    AdvisorError                 something a person can mend; the message says what, where and how
    ├── InputError               a case, a rule file or an option is wrong        (exit code 2)
    │   ├── RuleBookError        the rule book does not hold together             (exit code 2)
    │   ├── PriceMissingError    no price is known for that model, kind and day   (exit code 2)
    │   ├── HostError            a host of models refuses, fails or is gone       (exit code 2)
    │   ├── ModelNameError       no model answers under that name                 (exit code 2)
    │   └── FolderHeldError      another process works in the data folder         (exit code 2)
    ├── RequestError             a request to the service is refused              (HTTP status)
    └── NotDecidedError          --require-decided and answers are missing        (exit code 3)

Only delivery (the command line, the service) turns them into replies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class AdvisorError(Exception):
    """Base of all; `str()` of it is fit to be shown to a person."""

    exit_code = 2


class InputError(AdvisorError):
    """Wrong input: `where` is `file`, `file:line` or an option; `what_to_do` is one sentence."""

    def __init__(self, problem: str, *, where: str = "", what_to_do: str = "") -> None:
        self.problem = problem
        self.where = where
        self.what_to_do = what_to_do
        super().__init__(problem)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  What to do: {self.what_to_do}" if self.what_to_do else ""
        return f"{place}{self.problem}{advice}"


class RuleBookError(InputError):
    """A rule file that is readable but says something impossible, such as an answer that does not exist."""


class PriceMissingError(InputError):
    """No price is known; `nearest` is the nearest known one (a Price), or None. It is never taken silently."""

    def __init__(self, problem: str, *, what_to_do: str = "", nearest: object = None) -> None:
        super().__init__(problem, what_to_do=what_to_do)
        self.nearest = nearest


class HostError(InputError):
    """A host of models refused a request, failed, or could not be reached, after all attempts.

    `code` says which in a word: timeout, unreachable, or status_ with the number of HTTP.
    """

    def __init__(self, problem: str, *, where: str = "", what_to_do: str = "", code: str = "host_error") -> None:
        super().__init__(problem, where=where, what_to_do=what_to_do)
        self.code = code


class ModelNameError(InputError):
    """No model answers under that name; `code` is model_not_found or model_not_tuned, as in the service's replies."""

    def __init__(self, problem: str, *, code: str, what_to_do: str = "") -> None:
        super().__init__(problem, what_to_do=what_to_do)
        self.code = code


class FolderHeldError(InputError):
    """Another process works in the data folder under the same name."""


class FieldFault(NamedTuple):
    """What is wrong with one value of a request: its JSON pointer, and a sentence."""

    pointer: str
    detail: str


class RequestError(AdvisorError):
    """A request that the service refuses, with the HTTP status and the fields of OpenAI's error objects.

    `fields` names what is wrong in the body, each a pair of a JSON pointer and a sentence.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: int | None = None,
        fields: Sequence[FieldFault] = (),
    ) -> None:
        self.status = status
        self.param = param
        self.code = code
        self.retry_after_s = retry_after_s
        self.fields = tuple(fields)
        super().__init__(message)


class NotDecidedError(AdvisorError):
    """The status is `open` although `--require-decided` was given."""

    exit_code = 3
