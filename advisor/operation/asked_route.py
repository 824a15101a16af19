"""Asks the model of a route, within its time; what a model cannot do is told apart from a model that fails."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from functools import partial
from typing import TypeVar

from advisor.errors import HostError, InputError, ModelNameError
from advisor.operation.route_models import RouteModel
from advisor.tuning.trainer import Answer, Asked, Model

T = TypeVar("T")


class ModelFailed(Exception):  # noqa: N818  a reason to ask another model, not an error of ours
    """A model did not answer; `code` says why in a word that is kept, the text in a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code[:64]
        super().__init__(sentence)


def answer_of(route: RouteModel, asked: Asked, timeout_s: float, pool: ThreadPoolExecutor) -> Answer:
    """One answer. Raises ModelFailed, and InputError for what is asked of the model and it cannot do."""
    model = _loaded(route)
    return _within(route, lambda: model.answer(asked), timeout_s, pool)


def answer_here(route: RouteModel, asked: Asked) -> Answer:
    """The same in the thread of the caller, for as long as it takes."""
    model = _loaded(route)
    return _told(lambda: model.answer(asked))


def pieces_of(
    route: RouteModel, asked: Asked, timeout_s: float, pool: ThreadPoolExecutor
) -> Generator[str, None, Answer]:
    """The same in pieces, of which the first must come in time. Raises the same, also on the way."""
    model = _loaded(route)
    stream = model.stream(asked)
    text = ""
    step = partial(_next, stream)
    found = _within(route, step, timeout_s, pool)
    while not isinstance(found, _End):
        text += found
        yield found
        found = _told(step)
    # Where a stream does not tell, the whole answer is asked for once more, as without a gateway.
    return found.answer or _told(lambda: model.answer(asked))


class _End:
    def __init__(self, answer: Answer | None) -> None:
        self.answer = answer


def _next(stream: Generator[str, None, Answer | None]) -> str | _End:
    try:
        return next(stream)
    except StopIteration as end:
        return _End(end.value)


def _loaded(route: RouteModel) -> Model:
    try:
        return route.model()
    except ModelNameError as error:
        raise ModelFailed(error.code, str(error)) from None
    except InputError as error:
        raise ModelFailed("not_loaded", str(error)) from None


def _within(route: RouteModel, step: Callable[[], T], timeout_s: float, pool: ThreadPoolExecutor) -> T:
    # A host's client keeps the time itself, and a classifier takes no time.
    if route.at_host or route.is_classifier:
        return _told(step)
    future = pool.submit(_told, step)
    try:
        return future.result(timeout_s)
    except TimeoutError:
        future.cancel()
        raise ModelFailed("timeout", f"no answer within {timeout_s:g} s") from None


def _told(step: Callable[[], T]) -> T:
    try:
        return step()
    except HostError as error:
        raise ModelFailed(error.code, error.problem) from None
    except ModelNameError as error:
        raise ModelFailed(error.code, error.problem) from None
    except (RuntimeError, OSError, ValueError, MemoryError) as error:  # of the libraries that models are made of
        raise ModelFailed(type(error).__name__, str(error)) from error
