"""Every dialogue of this folder comes to what its file says, and so do its variants."""

import os
from collections import Counter

import pytest

from kefu.services.evaluation.dialogues.files import Dialogue, said
from tests.dialogues.stages import dialogues, evaluation

MOST_ASKED_FOR = (
    "correction",
    "digression",
    "cancellation",
    "negation",
    "split_messages",
    "clarification",
    "handoff",
    "tool_failure",
    "strict",
)
ALL_VARIANTS = os.environ.get("KEFU_TEST_ALL_VARIANTS") == "1"
VARIED_EACH = 4
"""`make test` plays the variants of so many dialogues only; with KEFU_TEST_ALL_VARIANTS=1 those of all."""
FEWEST, FEWEST_OF_ALL = 20, 200


def _shown(dialogue: Dialogue) -> object:
    setup = dialogue.folder.name
    return pytest.param(dialogue, id=f"{setup}-{dialogue.name}", marks=pytest.mark.xdist_group(f"dialogues-{setup}"))


@pytest.mark.parametrize("dialogue", [_shown(one) for one in dialogues()])
async def test_a_dialogue_goes_as_its_file_says(dialogue: Dialogue) -> None:
    number = dialogues().index(dialogue)
    is_varied = ALL_VARIANTS or number % VARIED_EACH == 0
    plain = [list(said(turn)) for turn in dialogue.script.turns]
    played = evaluation()
    outcomes = await played.play_all(dialogue) if is_varied else [await played.play(dialogue, plain)]
    problems = [f"{outcome.name}: {problem}" for outcome in outcomes for problem in outcome.problems]
    assert not problems, "\n".join((str(dialogue.file), *problems))


def test_there_are_enough_dialogues_of_each_topic() -> None:
    counts = Counter(one.script.topic for one in dialogues())
    assert {topic: counts[topic] for topic in MOST_ASKED_FOR if counts[topic] < FEWEST} == {}
    assert counts.total() >= FEWEST_OF_ALL


def test_both_languages_have_their_share() -> None:
    languages = Counter(one.script.language for one in dialogues())
    assert min(languages["zh"], languages["en"]) >= FEWEST_OF_ALL // 2


def test_every_dialogue_says_how_it_ends() -> None:
    open_ended = [one.name for one in dialogues() if one.script.final.writes is None or one.script.final.stack is None]
    assert open_ended == []
