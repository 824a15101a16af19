"""/v1/embeddings: texts as vectors."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Final, Literal

from flask import Blueprint, Response
from pydantic import Field, TypeAdapter

from advisor.errors import ModelNameError, RequestError
from advisor.service.request_body import RequestBody, read_body
from advisor.service.resources import Resources
from advisor.token_count import load_encoding
from advisor.tuning.embedding import DIMENSIONS, NAME, shortened

_TOKENS: Final = "cl100k_base"  # of OpenAI's embedding models: clients that send tokens send these
MAX_TEXTS: Final = 2048


class EmbeddingRequest(RequestBody):
    """The body of POST /v1/embeddings."""

    model: str
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1, le=DIMENSIONS)] | None = None
    user: str | None = None


_BODY: Final = TypeAdapter(EmbeddingRequest)


def embeddings_blueprint(resources: Resources) -> Blueprint:
    """The route of embeddings."""
    blueprint = Blueprint("embeddings", __name__)

    @blueprint.post("/embeddings")
    def create() -> Response:
        body = read_body(_BODY)
        if body.model != NAME:
            raise ModelNameError(
                f"the model {body.model} makes no embeddings", code="model_not_found", what_to_do=f"use {NAME}"
            )
        texts = _texts(body.input)
        vectors = resources.embedder.embed(texts)
        if body.dimensions is not None:
            vectors = shortened(vectors, body.dimensions)
        encoding = load_encoding(_TOKENS)
        tokens = sum(len(encoding.encode_ordinary(text)) for text in texts)
        as_text = body.encoding_format == "base64"
        rows = [
            {
                "object": "embedding",
                "index": place,
                # Little-endian float32, as the SDK reads it.
                "embedding": base64.b64encode(row.astype("<f4").tobytes()).decode() if as_text else row.tolist(),
            }
            for place, row in enumerate(vectors)
        ]
        return _json(
            {"object": "list", "data": rows, "model": NAME, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
        )

    return blueprint


def _texts(given: str | list[str] | list[int] | list[list[int]]) -> list[str]:
    if not given or (not isinstance(given, str) and len(given) > MAX_TEXTS and not isinstance(given[0], int)):
        raise RequestError(f"input must be a text or 1 to {MAX_TEXTS} of them", param="input", code="invalid_value")
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], int):
        given = [given]
    texts = [text if isinstance(text, str) else _decoded(text) for text in given]
    if not all(texts):
        raise RequestError("input must not hold an empty text", param="input", code="invalid_value")
    return texts


def _decoded(tokens: list[int]) -> str:
    try:
        return load_encoding(_TOKENS).decode(tokens)
    except (KeyError, OverflowError):
        raise RequestError(
            f"input has tokens that {_TOKENS} does not know", param="input", code="invalid_value"
        ) from None


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
