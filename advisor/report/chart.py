"""Vega-Lite charts as SVG or PNG, drawn by vl-convert without a browser (extra `charts`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from advisor.errors import InputError

FORMATS = (".svg", ".png")
INSTALL = "install it with `pip install 'advisor[charts]'`, or take `--format csv`"


def draw(spec: Mapping[str, Any], path: Path) -> bytes:
    """The picture of a Vega-Lite `spec` in the format of the suffix of `path`.

    Raises InputError for another suffix, or where the drawing library is not installed.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path.name} is no picture", where="--chart", what_to_do="end it with .svg or .png")
    try:
        import vl_convert
    except ModuleNotFoundError:
        raise InputError("charts need vl-convert, which is not installed", what_to_do=INSTALL) from None
    if path.suffix.lower() == ".png":
        return bytes(vl_convert.vegalite_to_png(dict(spec), scale=2))
    return str(vl_convert.vegalite_to_svg(dict(spec))).encode()
