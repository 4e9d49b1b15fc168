"""How much speaks for the chosen quotes: scale-free features, so that they mean the same in any company's corpus."""

import math
from collections.abc import Sequence

from kefu.dialogue.answer.asked import Asked, asked_alike, heading, number_match, type_match, whole
from kefu.dialogue.answer.quotes import Quote, Ranking
from kefu.dialogue.answer.terms import CERTAIN, Indexed, coverage, indexed, strength
from kefu.dialogue.features import Features
from kefu.domain.knowledge import Passage

_LONG_QUESTION = 8
_ENOUGH = 4.0
_FULL_MERIT = 20.0
_ALONE = 5.0
"""Log odds ahead of nothing."""


def measure(
    ranking: Ranking, passages: Sequence[Passage], quotes: Sequence[Quote], *, likeness: Sequence[float] = ()
) -> Features:
    """Features of the answer that consists of these quotes; all zero without a quote.

    ``likeness``: cosine of the question with each quote; empty without an encoder.
    """
    if not quotes:
        return Features()
    asked = ranking.asked
    lead = quotes[0].passage
    rest = [passage for passage in passages if passage.chunk.document_key != lead.chunk.document_key]
    covered, quoted = _coverage(asked, whole(lead)), "\n".join(quote.text for quote in quotes)
    own, other = _merits(ranking, lead)
    return Features(
        top=lead.score,
        lexical=lead.lexical,
        semantic=lead.semantic,
        margin=_margin(lead, rest),
        passage_coverage=covered,
        quote_coverage=_coverage(asked, indexed(quoted)),
        rarest=_rarest(asked, whole(lead)),
        uncovered=_uncovered(asked, passages),
        numbers=number_match(asked, quoted),
        agreement=_agreement(passages),
        type_match=type_match(asked, quoted, lead.chunk.language),
        quoted=min(1.0, max(0.0, *likeness)) if likeness else 0.0,
        nearest=max(passage.semantic for passage in passages),
        alike=max(asked_alike(asked.text, quote.passage) for quote in quotes),
        heading=_coverage(asked, heading(lead)),
        coverage_margin=0.5 + (covered - max((_coverage(asked, whole(one)) for one in rest), default=0.0)) / 2,
        merit=min(1.0, max(0.0, own / _FULL_MERIT)),
        lead=_share(own - other),
        matched=1 - math.exp(-_matched(asked, whole(lead)) / _ENOUGH),
        length=min(1.0, len(asked.terms) / _LONG_QUESTION),
        foreign=float(lead.chunk.language != asked.language),
        meant=float(_is_meant(passages)),
        **_reading(ranking, quotes),
    )


def _reading(ranking: Ranking, quotes: Sequence[Quote]) -> dict[str, float]:
    """What the reader said of the quotes, and of the pieces of other documents; nothing where none was read."""
    documents = {quote.passage.chunk.document_key for quote in quotes}
    read = [(one.quote, one.read) for one in ranking.candidates if one.read is not None]
    own = [logit for quote, logit in read if quote in quotes]
    if not own:
        return {"was_read": float(bool(read))}
    others = [logit for quote, logit in read if quote.passage.chunk.document_key not in documents]
    ahead = max(own) - max(others, default=max(own) - _ALONE)
    return {"read": _share(max(own)), "read_lead": _share(ahead), "was_read": 1.0}


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _merits(ranking: Ranking, lead: Passage) -> tuple[float, float]:
    """Selection score (log odds) of the lead's document and of the best other one."""
    best: dict[bool, float] = {}
    for candidate in ranking.candidates:
        best.setdefault(candidate.quote.passage.chunk.document_key == lead.chunk.document_key, candidate.score)
    own = best.get(True, 0.0)
    return own, best.get(False, own - _ALONE)


def _margin(lead: Passage, rest: Sequence[Passage]) -> float:
    best = max((passage.score for passage in rest), default=0.0)
    return max(0.0, lead.score - best) / lead.score if lead.score > 0 else 0.0


def _coverage(asked: Asked, text: Indexed) -> float:
    return coverage((strength(term, text) for term in asked.terms), asked.weights)


def _matched(asked: Asked, text: Indexed) -> float:
    return sum(strength(term, text) * weight for term, weight in zip(asked.terms, asked.weights, strict=True))


def _rarest(asked: Asked, text: Indexed) -> float:
    """Weakest strength among the terms of the highest weight."""
    top = max(asked.weights, default=0.0)
    pairs = zip(asked.terms, asked.weights, strict=True)
    return min((strength(term, text) for term, weight in pairs if weight >= 0.99 * top), default=0.0)


def _uncovered(asked: Asked, passages: Sequence[Passage]) -> float:
    total = sum(term.topic for term in asked.terms)
    if not total:
        return 1.0
    texts = [whole(passage) for passage in passages]
    missing = (term.topic for term in asked.terms if all(strength(term, text) < CERTAIN for text in texts))
    return sum(missing) / total


def _agreement(passages: Sequence[Passage]) -> float:
    if not _is_meant(passages):
        return 0.5
    by_words = max(passages, key=lambda passage: passage.lexical)
    by_sense = max(passages, key=lambda passage: passage.semantic)
    return float(by_words.chunk.document_key == by_sense.chunk.document_key)


def _is_meant(passages: Sequence[Passage]) -> bool:
    return any(passage.semantic > 0 for passage in passages)
