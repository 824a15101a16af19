"""Actions: read from OpenAPI 3, arguments checked, and no argument leads a request astray."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.assistant.openapi import Operations, operations_in
from advisor.assistant.operation import Operation, argument_faults, arguments_in, arguments_schema, function_tool
from advisor.assistant.request import request_of
from advisor.assistant.specification import ActionSet
from advisor.errors import InputError
from advisor.strict_yaml import Document, read

API = """
openapi: 3.0.3
info: {title: Orders, version: "1"}
servers: [{url: "https://{region}.shop.example/api", variables: {region: {default: eu}}}]
security: [{key: []}]
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
  schemas:
    Line: {type: object, required: [sku], properties: {sku: {type: string}, count: {type: integer, nullable: true}}}
    Node: {type: object, properties: {below: {$ref: "#/components/schemas/Node"}}}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: findOrder
      parameters:
        - {name: part, in: query, schema: {type: array, items: {type: string}}}
        - {name: X-Language, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
        - {name: Host, in: header, schema: {type: string}}
      responses: {200: {description: ok}}
    put:
      operationId: changeOrder
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Line"}}}
      responses: {200: {description: ok}}
  /search:
    post: {operationId: search, responses: {200: {description: ok}}}
  /tree:
    post:
      operationId: plant
      requestBody: {required: true, content: {text/xml: {schema: {type: string}}}}
      responses: {200: {description: ok}}
  /by-mail:
    get:
      operationId: byMail
      parameters: [{name: email, in: query, required: true, schema: {type: string, format: email}}]
      responses: {200: {description: ok}}
"""


def found(text: str = API, **more: Any) -> Operations:
    """The operations of a document."""
    wanted: dict[str, Any] = {
        "name": "shop",
        "document": "shop.yaml",
        "hosts": ["eu.shop.example"],
        "credentials": {"key": "SHOP_KEY"},
        **more,
    }
    return operations_in(read(text, "shop.yaml", number_keys=True), ActionSet.model_validate(wanted))


def operation(name: str, **more: Any) -> Operation:
    """One of them."""
    return next(one for one in found(**more).usable if one.id == name)


def test_what_a_document_has() -> None:
    """Operations with their server, whether they change data, and why one cannot be called."""
    operations = found(reads=["search"], writes=["byMail"])
    assert {one.id: one.writes for one in operations.usable} == {
        "findOrder": False,
        "changeOrder": True,
        "search": False,
        "byMail": True,
    }
    assert {one.server for one in operations.usable} == {"https://eu.shop.example/api"}
    assert [one.id for one in operations.left_out] == ["plant"] and "only JSON" in operations.left_out[0].why
    assert operation("findOrder").security[0].kind == "bearer" and operation("findOrder").key_names == ("SHOP_KEY",)


def test_what_a_model_is_told() -> None:
    """Parameters and body as one JSON Schema; headers that say who asks are never arguments."""
    assert set(arguments_schema(operation("findOrder"))["properties"]) == {"id", "part", "X-Language"}
    tool = function_tool(operation("changeOrder"))["function"]
    assert tool["parameters"]["required"] == ["id", "body"] and "asked first" in tool["description"]
    body = tool["parameters"]["properties"]["body"]
    assert body["properties"]["count"]["type"] == ["integer", "null"] and "$ref" not in str(body)


@pytest.mark.slow  # jsonschema takes seconds to import where all its formats are installed
@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "'id' is a required property"),
        ({"id": 3}, "is not of type 'string'"),
        ({"id": "a", "other": 1}, "Additional properties"),
        ({"id": "a", "part": "b"}, "is not of type 'array'"),
        ("id", "is not of type 'object'"),
    ],
)
def test_wrong_arguments(arguments: Any, fault: str) -> None:
    """Every way to be wrong is told."""
    assert any(fault in one for one in argument_faults(operation("findOrder"), arguments))


def test_a_request() -> None:
    """Path, query, header and body where the document puts them."""
    made = request_of(operation("findOrder"), {"id": "a/b?c", "part": ["x&y", "z"], "X-Language": "de"})
    assert made.url == "https://eu.shop.example/api/orders/a%2Fb%3Fc?part=x%26y&part=z"
    assert dict(made.headers)["X-Language"] == "de" and made.body is None
    made = request_of(operation("changeOrder"), {"id": "1", "body": {"sku": "ü"}})
    assert (made.method, made.body) == ("PUT", '{"sku": "ü"}'.encode())


@pytest.mark.parametrize("value", ["", ".", "..", "a\nb", "\x7f"])
def test_no_path_climbs(value: str) -> None:
    """A path argument that is empty, climbs, or has control characters is refused."""
    with pytest.raises(InputError, match="path"):
        request_of(operation("findOrder"), {"id": value})


@pytest.mark.parametrize("value", ["a\r\nX-Admin: 1", "ä", "a\x00"])
def test_no_header_is_split(value: str) -> None:
    """A header argument has one line of ASCII."""
    with pytest.raises(InputError, match="header"):
        request_of(operation("findOrder"), {"id": "1", "X-Language": value})


@given(st.text("/\\?#%&=.:@ ;~+\r\n\t\0\x7fü😀a1[]{}", max_size=40))
def test_no_argument_leads_elsewhere(text: str) -> None:
    """Whatever a path argument is, the host and the path around it stay, and it comes back as it was."""
    try:
        made = request_of(_FIND, {"id": text, "part": [text]})
    except InputError:
        return
    parts = urlsplit(made.url)
    assert (parts.scheme, parts.netloc) == ("https", "eu.shop.example")
    assert parts.path.startswith("/api/orders/") and parts.path.count("/") == 3 and not parts.fragment
    assert unquote(parts.path.rpartition("/")[2]) == text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "email"),
    [
        ("Who is ada@x.example?", "ada@x.example"),
        ("Mail ada@x.example. Twice: ada@x.example!", "ada@x.example"),
        ("Ada or bo? ada@x.example, bo@x.example", None),
        ("Who is Ada?", None),
    ],
)
def test_arguments_beyond_doubt(question: str, email: str | None) -> None:
    """Without a model an action is called only where the question holds its argument once."""
    wanted = None if email is None else {"email": email}
    assert arguments_in(operation("byMail", without_model=["byMail"]), question) == wanted
    assert arguments_in(operation("findOrder"), "order 4711") is None  # any text would fit


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"only": ["findOrders"]}, "did you mean findOrder"),
        ({"without_model": ["changeOrder"]}, "changes data"),
        ({"server": "https://user:secret@eu.shop.example"}, "password"),
    ],
)
def test_sets_that_do_not_hold_together(more: dict[str, Any], problem: str) -> None:
    """Names that the document does not have, writes without a model, and passwords in addresses."""
    with pytest.raises(InputError, match=problem):
        found(**more)


def test_hosts_and_credentials_are_needed() -> None:
    """Without them an operation is left out and says why."""
    assert "hosts" in found(hosts=["other.example"]).left_out[0].why
    assert "`credentials` names nothing for key" in found(credentials={}).left_out[0].why


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("#/components/schemas/Line", "https://evil.example/x.json", "leads out of the document"),
        ("#/components/schemas/Line", "#/components/schemas/Node", "holds itself"),
        ("#/components/schemas/Line", "#/components/schemas/Gone", "leads nowhere"),
        ("3.0.3", "2.0", "no OpenAPI 3"),
    ],
)
def test_documents_that_cannot_be_read(before: str, after: str, problem: str) -> None:
    """References that lead out, around in circles or nowhere."""
    with pytest.raises(InputError, match=problem):
        found(API.replace(before, after, 1))


def test_no_mapping_is_no_document() -> None:
    """A list is refused in words."""
    with pytest.raises(InputError, match="no OpenAPI 3"):
        operations_in(Document("x", [], {}), ActionSet(name="x", document="x", hosts=["h"]))


_FIND = operation("findOrder")
