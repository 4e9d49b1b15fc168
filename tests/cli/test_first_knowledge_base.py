"""docs/guide/first-knowledge-base.md, followed to the letter."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.docs.pages import read

GUIDE = read("docs/guide/first-knowledge-base.md")
FILES = re.findall(r"^`(docs/[\w.]+)`:\n```\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
ASKED = re.findall(r'^kefu ask "(.+)"$', GUIDE, re.MULTILINE)
EXPLAINED = re.findall(r'^kefu kb search --explain "(.+)"$', GUIDE, re.MULTILINE)


def test_the_first_two_questions_are_answered_and_the_third_is_not(
    kefu: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    for name, text in FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert kefu("kb", "add", "docs/").exit_code == 0

    decisions = [json.loads(kefu("ask", question, "--json").stdout)["decision"] for question in ASKED]
    assert decisions == ["answer", "answer", "abstain"]
    assert ASKED[:1] == EXPLAINED
    assert "answers: p=" in kefu("kb", "search", "--explain", *EXPLAINED).stdout
    assert ASKED[2].rstrip("?") in kefu("kb", "gaps").stdout
    assert json.loads(kefu("kb", "findings", "--json").stdout) == []
