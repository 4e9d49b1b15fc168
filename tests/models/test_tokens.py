"""Counting without a vocabulary: on the careful side, and corrected by what a model reports."""

import pytest

from kefu.domain.model import ModelRequest, Prompt, Role, Tier, Usage
from kefu.models.tokens import TokenMeter, estimate_request, estimate_tokens

REQUEST = ModelRequest((Prompt(Role.SYSTEM, "Answer from the passages only."), Prompt(Role.USER, "退款多久到账？")))


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        # The largest count of cl100k, two vocabularies of Qwen and DeepSeek's.
        ("订单 W2378156 的退款 99.50 元会在 3 个工作日内原路退回，请您留意银行短信通知。", 43),
        ("Your refund of 99.50 for order W2378156 goes back to the card within three working days.", 29),
    ],
)
def test_a_count_is_not_below_what_public_vocabularies_need(text: str, counted: int) -> None:
    assert estimate_tokens(text) >= 0.95 * counted
    assert estimate_tokens(text) <= 2 * counted


def test_an_empty_text_costs_nothing() -> None:
    assert estimate_tokens("") == 0


def test_a_model_that_needs_more_is_believed_at_once() -> None:
    meter = TokenMeter()
    meter.learn("large-vocabulary", REQUEST, Usage(prompt_tokens=estimate_request(REQUEST) * 3 // 2))
    assert meter.count("退款" * 50, tier=Tier.STANDARD) > 1.4 * estimate_tokens("退款" * 50)
    assert meter.factor(Tier.ECONOMY) == 1.0


def test_a_model_that_needs_less_is_believed_after_some_calls_and_never_below_the_largest() -> None:
    meter = TokenMeter()
    guessed = estimate_request(REQUEST)
    for share in (0.5, 0.6):
        meter.learn("small", REQUEST, Usage(prompt_tokens=round(guessed * share)))
    assert meter.factor(Tier.STANDARD) == 1.0
    meter.learn("small", REQUEST, Usage(prompt_tokens=round(guessed * 0.5)))
    assert meter.factor(Tier.STANDARD) == pytest.approx(0.6, abs=0.02)


def test_a_guess_teaches_nothing() -> None:
    meter = TokenMeter()
    meter.learn("silent", REQUEST, Usage(prompt_tokens=9000, is_estimated=True))
    meter.learn("silent", REQUEST, Usage(prompt_tokens=0))
    assert meter.factor(Tier.STANDARD) == 1.0


def test_each_model_has_its_own_correction() -> None:
    meter = TokenMeter()
    meter.learn("first", REQUEST, Usage(prompt_tokens=estimate_request(REQUEST) * 2))
    meter.learn("second", REQUEST, Usage(prompt_tokens=estimate_request(REQUEST)))
    assert meter.factor(Tier.STANDARD) == pytest.approx(1.0, abs=0.01)
