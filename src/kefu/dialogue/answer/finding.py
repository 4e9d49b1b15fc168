"""Step 8a: a question becomes evidence: passages, quotes and a calibrated probability."""

import asyncio
from dataclasses import dataclass, replace

from kefu.dialogue.answer.evidence import measure
from kefu.dialogue.answer.listing import list_quotes, with_proofs
from kefu.dialogue.answer.quotes import Quote, rank_quotes
from kefu.dialogue.answer.rereading import reread
from kefu.dialogue.answer.settling import Disagreement, settle
from kefu.dialogue.calibrate import Calibrator, evidence_of
from kefu.dialogue.features import Features
from kefu.dialogue.guard.output import is_faithful
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Passage, Risk
from kefu.kit.text import normalise
from kefu.knowledge.port import KnowledgePort
from kefu.knowledge.reader import Reader
from kefu.knowledge.spelling.correction import Correction, apply
from kefu.knowledge.vocabulary import Vocabulary

PASSAGE_LIMIT = 8
TRUST_IN_CORRECTION = 0.95
"""A corrected question counts a little less than one that was typed so."""
FOREIGN_LIMIT = 3
"""Each unit of these is compared by meaning, which costs more than words."""
_END_MARKS = "?？!！。.…~～ \n\t"


@dataclass(frozen=True, slots=True)
class Finding:
    """``probability``: calibrated chance that the quotes answer the question; below ``threshold`` we abstain."""

    question: str
    language: Language
    passages: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    features: Features | None
    probability: float
    threshold: float
    vocabulary: Vocabulary | None = None
    """The words that the question was read with; None: the built-in terms alone."""
    corrections: tuple[Correction, ...] = ()
    """Slips that are put right in ``question``."""
    disagreement: Disagreement | None = None
    """Two documents that contradict each other in what is asked: both are quoted."""
    risk: Risk = Risk.GENERAL
    """Strict when one of the quoted documents is."""
    is_held_to_policy: bool = False
    """Whether ``threshold`` is the workspace's own."""

    @property
    def is_answerable(self) -> bool:
        return bool(self.quotes) and self.probability >= self.threshold


class Finder:
    """Searches a knowledge snapshot. The work is CPU-bound and runs in a thread."""

    def __init__(self, calibrator: Calibrator, reader: Reader) -> None:
        self._calibrator = calibrator
        self.reader = reader

    def using(self, reader: Reader) -> "Finder":
        return Finder(self._calibrator, reader)

    async def find(self, question: str, *, language: Language, index: KnowledgePort) -> Finding:
        return await asyncio.to_thread(self.find_now, question, language=language, index=index)

    def find_now(self, question: str, *, language: Language, index: KnowledgePort) -> Finding:
        """What the question finds as it was typed, or, when that is surer, with its slips put right.

        What is found does not depend on the workspace's policy, only whether it is said: so a policy can be chosen by
        what was found. Nor does it depend on the mark at the question's end, which a message that is cut into clauses loses.
        """
        return self._held_to_policy(self._find_best(without_end_mark(question), language, index), index)

    def _find_best(self, question: str, language: Language, index: KnowledgePort) -> Finding:
        typed = self._find(question, language, index)
        plain = normalise(question).text
        corrections = index.correct(plain, language=language)
        if not corrections:
            return typed
        meant = self._find(apply(plain, corrections), language, index)
        meant = replace(meant, probability=TRUST_IN_CORRECTION * meant.probability, corrections=corrections)
        return max(typed, meant, key=lambda finding: (finding.is_answerable, finding.probability))

    def contributions(self, features: Features, language: Language) -> dict[str, float]:
        """What raised and what lowered a probability, in log odds."""
        return self._calibrator.contributions(features, language)

    @staticmethod
    def _held_to_policy(found: Finding, index: KnowledgePort) -> Finding:
        policy = index.policy
        if policy is None or found.features is None or found.language not in policy.thresholds:
            return found
        least = policy.threshold(
            found.language, found.risk, evidence=evidence_of(found.features), built_in=found.threshold
        )
        return replace(found, threshold=least, is_held_to_policy=True)

    def _find(self, question: str, language: Language, index: KnowledgePort) -> Finding:
        """Passages in the asker's language first; another language only when they do not answer."""
        own = self._judge(question, index.search(question, language=language, limit=PASSAGE_LIMIT), language, index)
        if own.is_answerable or any(passage.chunk.language != language for passage in own.passages):
            return own
        others = index.search_others(question, language=language, limit=FOREIGN_LIMIT)
        foreign = self._judge(question, others, language, index)
        return foreign if foreign.is_answerable else own

    def _judge(self, question: str, found: list[Passage], language: Language, index: KnowledgePort) -> Finding:
        passages = tuple(found)

        def likeness(text: str, of: Language) -> float:
            return index.likeness(question, text, language=of) or 0.0

        vocabulary = index.vocabulary(language)
        ranking = rank_quotes(question, passages, language=language, likeness=likeness, vocabulary=vocabulary)
        ranking = reread(ranking, self.reader)
        listed = list_quotes(question, passages, language=language, index=index)
        passages = with_proofs(passages, listed)
        quotes = tuple(quote for quote in listed or ranking.choose() if _is_faithful(quote))
        settled = settle(quotes, ranking.candidates, vocabulary)
        if settled.outdated:
            outdated = {passage.chunk.document_key for passage in settled.outdated}
            kept = [passage for passage in found if passage.chunk.document_key not in outdated]
            return self._judge(question, kept, language, index)
        near = [likeness(quote.text, quote.passage.chunk.language) for quote in quotes]
        features = measure(ranking, passages, quotes, likeness=near)
        disagreement = settled.disagreement
        said = quotes if disagreement is None else (disagreement.one, disagreement.other)
        risk = Risk.STRICT if any(one.passage.chunk.risk is Risk.STRICT for one in said) else Risk.GENERAL
        return Finding(
            question,
            language,
            passages,
            said,
            features if quotes else None,
            self._calibrator.probability(features, language),
            self._calibrator.threshold(features, language, risk=risk),
            vocabulary,
            disagreement=disagreement,
            risk=risk,
        )


def without_end_mark(question: str) -> str:
    """The question as it is searched for and read; of nothing but marks, those."""
    return question.rstrip(_END_MARKS) or question


def _is_faithful(quote: Quote) -> bool:
    return is_faithful(quote.text, quote.passage.chunk, start=quote.start, end=quote.end)
