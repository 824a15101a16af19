"""Quality and speed of retrieval: `python -m tests.benchmarks.retrieval [DOCS]`.

Quality on the Python FAQ (each question to its answer without the question as heading), on sections of the Python
documentation and on 20 Newsgroups; wrong refusals and wrong answers with 95 % Wilson intervals; then the seconds of
whole processes that index 100,000 short documents and answer 1,000 queries. DOCS is the folder of the documentation's
sources, where it is not Debian's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from advisor.evaluation.relevance import least_similarity
from advisor.evaluation.retrieval_scores import hit_at, ranked_sources, reciprocal_rank
from advisor.evaluation.search_index import HYBRID, VECTORS, WORDS, SearchIndex
from advisor.tuning.embedding import MiniLM, installed_embedder
from tests.benchmarks.retrieval_sets import PYTHON_DOCS, Questions, faq, news, off_topic, sections

DOCUMENTS = 100_000
QUERIES = 1_000
VOCABULARY = 50_000
MOST_EMBEDDED = 3_000  # chunks; more take minutes on a CPU
Z = 1.96


def main() -> None:
    """Print the tables."""
    docs = Path(sys.argv[1]) if len(sys.argv) > 1 else PYTHON_DOCS
    if docs.is_dir():
        quality([faq(docs), *(sections(docs, folder) for folder in ("library", "howto", "reference")), news()])
        refusals(docs)
    else:
        print(f"no documentation in {docs}: apt-get install python3.11-doc, or name its folder")
    speed()


def quality(sets: Sequence[Questions]) -> None:
    """hit@1, hit@5 and MRR of every method."""
    print(f"{'set':24}{'chunks':>8}{'questions':>10}  {'method':9}{'hit@1':>7}{'hit@5':>7}{'MRR':>7}")
    for questions in sets:
        index, vectors = indexed(questions, questions.questions)
        for method in (WORDS, VECTORS, HYBRID) if vectors is not None else (WORDS,):
            found = index.search(questions.questions, 50, vectors=vectors, method=method)
            ranks = [
                (ranked_sources([hit.chunk for hit in one.hits], {gold}), {gold})
                for one, gold in zip(found, questions.gold, strict=True)
            ]
            scores = [np.mean([hit_at(*rank, k) for rank in ranks]) for k in (1, 5)]
            scores.append(np.mean([reciprocal_rank(*rank) for rank in ranks]))
            size = f"{len(questions.chunks):>8,}{len(questions.questions):>10,}"
            print(f"{questions.name:24}{size}  {method:9}" + "".join(f"{score:7.3f}" for score in scores))


def refusals(docs: Path) -> None:
    """How often there is no answer though there is one, and an answer though there is none."""
    print(f"\n{'wrong refusals and wrong answers':60}{'method':9}{'share':>7}   95 % interval")
    for name, questions in (
        ("refused: Python FAQ", faq(docs, with_question=True)),
        ("refused: Python FAQ without the question as heading", faq(docs)),
        ("refused: sections of howto", sections(docs, "howto")),
        ("refused: 20 Newsgroups", news()),
    ):
        told(name, questions, questions.questions, relevant=True)
    for name, questions, asked in off_topic(docs):
        told(f"answered: {name}", questions, asked, relevant=False)


def told(name: str, questions: Questions, asked: Sequence[str], *, relevant: bool) -> None:
    """Print the share of wrong decisions, by words and with vectors."""
    index, vectors = indexed(questions, asked)
    for method in (WORDS, HYBRID) if vectors is not None else (WORDS,):
        found = index.search(asked, 5, vectors=vectors, method=method)
        wrong = sum(one.relevant != relevant for one in found)
        low, high = wilson(wrong, len(found))
        print(f"{name:60}{method:9}{wrong / len(found):7.3f}   {low:.3f} to {high:.3f} (n={len(found)})")


def indexed(questions: Questions, asked: Sequence[str]) -> tuple[SearchIndex, np.ndarray | None]:
    """The index of a set with vectors where MiniLM is installed, and the vectors of what is asked."""
    embedder = installed_embedder()
    if not isinstance(embedder, MiniLM) or len(questions.chunks) > MOST_EMBEDDED:
        return SearchIndex(questions.chunks), None
    texts = ["\n".join((" > ".join(chunk.headings), chunk.text)) for chunk in questions.chunks]
    index = SearchIndex(questions.chunks, embedder.embed(texts), least_similarity(embedder.what))
    return index, embedder.embed(list(asked))


def wilson(count: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    share = count / whole
    middle = (share + Z**2 / (2 * whole)) / (1 + Z**2 / whole)
    half = Z / (1 + Z**2 / whole) * (share * (1 - share) / whole + Z**2 / (4 * whole**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def speed() -> None:
    """Seconds of whole processes, imports and reading of the texts included; best of three."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.json"
        path.write_text(json.dumps([zipf_texts(rng, DOCUMENTS, 20, 60), zipf_texts(rng, QUERIES, 5, 12)]))
        seconds = {part: min(_timed(part, path) for _ in range(3)) for part in ("index", "answer")}
    print(f"\nindex {DOCUMENTS:,} short documents  {seconds['index']:5.2f} s   (goal 5)")
    print(f"answer {QUERIES:,} queries, top 10   {seconds['answer'] - seconds['index']:5.2f} s   (goal 4)")


def zipf_texts(rng: np.random.Generator, count: int, least: int, most: int) -> list[str]:
    """Texts of made-up words whose frequencies follow Zipf's law."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = np.array(
        ["".join(letters[[number // 26**place % 26 for place in range(4)]]) for number in range(VOCABULARY)]
    )
    lengths = rng.integers(least, most, count)
    shares = 1 / np.arange(1, VOCABULARY + 1)
    drawn = words[rng.choice(VOCABULARY, int(lengths.sum()), p=shares / shares.sum())]
    return [" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]


def _timed(part: str, path: Path) -> float:
    code = (
        "import json, sys; from advisor.evaluation.chunks import Chunk\n"
        "from advisor.evaluation.search_index import SearchIndex\n"
        "texts, queries = json.loads(open(sys.argv[2]).read())\n"
        "index = SearchIndex([Chunk(str(n), str(n), (), text) for n, text in enumerate(texts)])\n"
        "if sys.argv[1] == 'answer': index.search(queries, 10)\n"
    )
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, part, str(path)], check=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
