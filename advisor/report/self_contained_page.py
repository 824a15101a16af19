"""A page that needs nothing else: its own style and script inside, allowed by their hashes, nothing from elsewhere."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from advisor.files import content, read_text


def self_contained_page(
    name: str,
    *,
    scripts: Sequence[str] = (),
    more_style: str = "",
    style_of: str | None = None,
    **values: Any,
) -> str:
    """`web/templates/NAME.html` filled with `values`, with NAME.css and NAME.js in it.

    With `style_of` the style is that of another page, and there is no script.

    `scripts` name further scripts that stand before NAME.js; `more_style` stands after NAME.css, and both are ours.

    Every text is escaped but what is Markup. The template gets `style`, `script` and their `style_hash`, `script_hash`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = content("web") / "templates"
    style = read_text(folder / f"{style_of or name}.css") + more_style
    script = "" if style_of else "".join(read_text(folder / f"{one}.js") for one in (*scripts, name))
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


def within_script(value: Any) -> str:
    """JSON that can stand in a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
