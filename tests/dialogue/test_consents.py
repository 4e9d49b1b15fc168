"""A flow that needs a consent begins only for who has given it: the signed identity says so by a segment."""

from pathlib import Path

import pytest

from kefu.config import Settings
from kefu.factory import Factory
from kefu.knowledge.embedding import NullEmbedder
from kefu.services.evaluation.answers import CorpusDocument, index_corpus
from kefu.services.evaluation.dialogues.files import Customer, Dialogue, DialogueScript, Setup, TurnScript
from kefu.services.evaluation.dialogues.playing import Player
from kefu.services.evaluation.dialogues.staging import Stage
from tests.dialogue.test_propose_flows import Cued
from tests.support.flows import flow_of

FLOW = flow_of(
    "flow: return\nversion: 1\ntitle: {zh: 退货, en: Return}\nneeds: {consent: data_sharing}\n"
    "slots:\n  why: {type: text, ask: {zh: 为什么, en: why}}\nsteps:\n  - collect: [why]\n"
)


@pytest.mark.parametrize(
    ("segments", "asked"), [((), None), (("consent:other", "data_sharing"), None), (("vip", "consent:data_sharing"), "why")]
)  # fmt: skip
async def test_a_consent_is_a_segment(segments: tuple[str, ...], asked: str | None, tmp_path: Path) -> None:
    factory = Factory(Settings(data_dir=tmp_path), embedder=NullEmbedder())
    index = index_corpus([CorpusDocument("a", "A", "# A\nb")], embedder=NullEmbedder())
    turn = TurnScript(user="I want to return it")
    script = DialogueScript(dialogue="d", topic="consent", language="en", turns=(turn,))
    dialogue = Dialogue(script, Setup(customer=Customer(segments=segments)), tmp_path, tmp_path)
    stage = Stage({FLOW.name: FLOW}, index, Cued(), {})
    player = Player(factory.rehearsal_engine, stage, dialogue, strings=factory.strings)
    try:
        played = await player.play(turn, ["I want to return it"])
    finally:
        await player.aclose()
    await factory.aclose()
    assert [frame.flow for frame in played.dialogue.stack] == ["return"]
    assert (played.dialogue.open.slot if played.dialogue.open else None) == asked
