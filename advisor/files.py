"""Where the content folders are, and files read into checked values.

In a checkout and in an editable install `rules/`, `pricing/`, `web/` and `docs/examples/` lie beside the package; a
wheel carries them as `advisor/shipped/…`.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor import __version__
from advisor.case import Case, as_mapping, case_from_document
from advisor.cost.life_cycle import LifeCycle
from advisor.cost.life_cycle_reader import build_life_cycle
from advisor.cost.price_book import Price, PriceBook
from advisor.cost.price_reader import build_price_book
from advisor.decision.question_reader import read_questions
from advisor.decision.rulebook import RuleBook
from advisor.decision.rulebook_reader import FILES, build_rulebook
from advisor.derived import DERIVED
from advisor.errors import InputError, RuleBookError
from advisor.money import Market
from advisor.question import Question
from advisor.rule_cache import read_documents
from advisor.strict_yaml import MAX_BYTES, Document, decode, read

if TYPE_CHECKING:
    from advisor.cost.tokenizer import Tokenizers
    from advisor.cost.training_knowledge import TrainingKnowledge

T = TypeVar("T")
_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent
_NO_PRICES = {"life_cycle", "gpu_cards", "model_shapes", "training_constants", "tokenizers"}


def content(name: str) -> Path:
    """The folder `rules`, `pricing`, `web` or `examples`: of the checkout, or as shipped in the wheel."""
    beside = _CHECKOUT / ("docs/examples" if name == "examples" else name)
    return beside if (_CHECKOUT / "pyproject.toml").is_file() and beside.is_dir() else _PACKAGE / "shipped" / name


def read_bytes(path: str | Path) -> bytes:
    """The bytes of `path`, or of standard input for `-`; no more than can be a case. Raises InputError."""
    if str(path) == "-":
        if sys.stdin is None:
            raise InputError("there is no standard input", where="-", what_to_do="name a case file instead of -")
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(path).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        problems = {
            errno.ENOENT: (
                "there is no such file",
                "check the path; `advisor examples list` names some to begin with",
            ),
            errno.EISDIR: ("this is a folder, not a file", "name a case file inside it"),
            errno.EACCES: ("this file may not be read", "ask for permission to read it"),
        }
        problem, advice = problems.get(error.errno or 0, (error.strerror or str(error), "check the path"))
        raise InputError(problem, where=str(path) or "an empty path", what_to_do=advice) from None
    except ValueError as error:
        raise InputError(
            f"this path cannot be opened: {error}", where=repr(str(path)), what_to_do="check the path"
        ) from None


def read_document(path: str | Path) -> Document:
    """The YAML document in the file `path` (`-` is standard input). Raises InputError with file:line."""
    name = "standard input" if str(path) == "-" else str(path)
    return read(decode(read_bytes(path), name), name)


def load_rulebook(folder: Path | None = None) -> RuleBook:
    """The rule book in `folder` (the shipped `rules/` by default), checked. Raises InputError with file:line."""
    folder = folder or content("rules")
    paths = {name: folder / f"{name}.yaml" for name in FILES}
    return _built(paths, lambda documents: build_rulebook(documents, DERIVED, __version__))


def load_case(source: str | Path | Mapping[str, Any], questions: Mapping[str, Question] | None = None) -> Case:
    """The case in a YAML or JSON file, on standard input (`-`), or in a nested mapping.

    Raises InputError with file:line and what to do: misspelt names, wrong types and options, numbers out of range.
    """
    if questions is None:
        questions = load_questions()
    if isinstance(source, Mapping):
        return case_from_document(Document("case", dict(source), {}), questions)
    return case_from_document(read_document(source), questions)


def load_questions() -> Mapping[str, Question]:
    """The questions of the shipped rule book."""
    return read_questions(read_document(content("rules") / "questions.yaml"))


def load_life_cycle(path: Path | None = None) -> LifeCycle:
    """When models and services end, from `pricing/life_cycle.yaml`, checked. Raises InputError with file:line."""
    path = path or content("pricing") / "life_cycle.yaml"
    return _built({"life_cycle": path}, lambda documents: build_life_cycle(documents["life_cycle"]))


def load_pricebook(folder: Path | None = None) -> PriceBook:
    """Every price and figure in `folder` (the shipped `pricing/` by default), checked.

    Raises InputError with file:line.
    """
    return _built(price_files(folder or content("pricing")), build_price_book)


def load_tokenizers(path: Path | None = None) -> Tokenizers:
    """Which tokenizer counts for which model, from `pricing/tokenizers.yaml`. Raises InputError with file:line."""
    from advisor.cost.tokenizer import build_tokenizers

    path = path or content("pricing") / "tokenizers.yaml"
    return _built({"tokenizers": path}, lambda documents: build_tokenizers(documents["tokenizers"]))


def read_text(path: Path) -> str:
    """The text of a file of any size, in UTF-8. Raises InputError."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), what_to_do="check the path") from None
    except UnicodeDecodeError:
        raise InputError("this is no UTF-8 text", where=str(path), what_to_do="save it as UTF-8") from None


