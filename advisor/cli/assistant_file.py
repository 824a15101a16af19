"""The file of an assistant, its model and its servers, as several commands are told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from advisor.chat_client import KEY_VARIABLE
from advisor.cli.tune_store import data_path, opened
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.assistant.assistant import Assistant, LoadModel
    from advisor.assistant.specification_file import Read

file_argument = click.argument("file", type=click.Path(path_type=Path))


class Chosen(NamedTuple):
    """What options say beside the file."""

    model: str | None
    base_url: str | None
    key_variable: str | None
    no_model: bool
    servers: tuple[str, ...]


def answering_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of commands that let an assistant answer."""
    for option in reversed(
        (
            click.option("--model", help="Another language model: a name at the host, ft:..., hf/NAME or a folder."),
            click.option("--base-url", help="Address of an OpenAI-compatible host.  [default: OpenAI]"),
            click.option("--key-variable", help="Environment variable with the key.  [default: OPENAI_API_KEY]"),
            click.option("--no-model", is_flag=True, help="Take no language model: quote the documents."),
            click.option(
                "--server", "servers", multiple=True, metavar="ACTIONS=URL", help="Another address of actions."
            ),
        )
    ):
        command = option(command)
    return command


@contextmanager
def opened_assistant(file: Path, chosen: Chosen) -> Iterator[tuple[Assistant, LoadModel]]:
    """The assistant, ready to answer, and how it finds local and tuned models."""
    from advisor.assistant.assistant import open_assistant
    from advisor.assistant.specification import ModelChoice
    from advisor.tuning.back_ends import shipped_trainers
    from advisor.tuning.data_folder import DataFolder
    from advisor.tuning.loaded_models import LoadedModels

    read = read_file(file, chosen.servers)
    model = None
    if chosen.model or chosen.base_url:
        before = read.specification.model
        named = chosen.model or (before.name if before else "")
        if not named:
            raise InputError("--base-url needs --model", what_to_do="name the model")
        key = chosen.key_variable or KEY_VARIABLE
        model = ModelChoice(name=named, base_url=chosen.base_url, key_variable=key)
    data = DataFolder(data_path(None))
    data.prepare()
    with opened(None) as store:
        load = LoadedModels(store, data, shipped_trainers()).model
        yield open_assistant(read, load, model=model, without_model=chosen.no_model), load


def read_file(file: Path, servers: tuple[str, ...] = ()) -> Read:
    """The file, with other addresses where --server names them. Raises InputError."""
    from advisor.assistant.action_documents import at_other_servers
    from advisor.assistant.specification_file import read_specification

    found = read_specification(file)
    pairs = [text.partition("=") for text in servers]
    if any(not (name and url) for name, _, url in pairs):
        raise InputError("--server is written as ACTIONS=URL", what_to_do="such as --server crm=https://host/api")
    return at_other_servers(found, {name: url for name, _, url in pairs}) if pairs else found
