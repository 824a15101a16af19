"""A brand is checked strictly, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.report.brand import contrast_to_white, read_brand

PNG = b"\x89PNG\r\n\x1a\n"
GOOD = "schema: advisor/brand/v1\nname: Jane Doe\n"


def written(folder: Path, more: str) -> Path:
    """A brand file with `more` after the needed lines."""
    path = folder / "brand.yaml"
    path.write_text(GOOD + more, encoding="utf-8")
    return path


def test_a_whole_brand(tmp_path: Path) -> None:
    """Every field; the logo's path counts from the file."""
    (tmp_path / "logo.png").write_bytes(PNG)
    brand = read_brand(written(tmp_path, 'contact: j@x.org\ncolour: "#1D4F8C"\nlogo: logo.png\nfooter: "© 2026"\n'))
    assert brand.name == "Jane Doe" and brand.colour == "#1d4f8c" and brand.logo
    assert brand.logo.data_uri == "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("color: red\n", "brand.yaml:3: the brand has no field color; did you mean colour?"),
        ("colour: red\n", "brand.yaml:3: `colour` is no colour"),
        ('accent: "#ffff00"\n', "brand.yaml:3: #ffff00 cannot be read on white"),
        ("logo: ../nowhere.png\n", "brand.yaml:3: the logo ../nowhere.png cannot be read"),
        ("logo: brand.yaml\n", "brand.yaml:3: brand.yaml is neither PNG nor SVG"),
        (f"footer: {'x' * 200}\n", "brand.yaml:3: `footer` has more than 120"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, more: str, said: str) -> None:
    """With file:line and what to do."""
    with pytest.raises(InputError) as error:
        read_brand(written(tmp_path, more))
    assert said in str(error.value)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="x()"/>',
        '<image href="http://x.org/a.png"/>',
        '<rect fill="url(http://x.org)"/>',
        "<foreignObject/>",
    ],
)
def test_an_svg_that_does_more_than_draw_is_refused(tmp_path: Path, inside: str) -> None:
    """Scripts, handlers, links and what is loaded from elsewhere; a plain one is taken."""
    logo = tmp_path / "logo.svg"
    logo.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>', encoding="utf-8")
    with pytest.raises(InputError, match="has the"):
        read_brand(written(tmp_path, "logo: logo.svg\n"))
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect fill="url(#a)"/></svg>', encoding="utf-8")
    assert read_brand(written(tmp_path, "logo: logo.svg\n")).logo
    logo.write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    with pytest.raises(InputError, match="declares a document type"):
        read_brand(written(tmp_path, "logo: logo.svg\n"))


def test_contrast_by_hand() -> None:
    """Black on white is 21, white on white 1, and #767676 the lightest grey that passes."""
    assert contrast_to_white("#000000") == pytest.approx(21) and contrast_to_white("#ffffff") == 1
    assert contrast_to_white("#767676") >= 4.5 > contrast_to_white("#777777")