def load_market(life_cycle: LifeCycle | None = None, prices: PriceBook | None = None) -> Market:
    """All that money depends on, as shipped but for what is given."""
    prices, life_cycle = prices or load_pricebook(), life_cycle or load_life_cycle()
    return Market(prices, life_cycle, _price_elsewhere, cache(load_training_knowledge), _window)


def _window(model: str) -> int | None:
    from advisor.inference_prices import context_window

    return context_window(model)


def _price_elsewhere(model: str, kind: str, day: date) -> Price:
    """An inference price that our files do not have; its package is imported only here. Raises PriceMissingError."""
    from advisor.inference_prices import inference_price

    return inference_price(model, kind, day)


def price_files(folder: Path) -> dict[str, Path]:
    """The files of prices and figures in `folder`, by name. Raises InputError where there are none."""
    found = {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.stem not in _NO_PRICES}
    if not found:
        raise InputError("there are no price files", where=str(folder), what_to_do="name a folder of price files")
    return found


def load_training_knowledge(folder: Path | None = None) -> TrainingKnowledge:
    """What the training estimate knows, from `pricing/`, checked. Raises InputError with file:line."""
    from advisor.cost.model_shape_reader import build_model_shapes
    from advisor.cost.training_knowledge_reader import build_training_knowledge

    folder = folder or content("pricing")
    names = ("training_constants", "gpu_cards", "model_shapes")
    return _built(
        {name: folder / f"{name}.yaml" for name in names},
        lambda documents: build_training_knowledge(
            documents["training_constants"], documents["gpu_cards"], build_model_shapes(documents["model_shapes"])
        ),
    )


def _built(paths: Mapping[str, Path], build: Callable[[dict[str, Document]], T]) -> T:
    """What `build` makes of the files, which may be kept from an earlier run; a mistake is named by the files."""
    contents = {name: read_bytes(path) for name, path in paths.items()}
    try:
        return build(read_documents(paths, contents))
    except RuleBookError:
        return build(read_documents(paths, contents, anew=True))


def save_case(case: Case, path: Path) -> None:
    """Write `case` to `path` as YAML, whole or not at all. Comments of an older file are kept in `path`.before."""
    import yaml

    if path.exists():
        old = path.read_text(encoding="utf-8")
        kept = path.with_name(path.name + ".before")
        if any(line.lstrip().startswith("#") for line in old.splitlines()) and not kept.exists():
            write_whole(kept, old)
    write_whole(path, yaml.safe_dump(as_mapping(case), sort_keys=False, allow_unicode=True))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content` to `path` through a new file beside it: whole or not at all, with the mode it had.

    Raises InputError.
    """
    import os
    import secrets

    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            if mode is not None:
                beside.chmod(mode)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}", where=str(path), what_to_do="choose another place"
        ) from None
