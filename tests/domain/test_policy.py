"""Which threshold counts."""

from kefu.domain.knowledge import Risk
from kefu.domain.policy import AnswerPolicy, AnswerThreshold

GENERAL, STRICT = Risk.GENERAL, Risk.STRICT


def counts(policy: AnswerPolicy, risk: Risk, *, built_in: float = 0.8) -> float:
    return policy.threshold("zh", risk, evidence="meaning", built_in=built_in)


def test_where_nothing_is_said_the_built_in_threshold_stays() -> None:
    english = AnswerPolicy({"en": {GENERAL: AnswerThreshold(0.1)}})
    assert (counts(AnswerPolicy(), GENERAL), counts(english, GENERAL), counts(english, STRICT)) == (0.8, 0.8, 0.8)


def test_what_was_set_counts_whether_higher_or_lower() -> None:
    assert counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.6)}}), GENERAL) == 0.6
    assert counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.9)}}), GENERAL) == 0.9


def test_strict_is_never_less_than_general() -> None:
    policy = AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.9), STRICT: AnswerThreshold(0.7)}})
    assert (counts(policy, STRICT), counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.9)}}), STRICT)) == (0.9, 0.9)


def test_other_evidence_does_not_lower_the_built_in_threshold() -> None:
    measured = frozenset({"meaning_read"})
    assert counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.6, measured)}}), GENERAL) == 0.8
    assert counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.9, measured)}}), GENERAL) == 0.9
    assert counts(AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.6, measured | {"meaning"})}}), GENERAL) == 0.6


def test_new_thresholds_leave_what_they_do_not_name() -> None:
    old = AnswerPolicy({"zh": {GENERAL: AnswerThreshold(0.6), STRICT: AnswerThreshold(0.7)}})
    new = old.with_thresholds({"zh": {STRICT: AnswerThreshold(0.95)}, "en": {GENERAL: AnswerThreshold(0.5)}})
    assert new.thresholds == {
        "zh": {GENERAL: AnswerThreshold(0.6), STRICT: AnswerThreshold(0.95)},
        "en": {GENERAL: AnswerThreshold(0.5)},
    }
