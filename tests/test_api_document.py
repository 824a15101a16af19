"""The OpenAPI document is valid, and says what the routes do; its page loads nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api_client import Api, open_api

pytestmark = pytest.mark.slow  # a real service, over HTTP


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The service of one person on their own machine."""
    with open_api(tmp_path_factory.mktemp("api"), "127.0.0.1") as found:
        yield found


def test_the_document_is_valid_and_whole(api: Api) -> None:
    """Each route is in it and nothing else is."""
    from openapi_spec_validator import OpenAPIV31SpecValidator  # two seconds, not to be paid by every run of tests

    document = api.client.get("/api/v1/openapi.json").json
    assert document and document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    said = {(method, path) for path, methods in document["paths"].items() for method in methods}
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in api.client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert said == {(method, path) for method, path in routes if not path.startswith(("/docs", "/openapi.json"))}


def test_each_body_has_an_example(api: Api) -> None:
    """What can be sent as JSON is shown."""
    document = api.client.get("/api/v1/openapi.json").json
    assert document
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            kinds = operation.get("requestBody", {}).get("content", {})
            assert all("example" in kind for name, kind in kinds.items() if name != "multipart/form-data"), (
                path,
                method,
            )


def test_the_page_keeps_to_its_policy(api: Api) -> None:
    """No script or style inside of the page, none from elsewhere, and each part is there."""
    page = api.client.get("/api/v1/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<style" not in page.text and not re.search(r"<script(?! src=)", page.text) and "//" not in page.text
    for part in re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text):
        assert api.client.get(f"/api/v1/{part}").status_code == 200
    for name in ("..%2f..%2f..%2fpyproject.toml", "swagger-ui.js", "%2e%2e/openapi.json", "x"):
        assert api.client.get(f"/api/v1/docs/{name}").status_code == 404


def test_schemathesis(tmp_path: Path) -> None:
    """The service keeps to its document, whatever is sent."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from schemathesis.core.result import Err

    with open_api(tmp_path, "127.0.0.1") as api:
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api.client.application)

        for operation in schema.get_all_operations():
            assert not isinstance(operation, Err)
            keeps_to_the_document = settings(
                max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
            )(given(case=operation.ok().as_strategy())(_validated))
            keeps_to_the_document()


def _validated(case: Any) -> None:
    from schemathesis.checks import load_all_checks
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    load_all_checks()
    # The schema of a case cannot say all that is asked of it: no control characters, options that exclude others.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
