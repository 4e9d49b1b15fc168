"""``kefu intent`` and ``kefu eval intent``, from a file of examples to a rolled-back version."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.dialogue.intents.samples import CHINESE, FOREIGN


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEFU_EMBEDDER_KIND", "none")
    rows = [{"text": one.text, "intent": one.intent} for one in CHINESE] + [
        {"text": x, "intent": None} for x in FOREIGN
    ]
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_a_model_is_taught_trained_shown_and_rolled_back(kefu: Run, lines: Path) -> None:
    assert json.loads(kefu("intent", "import", lines, "--json").stdout) == {"added": 22, "changed": 0, "unchanged": 0}
    assert kefu("intent", "card").exit_code != 0
    assert json.loads(kefu("intent", "train", "--json").stdout)["version"] == 1
    assert "Version 2 answers" in kefu("intent", "train").stdout
    assert "* version 2" in kefu("intent", "list").stdout
    assert "invoice" in kefu("intent", "recognise", "发票怎么开").stdout
    figures = json.loads(kefu("intent", "eval", lines, "--json").stdout)
    assert (figures["n"], figures["n_oos"], figures["accuracy"]) == (18, 4, 1.0)
    assert json.loads(kefu("intent", "suggest", "--json").stdout) == []
    assert "Version 1 answers" in kefu("intent", "rollback").stdout
    assert json.loads(kefu("intent", "activate", 2, "--json").stdout)["is_active"] is True
    assert "| calibration error |" in kefu("intent", "card", 1).stdout


def test_eval_trains_on_one_file_and_measures_on_another(kefu: Run, lines: Path) -> None:
    figures = json.loads(kefu("eval", "intent", "--train", lines, "--test", lines).stdout)
    assert {"accuracy", "macro_f1", "oos_recall", "oos_auroc", "ms_per_text"} <= set(figures)
    assert figures["accuracy"] == 1.0


def test_a_bad_line_is_named(kefu: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a", "intent": "x"}\n{"text": "b"}\n', encoding="utf-8")
    assert "bad.jsonl:2: 'intent' is missing" in str(kefu("intent", "import", path).exception)
