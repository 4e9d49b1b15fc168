"""``kefu kb terms``: a company's own words find its documents."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def best(kefu: Run, question: str) -> str:
    found = json.loads(kefu("kb", "search", question, "--json").stdout)
    return str(found[0]["document"]) if found else ""


def test_a_synonym_finds_the_document_once_it_is_a_term(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    assert best(kefu, "青松计划") != "warranty"
    added = kefu("kb", "terms", "add", "保修", "--synonym", "青松计划", "--json")
    assert json.loads(added.stdout) == {"added": 1, "changed": 0, "unchanged": 0}
    assert best(kefu, "青松计划") == "warranty"
    assert kefu("kb", "terms", "remove", "保修", "zh").exit_code == 0
    assert best(kefu, "青松计划") != "warranty"
    assert kefu("kb", "terms", "remove", "保修", "zh").exit_code == 1


def test_a_file_of_terms_is_read_and_listed(kefu: Run, tmp_path: Path) -> None:
    csv = tmp_path / "words.csv"
    csv.write_text(
        "text,synonyms,kind\n# our levels\n金穗会员,金穗|金卡,people\nAirDry 3000,,product\n", encoding="utf-8"
    )
    assert "2 new" in kefu("kb", "terms", "add", csv).stdout
    assert "2 unchanged" in kefu("kb", "terms", "add", csv).stdout
    jsonl = tmp_path / "words.en.jsonl"
    jsonl.write_text('{"text": "AirDry 3000", "synonyms": ["the dryer"], "kind": "product"}\n', encoding="utf-8")
    assert "1 changed" in kefu("kb", "terms", "add", jsonl).stdout
    assert json.loads(kefu("kb", "terms", "list", "--json").stdout) == [
        {"language": "en", "text": "AirDry 3000", "synonyms": ["the dryer"], "kind": "product"},
        {"language": "zh", "text": "金穗会员", "synonyms": ["金穗", "金卡"], "kind": "people"},
    ]


def test_a_bad_file_is_refused_whole(kefu: Run, tmp_path: Path) -> None:
    csv = tmp_path / "words.csv"
    csv.write_text("text,kind\n花呗,payment\n保价,colour\n", encoding="utf-8")
    result = kefu("kb", "terms", "add", csv)
    assert result.exit_code != 0
    assert "words.csv:3: kind must be one of" in str(result.exception)
    assert json.loads(kefu("kb", "terms", "list", "--json").stdout) == []
