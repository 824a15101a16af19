"""An assistant as files for a hosted custom assistant, with a note of what does not go along."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from advisor.assistant.action_documents import openapi_document, read_actions
from advisor.assistant.assistant_rules import AssistantRules, HostedLimit
from advisor.assistant.operation import Operation
from advisor.assistant.specification_file import Read
from advisor.assistant.turn import system_text
from advisor.errors import InputError
from advisor.evaluation.documents import File, find_documents
from advisor.files import write_whole

NOTE = "NOTE.md"
_CONSEQUENTIAL = "x-openai-isConsequential"


class Exported(NamedTuple):
    """What was written into `folder`, and limits of the host that are crossed, in sentences."""

    folder: Path
    files: tuple[str, ...]
    over: tuple[str, ...]


def export_assistant(read: Read, rules: AssistantRules, folder: Path) -> Exported:
    """Write instructions, knowledge files, action documents and NOTE.md into a new or empty folder.

    Raises InputError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("the folder is not empty", where=str(folder), what_to_do="name a new one with --out")
    folder.mkdir(parents=True, exist_ok=True)
    over: list[str] = []
    files = ["instructions.md"]
    instructions = _instructions(read, rules)
    over += _over(rules.hosted["instructions"], len(instructions), "")
    write_whole(folder / "instructions.md", instructions)
    files += _knowledge(read, rules, folder, over)
    operations = read_actions(read).usable
    for wanted in read.specification.actions:
        document = openapi_document(read, wanted).value
        mine = {name: one for name, one in operations.items() if one.action == wanted.name}
        made = _action_document(document, mine)
        over += _long_texts(made, rules)
        write_whole(folder / f"{wanted.name}.openapi.json", json.dumps(made, indent=2, ensure_ascii=False))
        files.append(f"{wanted.name}.openapi.json")
    write_whole(folder / NOTE, _note(read, rules, operations, over))
    return Exported(folder, (*files, NOTE), tuple(over))


def _instructions(read: Read, rules: AssistantRules) -> str:
    spec = read.specification
    return system_text(spec, rules.texts, with_actions=bool(spec.actions)) + "\n"


def _knowledge(read: Read, rules: AssistantRules, folder: Path, over: list[str]) -> Iterator[str]:
    """The documents in one folder, since a hosted assistant has no folders; their paths go into their names."""
    found = [
        (one.folder.rstrip("/"), file)
        for one in read.specification.knowledge
        for file in find_documents(read.below(one.folder))
        if isinstance(file, File)
    ]
    over += _over(rules.hosted["files"], len(found), "")
    for shelf, file in found:
        name = f"knowledge/{shelf}/{file.path}".replace("/", "__").replace("knowledge__", "knowledge/", 1)
        over += _over(rules.hosted["file_size"], file.place.stat().st_size, f" ({name})")
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(file.place, folder / name)
        yield name


def _action_document(document: Mapping[str, Any], operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The OpenAPI document with the operations that the assistant may call, and writes marked as such."""
    paths: dict[str, Any] = {}
    servers: list[str] = []
    for one in operations.values():
        item = document["paths"][one.path]
        shared = {name: value for name, value in item.items() if name in ("parameters", "summary", "description")}
        described = {**item[one.method.lower()], "operationId": one.id, _CONSEQUENTIAL: one.writes}
        paths.setdefault(one.path, dict(shared))[one.method.lower()] = described
        servers.append(one.server)
    return {**document, "servers": [{"url": url} for url in dict.fromkeys(servers)], "paths": paths}


def _long_texts(document: Mapping[str, Any], rules: AssistantRules) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method, one in item.items():
            if not isinstance(one, dict) or "operationId" not in one:
                continue
            for field in ("summary", "description"):
                text = str(one.get(field) or "")
                yield from _over(rules.hosted["endpoint_text"], len(text), f" ({method.upper()} {path})")
            for parameter in one.get("parameters") or ():
                text = str(parameter.get("description") or "")
                yield from _over(rules.hosted["parameter_text"], len(text), f" ({parameter.get('name')} of {path})")


def _over(limit: HostedLimit, size: int, about: str) -> list[str]:
    if size <= limit.most:
        return []
    return [f"{limit.what}{about}: {size:,} {limit.unit}, and at most {limit.most:,} are taken"]


def _note(read: Read, rules: AssistantRules, operations: Mapping[str, Operation], over: list[str]) -> str:
    """What to do with the files, and what stays behind."""
    spec = read.specification
    lines = [f"# {spec.name}, for a hosted custom assistant", ""]
    lines += [
        "Put `instructions.md` into its instructions, upload the files of `knowledge/`, and add an action for each"
    ]
    lines += ["`*.openapi.json`. Nothing here was sent anywhere.", ""]
    lines += ["## What does not go along", ""]
    if operations:
        lines.append("- Keys: none is exported. Enter them in the host's own settings of each action.")
        lines.append("- The check of arguments by their schema, the allowed hosts and the refusal of redirections are")
        lines.append("  those of the host from now on; your API must check by itself.")
        writes = [name for name, one in operations.items() if one.writes]
        if writes:
            lines.append(
                f"- Confirmation before {', '.join(writes)}: marked `{_CONSEQUENTIAL}`, which the host asks by;"
            )
            lines.append("  other hosts may not know that mark.")
        headers = [name for name, one in operations.items() if any(p.place == "header" for p in one.parameters)]
        if headers:
            lines.append(
                f"- Header parameters of {', '.join(headers)}: the host sends none of its own (openai_actions)."
            )
    if spec.knowledge:
        lines.append(
            "- The search: the host cuts and searches the files in its own way, and a changed document must be"
        )
        lines.append("  uploaded again. Passages that speak to a model are no longer left out.")
        if spec.answers_from == "knowledge":
            lines.append("- The refusal where no document holds the answer: it is only asked for in the instructions.")
    if spec.classifier:
        lines.append(
            f"- The classifier {spec.classifier.name}: no hosted assistant runs it. Serve it and describe it as"
        )
        lines.append("  an action, or keep this assistant here.")
    if spec.model:
        lines.append(f"- The model {spec.model.name}: the host has its own.")
    lines.append(f"- The {len(spec.tests)} tests: run them here, and again by hand there; the answers will differ.")
    lines += ["- What you upload leaves this machine. Look at the documents for personal data first.", ""]
    lines += ["## Limits", ""]
    lines += [f"- OVER: {line}" for line in over] or ["- All known limits are kept."]
    lines += [
        f"- {limit.what}: at most {limit.most:,} {limit.unit} [{', '.join(limit.source)}]"
        for limit in rules.hosted.values()
    ]
    named = dict.fromkeys(name for limit in rules.hosted.values() for name in limit.source)
    lines += ["", "## Sources", "", *(f"- {name}: {rules.sources[name]}" for name in named)]
    return "\n".join(lines) + "\n"
