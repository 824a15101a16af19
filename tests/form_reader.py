"""A reader of pages without scripts: follows links and sends forms as a browser does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urljoin

import lxml.html
from flask.testing import FlaskClient

HOST = "http://localhost"
Field = tuple[str, str]


class Page(NamedTuple):
    """A page that was answered, at the address where redirects ended."""

    status: int
    address: str
    text: str

    @property
    def tree(self) -> Any:
        """The elements of the page."""
        return lxml.html.fromstring(self.text)

    @property
    def heading(self) -> str:
        """The text of the first heading."""
        return " ".join(self.tree.xpath("//h1")[0].text_content().split())

    @property
    def words(self) -> str:
        """All text of the main part."""
        return " ".join(self.tree.xpath("//main")[0].text_content().split())

    def form(self, action: str) -> Any:
        """The first form whose address has `action` in it."""
        return next(form for form in self.tree.forms if action in form.get("action"))

    def links(self, part: str) -> list[str]:
        """The addresses of links with `part` in them."""
        return [link for link in self.tree.xpath("//a/@href") if part in link]


class Reader:
    """Reads the pages of an application through `client`."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, address: str) -> Page:
        """The page at an address."""
        return self._read(self.client.get(address, base_url=HOST, follow_redirects=True))

    def send(
        self, page: Page, action: str, values: Mapping[str, Any] | None = None, button: Field | None = None
    ) -> Page:
        """The page after a form of `page` was sent with some fields set, by a button if one is named."""
        form = page.form(action)
        fields = [field for field in form.form_values() if field[0] not in (values or {})]
        fields += [(name, value) for name, given in (values or {}).items() for value in _listed(given)]
        fields += [button] if button else []
        address = urljoin(page.address, form.get("action"))
        if form.method == "GET":
            return self._read(self.client.get(address, query_string=_grouped(fields), base_url=HOST))
        kind = form.get("enctype") or "application/x-www-form-urlencoded"
        sent = self.client.post(address, data=_grouped(fields), content_type=kind, base_url=HOST, follow_redirects=True)
        return self._read(sent)

    def new_case(self, title: str = "A case") -> Page:
        """The first question of a new case."""
        return self.send(self.get("/"), "/cases", {"title": title})

    def opened(self, text: str) -> Page:
        """The answers of a case that was written into the box."""
        return self.send(self.get("/"), "/cases/upload", {"case_text": text})

    def _read(self, response: Any) -> Page:
        assert response.status_code < 500, response.text
        return Page(response.status_code, response.request.url.removeprefix(HOST), response.text)


def upload(content: bytes, name: str) -> tuple[BytesIO, str]:
    """A file for a field of a form."""
    return BytesIO(content), name


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _grouped(fields: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
