"""What is wrong with an assistant, or missing, before anybody talks to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from advisor.assistant.action_documents import openapi_document, read_actions
from advisor.assistant.assistant_rules import SEVERITIES, AssistantRules
from advisor.assistant.library import Library
from advisor.assistant.specification import ActionSet
from advisor.assistant.specification_file import Read
from advisor.dataset.secrets import find_secrets
from advisor.errors import InputError
from advisor.outgoing import allowed_hosts
from advisor.strict_yaml import Document

_PASSWORD: Final = re.compile(r"://[^/\s:@]+:[^/\s@]+@")


class Finding(NamedTuple):
    """One finding; `where` is file:line or a place in a document."""

    severity: str
    id: str
    where: str
    problem: str
    what_to_do: str


class Checked(NamedTuple):
    """All findings, the worst first, and what the assistant has."""

    findings: tuple[Finding, ...]
    documents: int
    operations: int
    writes: int
    tests: int

    def at_least(self, severity: str) -> int:
        """How many findings are as bad, or worse."""
        least = SEVERITIES.index(severity)
        return sum(SEVERITIES.index(one.severity) >= least for one in self.findings)


def check_assistant(read: Read, rules: AssistantRules, cache: Path | None = None) -> Checked:
    """Every finding; what can be looked at is looked at, also where something else is wrong."""
    spec = read.specification
    findings = [*_parts(read, rules), *_secrets(read.document)]
    documents = 0
    folders: dict[str, Path] = {}
    for place, one in enumerate(spec.knowledge):
        where = read.document.where("knowledge", place)
        try:
            folders[one.folder.rstrip("/")] = read.folder_below(one.folder)
        except InputError as error:
            findings.append(Finding("error", "knowledge", where, f"{one.folder}: {error.problem}", error.what_to_do))
    library = Library(folders, cache=cache)
    for name, refreshed in library.refresh().items():
        documents += refreshed.documents
        if not refreshed.documents:
            findings.append(Finding("error", "knowledge", name, "it holds no document that can be read", "add some"))
        findings += [
            Finding("warning", "unread_document", f"{name}/{one.path}", one.reason, "convert it, or take it out")
            for one in refreshed.unread
        ]
    trusted = {one.folder.rstrip("/") for one in spec.knowledge if one.trusted}
    for injection in library.injections():
        is_trusted = injection.place.partition("/")[0] in trusted
        findings.append(
            Finding(
                "note" if is_trusted else "warning",
                "prompt_injection",
                injection.place,
                f"{injection.kind}: {injection.text!r}. {injection.why}",
                "the folder is trusted, so it is used" if is_trusted else "it is not shown to a model; take it out",
            )
        )
    found = list(_actions(read))
    findings += found
    operations = {} if any(one.id == "openapi" for one in found) else dict(_operations(read, findings))
    findings += [*_tests(read, set(operations)), *_local_files(read)]
    findings.sort(key=lambda one: -SEVERITIES.index(one.severity))
    writes = sum(operations.values())
    return Checked(tuple(findings), documents, len(operations), writes, len(spec.tests))


def _parts(read: Read, rules: AssistantRules) -> Iterator[Finding]:
    """What M-A1 names and the file does not have."""
    spec = read.specification
    for part in rules.parts:
        if part.id.startswith("tests."):
            there = any(test.kind == part.id.partition(".")[2] for test in spec.tests)
        else:
            value: Any = spec
            for step in part.id.split("."):
                value = getattr(value, step)
            there = bool(value)
        if not there:
            yield Finding(
                part.missing,
                "missing_part",
                read.document.where(*part.id.split(".")[:1]),
                f"{part.id} is missing ({', '.join(part.source)})",
                part.what_to_do,
            )


def _secrets(document: Document) -> Iterator[Finding]:
    """Secrets that stand in a file; the value itself is not repeated."""
    for path, text in _texts(document.value, ()):
        kinds = [secret.what for secret in find_secrets(text)]
        for kind in kinds or (["password in an address"] if _PASSWORD.search(text) else []):
            yield Finding(
                "error",
                "inline_secret",
                document.where(*path),
                f"this looks like a {kind}",
                "take it out, make a new one, and name the environment variable or keyring entry that holds it",
            )


def _texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        # A value alone says less than with its name: `password: …`.
        yield path, f"{path[-1]}: {value}" if path and isinstance(path[-1], str) else value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _texts(one, (*path, place))


def _actions(read: Read) -> Iterator[Finding]:
    """OpenAPI documents that are not valid, servers that may not be asked, secrets in them."""
    for place, wanted in enumerate(read.specification.actions):
        where = read.document.where("actions", place)
        try:
            document = openapi_document(read, wanted)
        except InputError as error:
            yield Finding("error", "openapi", error.where or where, error.problem, error.what_to_do)
            continue
        yield from _secrets(document)
        problem = _outside(document.value) or _not_valid(document.value)
        if problem:
            yield Finding("error", "openapi", document.name, problem, "mend the OpenAPI document")
        yield from _addresses(wanted, where)


def _addresses(wanted: ActionSet, where: str) -> Iterator[Finding]:
    allowed = allowed_hosts()
    for host in wanted.hosts:
        if "*" in host or "/" in host or ":" in host:
            yield Finding(
                "error", "host", where, f"`hosts` names {host}", "write whole host names, without port, path or star"
            )
    parts = urlsplit(wanted.server or "")
    if parts.scheme == "http" and (parts.hostname or "") not in allowed:
        yield Finding(
            "error",
            "host",
            where,
            f"{parts.hostname} would be asked without encryption",
            "use https; an administrator can list a host of one's own network in ADVISOR_ALLOWED_HOSTS",
        )


def _outside(value: Any) -> str:
    """A reference that leads out of the document, which must not even be followed to check it."""
    if isinstance(value, dict):
        name = value.get("$ref")
        if isinstance(name, str) and not name.startswith("#/"):
            return f"the reference {name} leads out of the document"
        return next(filter(None, map(_outside, value.values())), "")
    return next(filter(None, map(_outside, value)), "") if isinstance(value, list) else ""


def _not_valid(value: Any) -> str:
    """What the validator says; "" where the document is valid."""
    from jsonschema.exceptions import ValidationError
    from openapi_spec_validator import validate
    from openapi_spec_validator.exceptions import OpenAPIError
    from referencing.exceptions import Unresolvable

    try:
        validate(value)
    except (ValidationError, OpenAPIError, Unresolvable, LookupError, TypeError) as error:
        place = ".".join(map(str, getattr(error, "absolute_path", ()) or ()))
        said = str(getattr(error, "message", "") or error or type(error).__name__)
        return f"{place + ': ' if place else ''}{said[:300]}"
    return ""


def _operations(read: Read, findings: list[Finding]) -> Iterator[tuple[str, bool]]:
    """The operations with whether they change data; what cannot be called is a finding."""
    try:
        actions = read_actions(read)
    except InputError as error:
        findings.append(Finding("error", "openapi", error.where, error.problem, error.what_to_do))
        return
    findings += [
        Finding("warning", "operation_left_out", one.id, one.why, "mend it, or leave it out with `only`")
        for one in actions.left_out
    ]
    yield from ((name, operation.writes) for name, operation in actions.usable.items())


def _tests(read: Read, operations: set[str]) -> Iterator[Finding]:
    """Tests that name actions that there are not, or that nothing is expected of."""
    for place, test in enumerate(read.specification.tests):
        where = read.document.where("tests", place)
        for call in test.expect.calls:
            if call.action not in operations:
                problem = f"the test {test.name} expects a call of {call.action}, which cannot be called"
                yield Finding("error", "test", where, problem, "name an operation of the actions")
        if test.expect == type(test.expect)():
            yield Finding("error", "test", where, f"the test {test.name} expects nothing", "say what must hold")
        if test.expect.cites and not read.specification.knowledge:
            yield Finding("error", "test", where, f"the test {test.name} expects a source", "add `knowledge`")


def _local_files(read: Read) -> Iterator[Finding]:
    classifier = read.specification.classifier
    if classifier and classifier.data is not None:
        where = read.document.where("classifier")
        try:
            read.file_below(classifier.data)
        except InputError as error:
            yield Finding("error", "classifier", where, f"{classifier.data}: {error.problem}", error.what_to_do)


def shown_findings(findings: Sequence[Finding]) -> str:
    """A line or two for each finding."""
    return "\n".join(
        f"{one.severity} {one.id}: {one.where}\n  {one.problem}\n  What to do: {one.what_to_do}" for one in findings
    )
