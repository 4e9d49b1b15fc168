"""How sure an answer must be: what a workspace has set in place of the built-in thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Risk
from kefu.kit.jsonvalue import JsonObject


@dataclass(frozen=True, slots=True)
class AnswerThreshold:
    """The least probability of an answer that is given.

    ``evidence``: the kinds of evidence that it was measured on; none when a person has set it.
    """

    probability: float
    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """By language of the question and risk of what is quoted; where nothing is said, the built-in threshold stays."""

    thresholds: Mapping[Language, Mapping[Risk, AnswerThreshold]] = field(default_factory=dict)

    def find(self, language: Language, risk: Risk) -> AnswerThreshold | None:
        return self.thresholds.get(language, {}).get(risk)

    def threshold(self, language: Language, risk: Risk, *, evidence: str, built_in: float) -> float:
        """What counts for an answer with this evidence, where the built-in threshold is ``built_in``.

        On evidence that nobody has measured (the encoder is away) the higher of both counts, and what is strict is
        never held to less than what is general.
        """
        found = self.find(language, risk)
        if found is None:
            least = built_in
        elif found.evidence and evidence not in found.evidence:
            least = max(built_in, found.probability)
        else:
            least = found.probability
        if risk is Risk.GENERAL or (general := self.find(language, Risk.GENERAL)) is None:
            return least
        return max(least, general.probability)

    def with_thresholds(self, thresholds: Mapping[Language, Mapping[Risk, AnswerThreshold]]) -> "AnswerPolicy":
        """This policy with these in the place of its own; what they do not name stays."""
        languages = dict.fromkeys((*self.thresholds, *thresholds))
        merged = {one: {**self.thresholds.get(one, {}), **thresholds.get(one, {})} for one in languages}
        return AnswerPolicy(merged)


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy in force: who set it, when, on which knowledge; ``report`` is that of its calibration, if it has one."""

    policy: AnswerPolicy
    set_by: str
    set_at: datetime
    knowledge_version: int
    encoder: str
    report: JsonObject | None = None
