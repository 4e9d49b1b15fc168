"""One score from words and meaning.

Both sides are absolute before they meet, so a score means the same in an index of ten chunks and of ten thousand:
lexical is the share of the query covered (see lexical.py), semantic the cosine, negative ones counting as 0. The weight
of meaning depends on the language and on what is matched (a question against questions, or against a page). A long text
is never covered as well as a question that is worded alike, so a page's score s becomes 1 - (1 - s) ** exponent.

All numbers were chosen on validation data and lie in fusion.json with how. Ranks are never fused: RRF loses up to 12
points where one side is weak (``python -m evals.retrieval`` prints it beside ours).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import numpy as np
import orjson

from kefu.domain.conversation import Language
from kefu.knowledge.grouping import Places, Scores


class Target(StrEnum):
    """What a query is matched with."""

    QUESTION = "question"
    """A FAQ, or a text as short as a question."""
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Floor:
    """A score under it is no find. ``mixed``: where meaning speaks as well; ``lexical``: where only words do."""

    mixed: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Blend:
    """How the chunks of one language are scored: one weight and one exponent a chunk, float32 [chunks]."""

    weights: Scores
    exponents: Scores
    floor: Floor

    def score(self, lexical: Scores, cosines: Scores | None) -> Scores:
        """Float32 [chunks] in [0, 1]; without cosines, words decide alone."""
        mixed = lexical
        if cosines is not None:
            mixed = lexical + self.weights * (np.clip(cosines, 0.0, 1.0) - lexical)
        scores: Scores = (1 - (1 - mixed) ** self.exponents).astype(np.float32)
        return scores

    def of(self, chunks: Places) -> "Blend":
        """The numbers of some chunks alone."""
        return Blend(self.weights[chunks], self.exponents[chunks], self.floor)


@dataclass(frozen=True, slots=True)
class Fusion:
    """The fitted numbers, by language."""

    version: int
    semantic_weight: dict[Language, dict[Target, float]]
    page_exponent: dict[Language, float]
    floor: Floor
    across: float
    """Weight of meaning between a question in one language and a chunk in another: words are names and numbers there."""
    graph: float
    """What a sure lead of the knowledge graph takes of the way from a score to 1 (evals/graph)."""

    def blend_across(self, chunks: int) -> Blend:
        """The numbers for so many chunks that are not in the question's language."""
        return Blend(
            weights=np.full(chunks, self.across, dtype=np.float32),
            exponents=np.ones(chunks, dtype=np.float32),
            floor=self.floor,
        )

    def blend(self, language: Language, targets: Sequence[Target]) -> Blend:
        """The numbers for chunks of these kinds."""
        exponent = {Target.QUESTION: 1.0, Target.PAGE: self.page_exponent[language]}
        weight = self.semantic_weight[language]
        return Blend(
            weights=np.array([weight[target] for target in targets], dtype=np.float32),
            exponents=np.array([exponent[target] for target in targets], dtype=np.float32),
            floor=self.floor,
        )


def load_fusion() -> Fusion:
    """Read the artefact that ships with this package."""
    raw = orjson.loads(files("kefu.knowledge").joinpath("fusion.json").read_bytes())
    languages: tuple[Language, ...] = ("zh", "en")
    return Fusion(
        version=int(raw["version"]),
        semantic_weight={
            language: {target: float(raw["semantic_weight"][language][target]) for target in Target}
            for language in languages
        },
        page_exponent={language: float(raw["page_exponent"][language]) for language in languages},
        floor=Floor(mixed=float(raw["floor"]["mixed"]), lexical=float(raw["floor"]["lexical"])),
        across=float(raw["across"]),
        graph=float(raw["graph"]),
    )
