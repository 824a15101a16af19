"""Reads `pricing/model_shapes.yaml` into checked values, and finds a model in it by any of its spellings."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.cost.model_shape import ModelShape, name_key
from advisor.decision.fields import Fields
from advisor.strict_yaml import Document


def build_model_shapes(document: Document) -> Mapping[tuple[str, ...], ModelShape]:
    """The shapes in `document` by `name_key` of every spelling. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    named = top.raw("sources")
    if not isinstance(named, dict):
        raise top.error("the file needs `sources`, texts by letter", what_to_do="add `sources:`")
    shapes: dict[tuple[str, ...], ModelShape] = {}
    for fields in top.rows("models", "a model"):
        shape = _shape(fields, named)
        for spelling in (shape.id, *fields.texts("also")):
            key = name_key(spelling)
            if shapes.get(key, shape) != shape:
                raise fields.error(
                    f"{spelling} is also {shapes[key].id}", "id", what_to_do="leave one of the two spellings out"
                )
            shapes[key] = shape
        fields.done()
    top.done()
    return shapes


def _shape(fields: Fields, named: Mapping[str, str]) -> ModelShape:
    hidden, heads = _count(fields, "hidden"), _count(fields, "heads")
    fields.text("family")
    if _number(fields, "params_b") <= 0:
        raise fields.error("params_b must be above 0", "params_b")
    return ModelShape(
        id=fields.text("id"),
        hidden=hidden,
        layers=float(_count(fields, "layers")),
        heads=heads,
        kv_heads=_count(fields, "kv_heads"),
        head_dim=_count(fields, "head_dim"),
        ffn=_count(fields, "ffn"),
        vocab=_count(fields, "vocab"),
        tied=fields.truth("tied"),
        gated=fields.truth("gated"),
        layer_norm=fields.one_of("norm", ("rms", "layer"), "norm") == "layer",
        experts=_count(fields, "experts", 0),
        active_experts=_count(fields, "active_experts", 0),
        shared_ffn=_count(fields, "shared_ffn", 0),
        context=_count(fields, "context"),
        source=named[fields.one_of("source", named, "source")],
    )


def _number(fields: Fields, name: str, default: float | None = None) -> float:
    value = fields.number(name)
    if value is None:
        if default is None:
            raise fields.error(f"a model needs `{name}`, a number", what_to_do=f"add `{name}: ...`")
        return default
    return float(value)


def _count(fields: Fields, name: str, default: int | None = None) -> int:
    value = _number(fields, name, default)
    if value < (1 if default is None else 0) or value != int(value):
        raise fields.error(f"{name} must be a whole number above 0, not {value:g}", name, what_to_do="correct it")
    return int(value)
