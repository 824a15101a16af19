"""A page that needs nothing else: its own style and script inside, allowed by their hashes, nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

from advisor.files import content, read_text


def self_contained_page(name: str, **values: Any) -> str:
    """`web/templates/NAME.html` filled with `values`, with NAME.css and NAME.js in it.

    Every text is escaped but what is Markup. The template gets `style`, `script` and their `style_hash`, `script_hash`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = content("web") / "templates"
    style, script = (read_text(folder / f"{name}.{kind}") for kind in ("css", "js"))
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template(f"{name}.html").render(
        **values,
        style=Markup(style),  # noqa: S704  our own files, which no data go into
        script=Markup(script),  # noqa: S704
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return str(page)


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
