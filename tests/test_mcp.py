"""`advisor mcp` as agents use it: the SDK's own client over the pipes of a real process."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from advisor.case import as_mapping
from advisor.errors import InputError
from advisor.files import content, load_case
from tests.test_tune_plan import write_rows

pytestmark = pytest.mark.slow  # a real process
pytest.importorskip("mcp")
AZURE = {"base_url": "https://ours.openai.azure.com/openai/v1", "model": "gpt-4.1-mini", "as_of": "2026-11-21"}


def worked(name: str) -> dict[str, Any]:
    """A worked case as an agent would write it."""
    case: dict[str, Any] = json.loads(
        json.dumps(as_mapping(load_case(content("examples") / f"{name}.yaml")), default=float)
    )
    return case


def with_agent(folder: Path, talk: Callable[[Any], Awaitable[None]]) -> None:
    """`talk` with a client of a server on `folder`."""
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    words = ["-m", "advisor", "mcp", "--folder", str(folder)]
    server = StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ))

    async def run() -> None:
        async with Client(stdio_client(server)) as client:
            await talk(client)

    anyio.run(run)


async def called(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    """What a tool returns."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    found: dict[str, Any] = result.structured_content
    return found


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    """Why a tool refuses."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    text: str = result.content[0].text
    return text


def test_an_agent_asks_until_it_is_decided(tmp_path: Path) -> None:
    """From nothing, with the answers of a worked case, to the recommendation of that case."""
    full = worked("hr-leave-policy")

    async def talk(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert sorted(tools) == ["check_data", "estimate_cost", "next_question", "plan_tuning", "recommend"]
        assert "spend_up_to_usd" in tools["plan_tuning"].input_schema["required"]
        assert all(tool.description for tool in tools.values())
        case: dict[str, Any] = {}
        asked = 0
        while (found := await called(client, "next_question", case=case))["question"]:
            group, _, name = found["question"]["name"].partition(".")
            case.setdefault(group, {})[name] = full.get(group, {}).get(name, "unknown")
            asked += 1
            assert asked < 60
        given = await called(client, "recommend", case=full, as_of="2026-11-21")
        assert given["recommendation"]["approach"] == "rag" and given["status"] == "decided"
        assert found["decided"] is False or found["still_possible"] == ["rag"]
        assert len(json.dumps(given)) < 60_000
        whole = await called(client, "recommend", case=full, as_of="2026-11-21", in_full=True)
        assert whole["schema"] == "advisor/recommendation/v1"

    with_agent(tmp_path, talk)


def test_costs_and_resources(tmp_path: Path) -> None:
    """Ranges in USD for what is asked for; the questions and the schema can be read."""

    async def talk(client: Any) -> None:
        found = await called(client, "estimate_cost", case=worked("pizzeria"), approaches=["prompt", "rag"])
        assert [cost["approach"] for cost in found["costs"]] == ["prompt", "rag"]
        assert set(found["costs"][1]["monthly_usd"]) == {"point", "p10", "p50", "p90"}
        questions = json.loads((await client.read_resource("advisor://questions")).contents[0].text)
        assert any(question["name"] == "need.gaps" for question in questions)
        schema = json.loads((await client.read_resource("advisor://case-schema")).contents[0].text)
        assert "need" in schema["properties"]
        assert "there is no approach" in await refused(client, "estimate_cost", case={}, approaches=["magic"])
        assert "/need/gaps" in await refused(client, "recommend", case={"need": {"gaps": ["nonsense"]}})
        assert "as_of" in await refused(client, "recommend", case={}, as_of="yesterday")

    with_agent(tmp_path, talk)


def test_the_ceiling_refuses(tmp_path: Path) -> None:
    """A plan below the ceiling is made, one above it is not; data are checked, and read below the folder only."""
    inside = tmp_path / "data"
    inside.mkdir()
    write_rows(inside / "train.jsonl", 300)
    write_rows(tmp_path / "outside.jsonl", 300)
    (inside / "link.jsonl").symlink_to(tmp_path / "outside.jsonl")
    case = worked("internal-code-framework")

    async def talk(client: Any) -> None:
        found = await called(client, "check_data", file="train.jsonl")
        assert (found["schema"], found["rows"], found["file"]) == ("advisor/data-report/v1", 300, "train.jsonl")
        plan = await called(client, "plan_tuning", case=case, file="train.jsonl", spend_up_to_usd=100, **AZURE)
        assert 0 < float(plan["cost"]["p90"]) <= 100 and plan["spend_up_to_usd"] == "100.0"
        said = await refused(client, "plan_tuning", case=case, file="train.jsonl", spend_up_to_usd=0.01, **AZURE)
        assert "above the ceiling of $0.01" in said
        missing = await client.call_tool("plan_tuning", {"case": case, "file": "train.jsonl"})
        assert missing.is_error  # without a ceiling there is no plan
        for file in ("../outside.jsonl", "link.jsonl", str(tmp_path / "outside.jsonl"), "none.jsonl", "a\0b"):
            assert "there is no file" in await refused(client, "check_data", file=file)
        assert sorted(path.name for path in inside.iterdir()) == ["link.jsonl", "train.jsonl"]

    with_agent(inside, talk)


def test_the_how_to_is_true() -> None:
    """The settings in it start the command as it is, and its table lists the tools there are."""
    from click.testing import CliRunner

    from advisor.cli import advisor
    from advisor.service.mcp_server import mcp_server

    page = (Path(__file__).parents[1] / "docs/how-to/use-with-agents.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert block
    settings = json.loads(block[1])["mcpServers"]["advisor"]
    assert settings["command"] == "advisor"
    assert CliRunner().invoke(advisor, [*settings["args"][:1], "--help"]).exit_code == 0
    tools = {tool.name for tool in anyio.run(mcp_server(Path()).list_tools)}
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == tools


def test_a_ceiling_is_a_number() -> None:
    """Not a number, and less than nothing, are refused before anything is read."""
    from advisor.service.mcp_server import AdvisorTools

    tools = AdvisorTools(Path())
    for wrong in (float("nan"), float("inf"), -1.0):
        with pytest.raises(InputError, match="spend_up_to_usd"):
            tools.plan_tuning({}, "none", wrong)
