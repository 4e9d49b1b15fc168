"""``kefu kb calibrate``."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from kefu.cli.calibration import to_share
from tests.cli.conftest import Run
from tests.server.test_policy import QUESTIONS


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "q.jsonl"
    lines = [json.dumps({"id": str(n), "text": text, "relevant": keys}) for n, (text, keys) in enumerate(QUESTIONS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _json(kefu: Run, *arguments: object) -> Any:
    result = kefu("kb", "calibrate", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_policy_is_measured_shown_outdated_and_taken_back(
    kefu: Run, knowledge: Path, questions: Path, tmp_path: Path
) -> None:
    kefu("kb", "add", knowledge)
    measured = kefu("kb", "calibrate", "--questions", questions, "--wrong", "50%")
    assert measured.exit_code == 0, measured.output
    assert "zh general: at most 50.0% wrong, 9 questions" in measured.stdout
    assert "on the half not used" in measured.stdout
    shown = _json(kefu, "--show")
    assert (shown["set_by"], shown["is_outdated"], shown["report"]["questions"]) == ("command line", False, 9)
    (tmp_path / "new.md").write_text("# 新\n\n新的一页。", encoding="utf-8")
    kefu("kb", "add", tmp_path / "new.md")
    assert "The knowledge has changed since" in kefu("kb", "calibrate", "--show").stdout
    assert _json(kefu, "--reset")["is_built_in"]
    assert "built-in" in kefu("kb", "calibrate", "--show").stdout


def test_too_few_questions_set_nothing_and_say_how_many_it_takes(kefu: Run, knowledge: Path, questions: Path) -> None:
    kefu("kb", "add", knowledge)
    result = kefu("kb", "calibrate", "--questions", questions)
    assert result.exit_code == 0, result.output
    assert "149 answers are needed" in result.stdout
    assert "the thresholds are as they were" in result.stdout
    assert _json(kefu, "--show")["is_built_in"]


def test_a_file_that_is_none_and_options_that_exclude_each_other(kefu: Run, questions: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"id": "1"}', encoding="utf-8")
    assert kefu("kb", "calibrate", "--questions", tmp_path / "bad.jsonl").exit_code == 1
    assert kefu("kb", "calibrate").exit_code == 2
    assert kefu("kb", "calibrate", "--show", "--reset").exit_code == 2
    assert kefu("kb", "calibrate", "--questions", questions, "--wrong", "many").exit_code == 2


def test_a_share_is_written_in_two_ways() -> None:
    assert (to_share("2%"), to_share(" 0.02 "), to_share("2.5%")) == (0.02, 0.02, 0.025)
    with pytest.raises(typer.BadParameter):
        to_share("two")
