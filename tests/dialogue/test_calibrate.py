"""The shipped calibration, and what a calibrator does with numbers."""

import json
from dataclasses import fields, replace
from importlib.resources import files
from typing import get_args

import pytest

from kefu.dialogue.calibrate import Calibrator, Evidence
from kefu.dialogue.features import Features
from kefu.domain.conversation import Language
from kefu.domain.knowledge import Risk

SURE = Features(**{field.name: 0.9 for field in fields(Features)} | {"uncovered": 0.0, "foreign": 0.0})
UNSURE = Features(top=0.2, lexical=0.2, uncovered=0.7, coverage_margin=0.5)
LANGUAGES: list[Language] = ["zh", "en"]


def artefact() -> dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]]:
    loaded: dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]] = json.loads(
        files("kefu.dialogue").joinpath("calibration.json").read_text(encoding="utf-8")
    )
    return loaded


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_evidence_is_more_probable(language: Language) -> None:
    calibrator = Calibrator.load()

    assert calibrator.probability(SURE, language) >= calibrator.threshold(SURE, language)
    assert calibrator.probability(UNSURE, language) < calibrator.threshold(UNSURE, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_feature_works_against_its_meaning(language: Language) -> None:
    calibrator = Calibrator.load()
    base = calibrator.probability(UNSURE, language)

    assert calibrator.probability(replace(UNSURE, top=0.6), language) >= base
    assert calibrator.probability(replace(UNSURE, uncovered=0.0), language) >= base
    assert calibrator.probability(replace(UNSURE, foreign=1.0), language) <= base


def test_nothing_found_has_no_chance() -> None:
    assert Calibrator.load().probability(Features(), "zh") == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_strict_threshold_is_not_lower(language: Language) -> None:
    calibrator = Calibrator.load()

    assert calibrator.threshold(SURE, language) <= calibrator.threshold(SURE, language, risk=Risk.STRICT) <= 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_artefact_says_how_good_it_is(language: Language) -> None:
    report = artefact()["languages"][language]["meaning"]["report"]

    assert report["n"] >= 250
    assert report["wrong"] / report["answered"] <= 0.07
    assert report["ece"] <= 0.06
    assert report["auroc"] >= 0.88


def test_knots_are_interpolated() -> None:
    curve = {
        "bias": 0.0,
        "weights": {"top": 0.0},
        "knots": [[0.0, 0.0], [0.4, 0.2], [0.6, 0.8], [1.0, 1.0]],
        "thresholds": {"general": 0.5, "strict": 0.9},
    }
    calibrator = Calibrator.from_json(
        json.dumps({"languages": {key: dict.fromkeys(get_args(Evidence), curve) for key in LANGUAGES}})
    )

    assert calibrator.probability(SURE, "zh") == pytest.approx(0.5)
    assert calibrator.threshold(SURE, "zh", risk=Risk.STRICT) == 0.9
