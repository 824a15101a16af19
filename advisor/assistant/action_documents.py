"""The operations of an assistant, from the OpenAPI documents beside its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from advisor.assistant.openapi import LeftOut, Operations, operations_in
from advisor.assistant.operation import Operation
from advisor.assistant.specification import ActionSet
from advisor.assistant.specification_file import Read, plain
from advisor.errors import InputError
from advisor.files import read_bytes
from advisor.strict_yaml import Document, decode, read


class Actions(NamedTuple):
    """All operations that can be called, by id, and those that cannot."""

    usable: Mapping[str, Operation]
    left_out: tuple[LeftOut, ...]


def read_actions(assistant: Read) -> Actions:
    """The operations of all sets. Raises InputError."""
    usable: dict[str, Operation] = {}
    left_out: list[LeftOut] = []
    for place, wanted in enumerate(assistant.specification.actions):
        where = assistant.document.where("actions", place)
        found = _operations(assistant, wanted, where)
        left_out += found.left_out
        for one in found.usable:
            if one.id in usable:
                raise InputError(
                    f"{usable[one.id].action} and {one.action} both have an operation {one.id}",
                    where=where,
                    what_to_do="take one of them with `only`, or rename its operationId",
                )
            usable[one.id] = one
    return Actions(usable, tuple(left_out))


def openapi_document(assistant: Read, wanted: ActionSet) -> Document:
    """The OpenAPI document of a set. Raises InputError."""
    path = assistant.below(wanted.document)
    name = str(path)
    document = read(decode(read_bytes(path), name), name, number_keys=True)
    return document._replace(value=plain(document.value))


def at_other_servers(assistant: Read, servers: Mapping[str, str]) -> Read:
    """The assistant with other addresses of its actions, by the names of the sets. Raises InputError."""
    names = [one.name for one in assistant.specification.actions]
    for name in servers:
        if name not in names:
            raise InputError(f"there is no set of actions named {name}", what_to_do=f"name one of {', '.join(names)}")
    sets = [
        one.model_copy(update={"server": servers[one.name], "hosts": [urlsplit(servers[one.name]).hostname or ""]})
        if one.name in servers
        else one
        for one in assistant.specification.actions
    ]
    return assistant._replace(specification=assistant.specification.model_copy(update={"actions": sets}))


def _operations(assistant: Read, wanted: ActionSet, where: str) -> Operations:
    try:
        return operations_in(openapi_document(assistant, wanted), wanted)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The document was not checked yet: whatever it has in a wrong place comes out here.
        raise InputError(
            f"the OpenAPI document {wanted.document} cannot be read: {type(error).__name__} {error}",
            where=where,
            what_to_do="`advisor assistant check` says what is wrong with it",
        ) from error
