"""``kefu kb graph``: read, judged, and what was judged stays; exported for other programs."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Run

pytest.importorskip("spacy")
COATS = {
    "yun": "# 云峰外套\n\n云峰外套可以机洗。",
    "song": "# 松林外套\n\n松林外套不可以机洗。",
    "chen": "# 晨雾外套\n\n晨雾外套可以机洗。",
}


def _coats(kefu: Run, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for key, text in COATS.items():
        (folder / f"{key}.zh.md").write_text(f"---\nkey: {key}\nlang: zh\n---\n{text}\n", encoding="utf-8")
    kefu("kb", "add", folder)
    built = json.loads(kefu("kb", "graph", "build", "--json").stdout)
    assert built["state"] == "succeeded"


def _edges(kefu: Run, *options: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(kefu("kb", "graph", "edges", "机洗", *options, "--json").stdout)
    return found


def test_a_negation_is_kept_and_a_judgement_outlives_a_new_version(kefu: Run, tmp_path: Path) -> None:
    _coats(kefu, tmp_path / "coats")
    found = {str(one["document"]): one for one in _edges(kefu)}
    assert {key: one["negated"] for key, one in found.items()} == {"yun": False, "song": True, "chen": False}
    assert kefu("kb", "graph", "reject", found["yun"]["id"]).exit_code == 0
    text = "---\nkey: yun\nlang: zh\n---\n# 云峰外套\n\n新款。云峰外套可以机洗。\n"
    (tmp_path / "coats" / "yun.zh.md").write_text(text, encoding="utf-8")
    kefu("kb", "add", tmp_path / "coats")
    assert json.loads(kefu("kb", "graph", "build", "--json").stdout)["documents"] == 1
    (rejected,) = _edges(kefu, "--status", "rejected")
    assert (rejected["document"], rejected["version"]) == ("yun", 2)


def test_the_graph_is_exported_with_its_proofs(kefu: Run, tmp_path: Path) -> None:
    _coats(kefu, tmp_path / "coats")
    file = tmp_path / "graph.graphml"
    assert kefu("kb", "graph", "export", file).exit_code == 0
    space = "{http://graphml.graphdrawing.org/xmlns}"
    sentences = [
        data.text for edge in ET.parse(file).iter(f"{space}edge") for data in edge if data.get("key") == "edge_sentence"
    ]
    assert "松林外套不可以机洗。" in sentences


def test_what_is_added_by_hand_needs_a_sentence_that_is_there(kefu: Run, tmp_path: Path) -> None:
    _coats(kefu, tmp_path / "coats")
    add = ("kb", "graph", "add", "云峰外套", "洗护", "--value", "机洗", "--document", "yun", "--sentence")
    assert kefu(*add, "云峰外套可以烘干。").exit_code != 0
    assert kefu(*add, "云峰外套可以机洗。").exit_code == 0
    (edge,) = _edges(kefu, "--status", "by_hand")
    assert edge["relation"] == "洗护"
