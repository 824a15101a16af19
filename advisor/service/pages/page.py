"""Pages from `web/templates/pages/`: every text in them is escaped, and they load nothing from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response

from advisor.explanation import shown_value
from advisor.files import content
from advisor.report.money import usd, usd_range
from advisor.service.browser_session import CSRF_FIELD
from advisor.service.pages.answer_form import worded
from advisor.service.pages.form_token import form_token, has_session
from advisor.service.response_headers import PAGE

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, status: int = 200, **values: Any) -> Response:
    """The page `template` filled with `values`."""
    text = (
        _templates()
        .get_template(f"{template}.html")
        .render(values, csrf_field=CSRF_FIELD, csrf_token=form_token, has_session=has_session())
    )
    response = Response(text, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PAGE
    response.headers["Cache-Control"] = "no-store"  # another reader of the same browser must not see it
    # With `no-referrer` browsers send forms with `Origin: null`, which the check against other sites refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def own_page(text: str) -> Response:
    """A page that is whole by itself: the policy that stands in it allows its style and script by their hashes."""
    response = Response(text, mimetype="text/html")
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def see(address: str) -> Response:
    """After a form: go on to another page, so that loading again sends nothing twice."""
    return Response("", 303, {"Location": address})


def _day_and_time(seconds: int) -> str:
    """A moment, given in seconds since 1970, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(content("web") / "templates" / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        worded=worded, shown_value=shown_value, usd=usd, usd_range=usd_range, day_and_time=_day_and_time
    )
    return environment
