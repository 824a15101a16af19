"""Reads a folder of documents. One that cannot be read is named with its reason, and the rest goes on."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from advisor.errors import InputError
from advisor.evaluation.csv_document import read_csv_document
from advisor.evaluation.document import Content, Document
from advisor.evaluation.plain_text import read_plain_text, read_restructured_text
from advisor.strict_yaml import NO_TEXT

MAX_BYTES: Final = 50_000_000  # of one document
_MAX_MARKUP_BYTES: Final = 10_000_000  # of HTML and Markdown, whose readers take many times as much memory
_EXTRA: Final = {".pdf": "pypdf", ".docx": "docx"}  # formats of the extra `documents`, and what reads them
_PLAIN: Final = (".txt", ".text")
_RST: Final = (".rst", ".rst.txt")
_MARKDOWN: Final = (".md", ".markdown", ".md.txt")
_HTML: Final = (".html", ".htm", ".xhtml")
_TABLES: Final = {".csv": "", ".tsv": "\t"}
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")  # byte order marks
_SUFFIXES: Final = (*_RST, *_MARKDOWN, *_PLAIN, *_HTML, *_TABLES, *_EXTRA)  # longer ones first


class Unread(NamedTuple):
    """A document that could not be read, and why."""

    path: str
    reason: str


class File(NamedTuple):
    """A document that was found. `path` is below the folder, with slashes; `place` is where it lies.

    `stamp` is its number, size, and times of change: another stamp means that it may have changed.
    """

    path: str
    place: Path
    stamp: tuple[int, int, int, int]


class Documents(NamedTuple):
    """What a folder holds."""

    read: tuple[Document, ...]
    unread: tuple[Unread, ...]


def read_documents(folder: Path) -> Documents:
    """Every document below `folder`, by path. Raises InputError where there is no such folder."""
    read: list[Document] = []
    unread: list[Unread] = []
    for found in find_documents(folder):
        if isinstance(found, Unread):
            unread.append(found)
            continue
        try:
            read.append(Document(found.path, read_content(found.path, read_file(found))))
        except InputError as error:
            unread.append(Unread(found.path, str(error)))
    return Documents(tuple(read), tuple(unread))


def find_documents(folder: Path) -> Iterator[File | Unread]:
    """The files below `folder` by path; names that begin with a dot are left out.

    A file that is no document, too large or behind a link that leads out of the folder comes as Unread. Raises
    InputError where there is no such folder.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder), what_to_do="name the folder of your documents")
    top = folder.resolve()
    for path in sorted(_files(folder), key=lambda path: path.relative_to(folder).as_posix()):
        name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")
        try:
            problem = _problem(path, top)
            about = path.stat() if not problem else None
        except OSError as error:
            problem, about = _told(error), None
        if about is None:
            yield Unread(name, problem)
        else:
            yield File(name, path, (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))


def read_file(file: File) -> bytes:
    """The bytes of a document. Raises InputError."""
    try:
        with file.place.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(_told(error)) from None
    if len(data) > MAX_BYTES:
        raise InputError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def content_key(file: File, data: bytes) -> str:
    """A digest of all that decides what a document reads as: its bytes and its format."""
    return hashlib.sha256(f"{_suffix(file.path)}\0".encode() + data).hexdigest()


def read_content(path: str, data: bytes) -> Content:
    """The content of a document by the suffix of its name. Raises InputError that says why it cannot be read."""
    suffix = _suffix(path)
    if suffix in _EXTRA and not find_spec(_EXTRA[suffix]):
        raise InputError(f"reading {suffix} needs an extra", what_to_do="pip install 'advisor[documents]'")
    if suffix == ".pdf":
        from advisor.evaluation.pdf_document import read_pdf

        return _read_packed(read_pdf, data)
    if suffix == ".docx":
        from advisor.evaluation.docx_document import read_docx

        return _read_packed(read_docx, data)
    if suffix in (*_HTML, *_MARKDOWN) and len(data) > _MAX_MARKUP_BYTES:
        raise InputError(f"it is larger than {_MAX_MARKUP_BYTES // 1_000_000} MB", what_to_do="cut it into pages")
    if suffix in _HTML:
        return _read_page(data)
    text = _decoded(data)
    if suffix in _MARKDOWN:
        from advisor.evaluation.html_document import read_markdown

        return read_markdown(text)
    if suffix in _TABLES:
        return read_csv_document(text, _TABLES[suffix])
    return read_restructured_text(text) if suffix in _RST else read_plain_text(text)


def _read_packed(read: Callable[[bytes], Content], data: bytes) -> Content:
    """What a reader of a packed format makes. A damaged file can raise anything there, and must not stop the rest."""
    try:
        return read(data)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"it is damaged: {str(error)[:200] or type(error).__name__}") from error


def _read_page(data: bytes) -> Content:
    from advisor.evaluation.html_document import read_html

    if data.startswith(_UTF_16):
        return read_html(data, "utf-16")
    if b"\0" in data:
        raise InputError("it is binary, no HTML")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return read_html(data)  # the page's own declaration counts, as in a browser
    return read_html(data, "utf-8")


def _decoded(data: bytes) -> str:
    """Text in UTF-8, or UTF-16 with a byte order mark. Raises InputError."""
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise InputError("it is binary, no text") from None
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"line {line} is not UTF-8", what_to_do="save it as UTF-8") from None
    wrong = NO_TEXT.search(text.replace("\f", "\n"))
    if wrong and wrong[0] == "\0":
        raise InputError("it is binary, no text")
    return NO_TEXT.sub(" ", text.replace("\f", "\n")).replace("\r\n", "\n").replace("\r", "\n")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place) / name for name in names if not name.startswith("."))


def _told(error: OSError) -> str:
    return "it may not be read" if error.errno == errno.EACCES else error.strerror or str(error)


def _problem(path: Path, top: Path) -> str:
    """Why a file is not looked into; "" where it is."""
    if path.is_symlink() and not path.resolve().is_relative_to(top):
        return "a link that leads out of the folder"
    if not path.is_file():
        return "it is no file" if path.exists() else "a link that leads nowhere"
    if not _suffix(path.name):
        return f"there is no reader for {path.suffix or 'files without a suffix'}"
    size = path.stat().st_size
    return f"it is larger than {MAX_BYTES // 1_000_000} MB" if size > MAX_BYTES else ""


def _suffix(name: str) -> str:
    return next((suffix for suffix in _SUFFIXES if name.lower().endswith(suffix)), "")
