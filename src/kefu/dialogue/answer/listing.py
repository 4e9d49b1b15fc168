"""A question for all that have something is answered with the sentence, item or row that proves each of them."""

from collections.abc import Sequence

from kefu.dialogue.answer.asked import likeness
from kefu.dialogue.answer.quotes import Quote
from kefu.dialogue.answer.units import LIMITS
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage
from kefu.knowledge.port import KnowledgePort, Proven

_FEWEST = 2
"""One proof is a quote like any other, and chosen as such."""
_SAME = 0.5
_LONGEST = 4
"""Times the length of one quote."""


def list_quotes(
    question: str, passages: Sequence[Passage], *, language: Language, index: KnowledgePort
) -> tuple[Quote, ...]:
    """The proofs of a list that the graph knows, in the documents' order; empty for any other question.

    ``passages``: what was found for the question. A proof that lies in none of them comes with its own.
    """
    known = {passage.chunk.id: passage for passage in passages}
    chosen: list[tuple[Proven, Quote]] = []
    length = 0
    for member in index.look_up(question, language=language):
        quote = _to_quote(member, known)
        if not any(_repeats(member, quote, *one) for one in chosen):
            chosen.append((member, quote))
            length += len(quote.text)
    if len(chosen) < _FEWEST or length > _LONGEST * LIMITS[language]:
        return ()
    return tuple(quote for _, quote in chosen)


def with_proofs(passages: Sequence[Passage], quotes: Sequence[Quote]) -> tuple[Passage, ...]:
    """The passages, and those of the quotes that are not among them."""
    found = {passage.chunk.id for passage in passages}
    added = {quote.passage.chunk.id: quote.passage for quote in quotes if quote.passage.chunk.id not in found}
    return (*passages, *added.values())


def _to_quote(member: Proven, known: dict[str, Passage]) -> Quote:
    chunk = member.chunk
    found = known.get(chunk.id)
    passage = found or Passage(chunk, score=member.score, lexical=0.0, semantic=0.0, graph=member.score)
    return Quote(passage, member.sentence, member.start, member.end)


def _repeats(member: Proven, quote: Quote, other: Proven, chosen: Quote) -> bool:
    """Whether the same place proves both, or two documents say the same of one thing."""
    if quote.passage.chunk.document_id == chosen.passage.chunk.document_id:
        return quote.start < chosen.end and chosen.start < quote.end
    one, two = member.name, other.name
    return (one in two or two in one) and likeness(quote.text, chosen.text) >= _SAME
