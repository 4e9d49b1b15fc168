"""The reader as it ships: it tells an answer from its neighbours, and every number stands for itself."""

from pathlib import Path

import numpy as np
import pytest

from kefu_encoder import ModelFolder, ModelNotBuiltError, Reader


@pytest.fixture(scope="session")
def reader(folder: ModelFolder) -> Reader:
    return Reader(folder=folder)


@pytest.mark.parametrize(
    ("question", "answer", "others"),
    [
        (
            "退款几天能到账？",
            "退款\n退款会在五个工作日内原路退回。",
            ["退款\n退款前请保留包装。", "会员\n会员每年十二元。"],
        ),
        (
            "How long does a refund take?",
            "Refunds\nRefunds arrive within five working days.",
            ["Refunds\nPlease keep the packaging.", "Membership\nMembership costs twelve yuan a year."],
        ),
        (
            "退款几天能到账？",
            "Refunds\nRefunds arrive within five working days.",
            ["Refunds\nPlease keep the packaging."],
        ),
    ],
)
def test_an_answer_stands_out(reader: Reader, question: str, answer: str, others: list[str]) -> None:
    right, *wrong = reader.read(question, [answer, *others])
    assert right > max(wrong)


def test_a_number_does_not_depend_on_its_neighbours(reader: Reader) -> None:
    texts = ["Refunds\nRefunds arrive within five working days.", "会员\n会员每年十二元。" * 40]
    together = reader.read("How long does a refund take?", texts)
    alone = np.concatenate([reader.read("How long does a refund take?", [text]) for text in texts])
    assert np.array_equal(together, alone)


def test_no_texts_no_numbers(reader: Reader) -> None:
    assert reader.read("What?", []).shape == (0,)


def test_an_unbuilt_folder_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelNotBuiltError, match=r"python -m kefu_encoder\.build"):
        Reader(folder=ModelFolder(tmp_path))
