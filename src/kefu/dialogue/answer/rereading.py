"""The likeliest pieces are read together with the question, which tells what words and vectors cannot."""

from dataclasses import replace

from kefu.dialogue.answer.quotes import Candidate, Ranking
from kefu.knowledge.reader import Reader

READ = 3
"""Pieces that are read: what stands further behind is hardly ever the answer, and each costs about 4 ms."""
TRUST = 0.5
"""What a reader's log odds count beside those of the ranking: of our own questions the right document came first in 91.5 %
(zh) and 84.3 % (en) with it, 90.4 and 82.1 without; at 1 or at .25 in fewer. Of passages in another language they say
whether one answers, but not which: there the order stays."""
_MOST = 6.0


def reread(ranking: Ranking, reader: Reader) -> Ranking:
    """The ranking as reading changes it; pieces that were not read stand behind those that were."""
    first = ranking.candidates[:READ]
    logits = reader.read(ranking.asked.text, [candidate.statement for candidate in first]) if first else None
    if not logits:
        return ranking
    is_foreign = any(one.quote.passage.chunk.language != ranking.asked.language for one in first)
    trust = 0.0 if is_foreign else TRUST
    read = [_weighed(one, logit, trust, read=logit) for one, logit in zip(first, logits, strict=True)]
    rest = [_weighed(one, min(logits), trust, read=None) for one in ranking.candidates[READ:]]
    return replace(ranking, candidates=tuple(sorted([*read, *rest], key=lambda one: one.score, reverse=True)))


def _weighed(candidate: Candidate, logit: float, trust: float, *, read: float | None) -> Candidate:
    return replace(candidate, score=candidate.score + trust * min(_MOST, max(-_MOST, logit)), read=read)
