"""Calls to a host of tuning jobs that survive what may pass: limits, failures, lost connections, broken answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from advisor.errors import HostError, InputError
from advisor.tuning.trainer import Stopped

T = TypeVar("T")
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0
SLICE_S: Final = 1.0  # a stop is noticed within this time
Wait = Callable[[float], None]


class HostedCalls:
    """Tries a call again until it works, the time is up, or a stop is wanted."""

    def __init__(self, host: str, wanted: Callable[[], bool], wait: Wait, patience_s: float) -> None:
        """`patience_s` is how long a host may be gone before that is an error."""
        self.host = host
        self._wanted = wanted
        self._wait = wait
        self._patience_s = patience_s

    def try_until_done(self, what: str, call: Callable[[], T]) -> T:
        """What `call` returns. Raises HostError for what does not pass, and Stopped."""
        import openai

        waited, next_wait = 0.0, FIRST_WAIT_S
        while True:
            try:
                return call()
            except openai.APIStatusError as error:
                if error.status_code not in (408, 409, 429) and error.status_code < 500:
                    raise HostError(
                        f"{what}: {self.host} answered {error.status_code}: {error.message[:300]}",
                        what_to_do="mend what it says; the same plan goes on from here",
                    ) from None
                problem, pause = f"it answered {error.status_code}", _retry_after(error) or next_wait
            except openai.APIConnectionError as error:
                if isinstance(error.__cause__, InputError):  # the host may not be asked
                    raise error.__cause__ from None
                problem, pause = f"it cannot be reached ({type(error).__name__})", next_wait
            except (openai.APIResponseValidationError, ValueError):
                problem, pause = "its answer is no JSON", next_wait
            if waited >= self._patience_s:
                raise HostError(
                    f"{what}: {self.host} did not recover in {waited / 60:.0f} minutes; last, {problem}",
                    what_to_do="start the same plan again later: nothing is created or paid twice",
                )
            self.pause(pause)
            waited += pause
            next_wait = min(2 * next_wait, LONGEST_WAIT_S)

    def pause(self, seconds: float) -> None:
        """Wait, in slices. Raises Stopped where the run should stop."""
        while seconds > 0:
            if not self._wanted():
                raise Stopped
            self._wait(min(SLICE_S, seconds))
            seconds -= SLICE_S


def _retry_after(error: object) -> float | None:
    response = getattr(error, "response", None)
    try:
        seconds = float(response.headers.get("retry-after", "")) if response is not None else 0.0
    except ValueError:
        return None
    return min(seconds, 15 * LONGEST_WAIT_S) if seconds > 0 else None
