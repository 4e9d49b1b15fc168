"""Passages that say the same, and sentences that say opposite things: pairs of different documents in one language."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kefu.dialogue.answer.conflicts import Claimed, find_conflict
from kefu.dialogue.answer.units import UnitKind, units_of
from kefu.dialogue.events import Contradiction
from kefu.domain.improving import FindingDraft, FindingKind
from kefu.domain.knowledge import Availability, Chunk
from kefu.kit.jsonvalue import JsonObject
from kefu.kit.text import normalise
from kefu.knowledge.chunking import size_of
from kefu.knowledge.embedding import NullEmbedder
from kefu.knowledge.vocabulary import Vocabulary
from kefu.services.improving.likeness import Floats, Wording, to_vectors
from kefu.services.improving.subjects import conflict_to_json, contradiction_draft, heading_of, of_chunk, to_draft

SAME = 0.8
"""Share of their character runs (Jaccard) from which on two passages are the same text twice."""
_SHORTEST = 20.0
_CHUNKS_NEAR, _SENTENCES_NEAR = 0.6, 0.35
"""Likeness by words below which a pair is not looked at."""
_NEIGHBOURS = 24
"""Sentences that each sentence is held against at most."""
_BLOCK = 512
_RUN = {"zh": 3, "en": 6}
_GAP = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece that may be quoted, in its passage. Table rows differ from one another by design and are left out."""

    chunk: Chunk
    claimed: Claimed


def find_duplicates(chunks: Sequence[Chunk], vocabulary: Vocabulary) -> Iterator[FindingDraft]:
    """Passages that were written twice."""
    long = [chunk for chunk in chunks if size_of(chunk.text) >= _SHORTEST]
    words = _words([chunk.text for chunk in long], vocabulary)
    runs = [_runs(chunk) for chunk in long]
    for place, other in _near(words, least=_CHUNKS_NEAR):
        one, two = long[place], long[other]
        shared = len(runs[place] & runs[other]) / (len(runs[place] | runs[other]) or 1)
        if one.document_key != two.document_key and shared >= SAME:
            evidence: JsonObject = {"one": one.text, "other": two.text, "likeness": round(shared, 3)}
            subjects = of_chunk(one), of_chunk(two)
            yield to_draft(FindingKind.DUPLICATE, subjects, evidence, named=(one.text, two.text))


def to_sentences(chunks: Sequence[Chunk]) -> list[Sentence]:
    return [
        Sentence(chunk, Claimed(unit.text, heading_of(chunk), chunk.text))
        for chunk in chunks
        for unit in units_of(chunk)
        if unit.kind is not UnitKind.ROW
    ]


def find_contradictions(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> Iterator[FindingDraft]:
    """Sentences of two documents that one reader may see at one time and that cannot both hold."""
    words = _words([f"{one.claimed.heading} {one.claimed.text}" for one in sentences], vocabulary)
    for place, other in _near(words, least=_SENTENCES_NEAR):
        one, two = sentences[place], sentences[other]
        if one.chunk.document_key == two.chunk.document_key or not _may_meet(one.chunk, two.chunk):
            continue
        conflict = find_conflict(one.claimed, two.claimed, vocabulary)
        if conflict is not None:
            found = Contradiction(
                kind=conflict.kind.value,
                chunks=(one.chunk, two.chunk),
                quotes=(one.claimed.text, two.claimed.text),
                says=(conflict.one_says, conflict.other_says),
            )
            yield contradiction_draft(conflict_to_json(found))


def _may_meet(one: Chunk, other: Chunk) -> bool:
    """Whether the two are for the same readers, at overlapping times: other words for members are no contradiction."""
    first, second = one.availability, other.availability
    return first.segments == second.segments and _begins_before(first, second) and _begins_before(second, first)


def _begins_before(one: Availability, other: Availability) -> bool:
    return one.valid_from is None or other.valid_until is None or one.valid_from < other.valid_until


def _words(texts: Sequence[str], vocabulary: Vocabulary) -> Floats:
    wordings = [Wording(text, vocabulary.language) for text in texts]
    return to_vectors(wordings, embedder=NullEmbedder(), vocabularies={vocabulary.language: vocabulary}).words


def _near(rows: Floats, *, least: float) -> Iterator[tuple[int, int]]:
    """Pairs (lower place first) at least so like, each row with its nearest neighbours only; each pair once."""
    seen: set[tuple[int, int]] = set()
    for start in range(0, len(rows), _BLOCK):
        like = rows[start : start + _BLOCK] @ rows.T
        for row, values in enumerate(like, start=start):
            values[row] = -1.0
            near = np.flatnonzero(values >= least)
            for other in near[np.argsort(-values[near], kind="stable")[:_NEIGHBOURS]]:
                pair = (min(row, int(other)), max(row, int(other)))
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def _runs(chunk: Chunk) -> frozenset[str]:
    """Overlapping runs of characters, without spaces and marks (Broder 1997)."""
    plain, size = _GAP.sub("", normalise(chunk.text).text), _RUN[chunk.language]
    return frozenset(plain[place : place + size] for place in range(max(1, len(plain) - size + 1)))
