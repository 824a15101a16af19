"""`advisor schema`."""

from __future__ import annotations

import json

import click


@click.command()
@click.argument("what", type=click.Choice(["case", "recommendation", "assistant"]), default="case")
def schema(what: str) -> None:
    """Print the JSON Schema of a case file, of an assistant.yaml, or of what `recommend --format json` prints.

    \b
    For completion and checks in an editor with YAML support:
      advisor schema case > case.schema.json
      and as the first line of a case file:
      # yaml-language-server: $schema=case.schema.json
    """
    if what == "case":
        from advisor.case_schema import case_schema
        from advisor.files import load_questions

        found = case_schema(load_questions())
    elif what == "assistant":
        from advisor.assistant.specification import Specification

        found = Specification.model_json_schema()
    else:
        from advisor.python_api import Recommendation

        found = Recommendation.model_json_schema(mode="serialization")
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
