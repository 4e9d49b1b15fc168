"""``python -m evals.retrieval``: our search on public sets and on the demo's own questions.

Recall at 1 of the shipped fusion, of words alone and of meaning alone, with the gate: fused is at most half a point
under the better side on every set (or one query, where a set is so small that a query weighs more: τ³ has 92). The
baselines of the project's data study are printed beside them.

``python -m evals.retrieval NAME...`` measures only these sets.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.retrieval.converters import SETS
from evals.retrieval.place import find_data
from kefu.knowledge.embedding import Embedder, create_embedder
from kefu.services.evaluation.reading import read_corpus, read_questions
from kefu.services.evaluation.retrieval import RetrievalFigures, Side, evaluate_retrieval
from kefu.storage.vector_port import MemoryVectors

TOLERANCE = 0.005
_SIDES: tuple[Side, ...] = ("fused", "lexical", "semantic")
_BASELINE = {"xquad-en": 94.5, "stackfaq": 96.9, "banking77-faq": 75.2, "tau3-banking": 34.6, "xquad-zh": 94.3}
"""Best R@1 of reference/data.md §2.4. τ³: 78 openings cut another way than ours (92)."""


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    figures: dict[Side, RetrievalFigures]

    @property
    def gap(self) -> float:
        """How far the fused recall at 1 is under the better side; negative when it is above."""
        best = max(self.figures[side].recall_at_1 for side in self.figures)
        return best - self.figures["fused"].recall_at_1

    @property
    def is_worse(self) -> bool:
        return self.gap > max(TOLERANCE, 1 / self.figures["fused"].n) + 1e-9


def measure(name: str, corpus: Path, queries: Path, *, embedder: Embedder) -> Result:
    sides = _SIDES if name in _english() else _SIDES[:2]
    documents, asked = read_corpus(corpus), read_questions(queries)
    vectors = MemoryVectors(dimension=embedder.dimension)
    figures = {
        side: evaluate_retrieval(documents, asked, embedder=embedder, side=side, vectors=vectors) for side in sides
    }
    return Result(name, figures)


def main() -> int:
    data = find_data()
    if data is None:
        return 0
    embedder = create_embedder()
    print(f"{'set':14} {'n':>5}  {'R@1':>5} {'R@5':>5} {'R@10':>5} {'MRR':>5} {'nDCG':>5}  {'words':>5} {'mean.':>5}  "
          f"{'ref.':>5}  {'p50':>5} {'p95 ms':>6}")  # fmt: skip
    failed = False
    with TemporaryDirectory() as folder:
        for name in sys.argv[1:] or SETS:
            result = measure(name, *SETS[name](data).write(Path(folder), name), embedder=embedder)
            failed = failed or result.is_worse
            print(_line(result), flush=True)
    return int(failed)


def _line(result: Result) -> str:
    fused = result.figures["fused"]
    shares = (fused.recall_at_1, fused.recall_at_5, fused.recall_at_10, fused.mrr_at_10, fused.ndcg_at_10)
    words = result.figures["lexical"].recall_at_1
    meaning = result.figures.get("semantic")
    return (
        f"{result.name:14} {fused.n:5}  {' '.join(f'{share * 100:5.1f}' for share in shares)}  {words * 100:5.1f} "
        f"{'    –' if meaning is None else f'{meaning.recall_at_1 * 100:5.1f}'}  {_BASELINE.get(result.name, 0):5.1f}  "
        f"{fused.p50_ms:5.1f} {fused.p95_ms:6.1f}{'  WORSE THAN ONE SIDE' if result.is_worse else ''}"
    )


def _english() -> frozenset[str]:
    return frozenset({"xquad-en", "stackfaq", "banking77-faq", "tau3-banking"})


if __name__ == "__main__":
    sys.exit(main())
