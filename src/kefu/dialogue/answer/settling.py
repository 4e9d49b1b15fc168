"""When two documents that answer a question contradict each other: the newer validity wins, else both are shown.

Pure: the same quotes, passages and dates give the same result. A validity is declared by ``valid_from``; a document
without one has held since ever. Of two that are declared alike neither is known to be right, and the customer is told both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kefu.dialogue.answer.conflicts import Claimed, Conflict, find_conflict
from kefu.dialogue.answer.quotes import Candidate, Quote
from kefu.dialogue.events import Contradiction
from kefu.domain.knowledge import Chunk, Passage
from kefu.knowledge.vocabulary import Vocabulary

_QUOTABLE = 2.5
"""So far behind the best (log odds) a piece may be and still have answered."""
_CONSIDERED = 12
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two quotes that cannot both hold, and in what."""

    one: Quote
    other: Quote
    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Settled:
    """``outdated``: passages of documents that a newer one overrules; ``disagreement``: what nobody has decided."""

    outdated: tuple[Passage, ...] = ()
    disagreement: Disagreement | None = None


def settle(quotes: Sequence[Quote], candidates: Sequence[Candidate], vocabulary: Vocabulary) -> Settled:
    """Hold the first quote against the other pieces that could have answered; ``candidates`` are best first."""
    if not quotes or quotes[0].passage.chunk.language != vocabulary.language:
        return Settled()
    lead = quotes[0]
    best = next((one.score for one in candidates if one.quote == lead), 0.0)
    for candidate in candidates[:_CONSIDERED]:
        other = candidate.quote
        if best - candidate.score > _QUOTABLE:
            break
        if other.passage.chunk.document_key == lead.passage.chunk.document_key:
            continue
        conflict = find_conflict(_claimed(lead), _claimed(other), vocabulary)
        if conflict is not None:
            return _decide(Disagreement(lead, other, conflict))
    return Settled()


def to_contradiction(found: Disagreement) -> Contradiction:
    """What a turn tells the owner of it."""
    one, other = found.one, found.other
    return Contradiction(
        kind=found.conflict.kind.value,
        chunks=(one.passage.chunk, other.passage.chunk),
        quotes=(one.text, other.text),
        says=(found.conflict.one_says, found.conflict.other_says),
    )


def _decide(found: Disagreement) -> Settled:
    one, other = _since(found.one.passage.chunk), _since(found.other.passage.chunk)
    if one == other:
        return Settled(disagreement=found)
    return Settled(outdated=((found.other if other < one else found.one).passage,))


def _since(chunk: Chunk) -> datetime:
    return chunk.availability.valid_from or _EVER


def _claimed(quote: Quote) -> Claimed:
    chunk = quote.passage.chunk
    heading = chunk.questions[0] if chunk.questions else " ".join((chunk.title, *chunk.heading_path))
    return Claimed(quote.text, heading, chunk.text)
