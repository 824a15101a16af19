"""SVG to PNG through typst, for documents that take no SVG."""

from __future__ import annotations

from typing import Final

_PIXELS_PER_INCH: Final = 200.0
_TEMPLATE: Final = b"""\
#set page(width: 480pt, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""


def png_of(svg: str) -> bytes:
    """The picture 480 points wide, on white, with the fonts of the wheel."""
    import typst

    png = typst.compile(
        _TEMPLATE, format="png", ppi=_PIXELS_PER_INCH, ignore_system_fonts=True, sys_inputs={"svg": svg}
    )
    return bytes(png)
