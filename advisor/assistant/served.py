"""Assistants as models of the service: `assistant/ID` answers /v1/chat/completions."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.assistant.specification_file import Read, read_specification
from advisor.errors import InputError, ModelNameError
from advisor.tuning.trainer import Answer, Asked

if TYPE_CHECKING:
    from advisor.assistant.answering_model import Wish
    from advisor.assistant.assistant import Assistant, LoadModel
    from advisor.assistant.turn import Turn

PREFIX: Final = "assistant/"
FILE: Final = "assistant.yaml"
_TOKENS: Final = 800
_LOG: Final = logging.getLogger(__name__)


class ServedAssistant:
    """An assistant where a model is asked; a call that changes data waits for `confirm CODE` as the next message."""

    def __init__(self, assistant: Assistant) -> None:
        """Safe to be used from several threads."""
        self.assistant = assistant

    def answer(self, asked: Asked) -> Answer:
        """The answer with its sources. Raises InputError for what an assistant cannot do."""
        return _answer(self.assistant.answer(asked.messages, wish=self._wish(asked, stream=False)))

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The answer in pieces as the model writes them."""
        turn = yield from self.assistant.reply(asked.messages, wish=self._wish(asked, stream=True))
        return _answer(turn)

    def _wish(self, asked: Asked, *, stream: bool) -> Wish:
        if asked.logprobs or asked.json_schema is not None:
            raise InputError(
                "an assistant gives neither log probabilities nor JSON by a schema",
                what_to_do="ask for plain text",
            )
        model = self.assistant.spec.model
        most = asked.max_tokens or (model.most_tokens if model else _TOKENS)
        from advisor.assistant.answering_model import Wish

        return Wish(most, stream, asked.temperature or 0.0, asked.seed, asked.stop)


class _Opened(NamedTuple):
    """An assistant with its file, and the stamps of the files that it was made from."""

    stamps: tuple[tuple[int, int], ...]
    read: Read
    served: ServedAssistant | None = None  # opened when it is first asked


class Assistants:
    """The assistants of a service: those that were named, and those in folders of the data folder."""

    def __init__(self, files: Sequence[Path], folder: Path | None, load: LoadModel) -> None:
        """`folder` holds a folder with an assistant.yaml for each; it is looked at again for each name."""
        self._files, self._folder, self._load = tuple(files), folder, load
        self._opened: dict[Path, _Opened] = {}
        self._lock = threading.Lock()

    def ids(self, workspace: str) -> list[str]:
        """The model names of the assistants that a workspace may ask; one whose file is wrong is left out."""
        with self._lock:
            reads = [opened.read for path in self._paths() if (opened := self._known(path)) is not None]
        return [PREFIX + read.specification.id for read in reads if _is_for(read, workspace)]

    def named(self, name: str, workspace: str) -> ServedAssistant:
        """The assistant with that model name. Raises ModelNameError, and InputError where it cannot be opened.

        A file that changed is read again; documents are looked at with every answer anyway.
        """
        with self._lock:
            for path in self._paths():
                opened = self._known(path)
                if (
                    opened is None
                    or PREFIX + opened.read.specification.id != name
                    or not _is_for(opened.read, workspace)
                ):
                    continue
                served = opened.served or self._served(opened.read)
                self._opened[path] = opened._replace(served=served)
                return served
        raise ModelNameError(
            f"the model {name} does not exist",
            code="model_not_found",
            what_to_do="GET /v1/models lists those that answer",
        )

    def _served(self, read: Read) -> ServedAssistant:
        from advisor.assistant.assistant import open_assistant  # a service without assistants starts sooner

        return ServedAssistant(open_assistant(read, self._load))

    def _known(self, path: Path) -> _Opened | None:
        """The assistant of a file, read anew where something changed; None where the file is wrong."""
        opened = self._opened.get(path)
        if opened is None or opened.stamps != _stamps(opened.read, path):
            try:
                read = read_specification(path)
            except InputError as error:
                _LOG.warning("the assistant cannot be read: %s", error)
                self._opened.pop(path, None)
                return None
            opened = self._opened[path] = _Opened(_stamps(read, path), read)
        return opened

    def _paths(self) -> list[Path]:
        found = sorted(self._folder.glob(f"*/{FILE}")) if self._folder and self._folder.is_dir() else []
        return [*(path / FILE if path.is_dir() else path for path in self._files), *found]


def _is_for(read: Read, workspace: str) -> bool:
    """Whether who works there may ask it: everybody, unless the file names workspaces."""
    wanted = read.specification.workspaces
    return not wanted or workspace in wanted


def _stamps(read: Read, path: Path) -> tuple[tuple[int, int], ...]:
    """Times and sizes of the files that an assistant is made from; documents are looked at by themselves."""
    spec = read.specification
    names = [one.document for one in spec.actions]
    names += [spec.classifier.data] if spec.classifier and spec.classifier.data else []
    found = []
    for one in (path, *(read.folder / name for name in names)):
        try:
            about = one.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((about.st_mtime_ns, about.st_size))
    return tuple(found)


def _answer(turn: Turn) -> Answer:
    return Answer(turn.text, turn.finish_reason, turn.input_tokens, turn.output_tokens)
