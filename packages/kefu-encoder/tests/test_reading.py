"""What the reader learns from, and what it leaves: our own pages, examples drawn from them, files that are checked."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kefu_encoder import Encoder, ModelFolder
from kefu_encoder.errors import RowsDamagedError
from kefu_encoder.pairing import QUESTION_TOKENS, TEXT_TOKENS, Pairer
from kefu_encoder.reader_artefact import ReaderArtefact, ReaderFolder
from kefu_encoder.tokeniser import Tokeniser
from kefu_encoder.train.chance import seeded
from kefu_encoder.train.reading.examples import ExampleMaker
from kefu_encoder.train.reading.pages import PageInvalidError, read_pages, split_pages

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="torch is a training extra and is not installed: pip install torch"
)
PAGES = Path(__file__).parents[1] / "training" / "reading"


def test_the_pages_are_whole_and_ask_nothing_twice() -> None:
    pages = read_pages(PAGES)
    assert len({page.id for page in pages}) == len(pages) > 400
    for page in pages:
        questions = [wording for ask in page.asks for wording in ask.wordings]
        assert len(set(questions)) == len(questions), page.id
    assert sum(ask.kind == "none" for page in pages for ask in page.asks) > 800


def test_no_page_is_learned_from_and_validated_on() -> None:
    learned, validated = split_pages(read_pages(PAGES))
    assert not {page.id for page in learned} & {page.id for page in validated}
    assert len(validated) > 40


@pytest.mark.parametrize("row", [["问", "ask", [9], "near"], ["问", "ask", [], "near"], ["问", "ask", [0], "none"]])
def test_a_wrong_label_is_told_with_its_line(tmp_path: Path, row: list[object]) -> None:
    page = {"id": "x", "company": ["甲", "A"], "title": ["题", "T"], "text": [["一。", "One."]], "ask": [row]}
    (tmp_path / "x.jsonl").write_text(json.dumps(page, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(PageInvalidError, match=r"x\.jsonl:1"):
        read_pages(tmp_path)


def test_right_texts_come_first_and_wrong_ones_never_answer(encoder: Encoder) -> None:
    pages = read_pages(PAGES)[:6]
    asks = {wording: (page, ask) for page in pages for ask in page.asks for wording in ask.wordings}
    for example in ExampleMaker(pages, encoder).one_pass(seeded(1)):
        page, ask = asks[example.question]
        answers = [unit for number in ask.answers for unit in page.units[number]]
        assert example.answers == len(ask.answers)
        assert len(example.texts) > example.answers
        for number, text in enumerate(example.texts):
            assert any(answer in text for answer in answers) == (number < example.answers)


def test_a_pair_is_cut_on_both_sides(folder: ModelFolder) -> None:
    pairer = Pairer(Tokeniser(folder.tokenizer))
    (pairing,) = pairer.pair("how long " * 100, ["five days " * 200])
    assert pairing.question == QUESTION_TOKENS + 2
    assert len(pairing.ids) == QUESTION_TOKENS + 2 + TEXT_TOKENS + 1
    (short,) = pairer.pair("how long", ["five days"])
    assert [short.ids[0], short.ids[short.question - 1], short.ids[-1]] == [101, 102, 102]


def test_changes_are_added_to_the_body(tmp_path: Path) -> None:
    down, up = np.ones((2, 3), dtype=np.float16), np.full((4, 2), 0.5, dtype=np.float16)
    tensors = {"layer.down": down, "layer.up": up, "head.outer.bias": np.zeros(1, dtype=np.float16)}
    ReaderFolder(tmp_path).save(ReaderArtefact(tensors, {"format": 1}))
    merged = ReaderFolder(tmp_path).load().merged({"layer.weight": np.zeros((4, 3), dtype=np.float32)})
    assert np.array_equal(merged["layer.weight"], np.ones((4, 3)))
    assert merged["head.outer.bias"].dtype == np.float32


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = ReaderFolder(tmp_path)
    folder.save(ReaderArtefact({"head.outer.bias": np.zeros(1, dtype=np.float16)}, {"format": 1}))
    folder.tensors.write_bytes(folder.tensors.read_bytes() + b"x")
    with pytest.raises(RowsDamagedError):
        folder.load()


@needs_torch
def test_a_few_steps_leave_a_reader_that_loads(tmp_path: Path) -> None:
    lines = (PAGES / "finance.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "few.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    places = ["--pages", tmp_path / "pages", "--out", tmp_path / "out"]
    command = [sys.executable, "-m", "kefu_encoder.train.reading", *map(str, places), "--steps", "2", "--batch", "2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    reader = ReaderFolder(tmp_path / "out").load()
    assert reader.facts["steps"] == 2
    assert any(np.abs(value).max() > 0 for name, value in reader.tensors.items() if name.endswith(".up"))
