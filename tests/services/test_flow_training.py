"""The classifier of flows' examples: trained once, then read from a file, whatever became of the file."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from kefu.dialogue.flows.loading import list_flow_files, read_flow_file
from kefu.dialogue.intents.artefact import digest, pack
from kefu.dialogue.intents.training import Example, train
from kefu.domain.errors import InvalidInputError
from kefu.knowledge.embedding import NullEmbedder
from kefu.plugins import Intent
from kefu.services.flow_training import FlowClassifiers, examples_of
from tests.dialogue.intents.samples import CHINESE, TWENTY
from tests.support.flows import flow_of

SAMPLES = Path(__file__).parents[1] / "dialogues" / "shop" / "_flows"


FLOW = """
flow: cancel
version: 1
title: {zh: 取消, en: Cancel}
start: {intents: [cancel_order], examples: {zh: [取消订单], en: [cancel my order]}}
needs: {auth: anonymous}
slots: {}
steps: [{end: done}]
"""


def classifiers(folder: Path) -> FlowClassifiers:
    return FlowClassifiers(folder, embedder=NullEmbedder())


def likeliest(found: FlowClassifiers, examples: Sequence[Example], text: str) -> str | None:
    classifier = found.get(examples)
    assert classifier is not None
    return classifier.classify(text).likeliest


def test_the_next_process_reads_what_was_trained(tmp_path: Path) -> None:
    assert likeliest(classifiers(tmp_path), CHINESE, "发票怎么开") == "invoice"
    (file,) = tmp_path.iterdir()
    other = pack(train(TWENTY, embedder=NullEmbedder()).model)
    file.write_bytes(digest(other).encode() + other)
    assert likeliest(classifiers(tmp_path), list(reversed(CHINESE)), "会员有什么好处") == "member", "read, not trained"


@pytest.mark.parametrize("damage", [b"", b"no model", b"\xff" * 99])
def test_a_damaged_file_is_trained_again(tmp_path: Path, damage: bytes) -> None:
    classifiers(tmp_path).get(CHINESE)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage or whole[:-1])
    assert likeliest(classifiers(tmp_path), CHINESE, "发票怎么开") == "invoice"
    assert file.read_bytes() == whole


def test_other_examples_are_another_classifier(tmp_path: Path) -> None:
    found = classifiers(tmp_path)
    assert likeliest(found, TWENTY, "会员有什么好处") == "member"
    assert likeliest(found, CHINESE, "会员有什么好处") != "member"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert likeliest(classifiers(tmp_path / "file"), CHINESE, "发票怎么开") == "invoice"


def test_only_the_newest_files_stay(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"old{number}").touch()
    classifiers(tmp_path).get(CHINESE)
    assert len(list(tmp_path.iterdir())) == 32
    assert any(one.stat().st_size for one in tmp_path.iterdir())


def test_nothing_is_learned_from_nothing(tmp_path: Path) -> None:
    assert classifiers(tmp_path).get([Example("天气", None)]) is None
    with pytest.raises(InvalidInputError):
        classifiers(tmp_path).get(CHINESE[:3])
    assert list(tmp_path.iterdir()) == []


def test_flows_give_their_examples_and_what_is_no_wish() -> None:
    flows = {flow.name: flow for flow in map(read_flow_file, list_flow_files(SAMPLES))}
    found = {one.text: one.intent for one in examples_of(flows, ["你们几点开门"])}
    assert (found["我要改地址"], found["改地址要钱吗"]) == ("change_address", None)
    named = sum(intent is not None for intent in found.values())
    assert named < len(found) <= 3 * named
    assert examples_of({}) == []


def test_a_plugin_s_intents_are_learnt_beside_the_flows_own_examples() -> None:
    intent = Intent("cancel_order", {"zh": ["我不要了"], "en": ["call it off"]}, {"zh": ["怎么取消会员"], "en": []})
    flows = {"cancel": flow_of(FLOW)}
    found = examples_of(flows, intents=[intent])
    wished = {one.text for one in found if one.intent == "cancel_order"}
    assert wished == {"取消订单", "cancel my order", "我不要了", "call it off"}
    assert Example("怎么取消会员", None) in found
    assert Example("我不要了", "cancel_order") not in examples_of(flows)
