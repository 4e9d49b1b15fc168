"""Our BM25 gives the scores of the library that it follows, number for number."""

import random

import bm25s  # type: ignore[import-untyped]
import numpy as np

from kefu.knowledge.coverage import K1, NUMBER, B, Coverage, TermNumbers, to_coverage

WORDS = [f"w{number}" for number in range(60)]


def texts(count: int) -> list[list[str]]:
    draw = random.Random(7)
    return [draw.choices(WORDS, weights=range(60, 0, -1), k=draw.randint(0, 40)) for _ in range(count)]


def test_scores_are_those_of_bm25s() -> None:
    corpus = [*texts(300), ["only", "here"]]
    library = bm25s.BM25(k1=K1, b=B, method="lucene")
    library.index(corpus, show_progress=False)
    ours = to_coverage(corpus)
    for query in (["w0", "w59", "w7"], ["w3", "here", "w3"], WORDS):
        unique = list(dict.fromkeys(query))
        theirs = library.get_scores(unique)
        share = ours.score(query)
        assert np.array_equal(share > 0, theirs > 0)
        most = theirs[share > 0] / share[share > 0]
        assert np.allclose(most, most[0], rtol=1e-6)


def test_a_term_that_came_with_a_newer_snapshot_is_unknown_to_the_older() -> None:
    terms = TermNumbers()
    lengths = np.array([2], dtype=NUMBER)
    older = Coverage(np.frombuffer(terms.add(["refund", "day"]), dtype=NUMBER), lengths, terms)
    before = older.score(["refund", "parcel"])
    newer = Coverage(np.frombuffer(terms.add(["refund", "parcel"]), dtype=NUMBER), lengths, terms)
    assert np.array_equal(older.score(["refund", "parcel"]), before)
    assert newer.score(["refund", "parcel"])[0] > before[0]
