"""``kefu kb export`` and ``kefu kb eval``."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

ODD = """---
key: 规则/odd key
title: "Odd: *title*"
lang: zh
tags: [a, b]
owner: 小李
risk: strict
valid_from: 2026-05-01
valid_until: 2099-06-01T08:00:00+08:00
segments: [vip]
---
# Odd: \\*title\\*

1\\. 这不是列表。\\
- 也不是。

## 表格 & <标签>

| 地区 | 首重 |
|---|---|
| 日本 | 75 元 |
| 香港 | 30 元 |

- 一 `代码` \\[链接\\]
  - 二

```
  缩进   的  代码

* 星号
```
"""


def _texts(kefu: Run) -> dict[tuple[str, str], Any]:
    listed = json.loads(kefu("kb", "list", "--json").stdout) + json.loads(
        kefu("kb", "list", "--drafts", "--json").stdout
    )
    left_out = {"id", "version", "created_at", "content_hash"}
    return {
        (one["key"], one["language"]): {name: value for name, value in one.items() if name not in left_out}
        for one in listed
    }


def _round_trip(kefu: Run, tmp_path: Path, monkeypatch: Any) -> tuple[dict[Any, Any], dict[Any, Any], Any]:
    before = _texts(kefu)
    report = json.loads(kefu("kb", "export", tmp_path / "out", "--json").stdout)
    monkeypatch.setenv("KEFU_DATA_DIR", str(tmp_path / "empty"))
    added = kefu("kb", "add", tmp_path / "out" / "documents", "--json")
    assert json.loads(added.stdout)["errors"] == [], added.stdout
    kefu("kb", "export", tmp_path / "again")
    assert _files(tmp_path / "again") == _files(tmp_path / "out"), "the texts are the same"
    return before, _texts(kefu), report


def _files(folder: Path) -> dict[str, str]:
    documents = (folder / "documents").rglob("*")
    return {str(one.relative_to(folder)): one.read_text(encoding="utf-8") for one in documents if one.is_file()}


def test_what_was_exported_is_imported_with_the_same_texts(
    kefu: Run, knowledge: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    (knowledge / "odd.md").write_text(ODD, encoding="utf-8")
    (knowledge / "draft.md").write_text("---\nstatus: draft\nlang: zh\n---\n# 草稿\n\n还没好。\n", encoding="utf-8")
    kefu("kb", "add", knowledge)
    kefu("kb", "terms", "add", "青禾", "--synonym", "小青")
    before, after, report = _round_trip(kefu, tmp_path, monkeypatch)
    assert after == before
    assert (report["pages"], report["entries"], report["terms"]) == (3, 6, 1)
    assert kefu("kb", "terms", "add", tmp_path / "out" / "terms.jsonl").exit_code == 0
    assert kefu("kb", "export", tmp_path / "out").exit_code == 1, "a folder that is not empty is left alone"


@pytest.mark.slow
def test_the_demo_keeps_every_text_and_its_headings(kefu: Run, tmp_path: Path, monkeypatch: Any) -> None:
    with as_file(files("kefu").joinpath("demo/knowledge")) as folder:
        kefu("kb", "add", folder)
    before, after, report = _round_trip(kefu, tmp_path, monkeypatch)
    assert after == before
    assert report["plain"] == []


def _questions(path: Path, *rows: tuple[str, list[str]]) -> Path:
    lines = [json.dumps({"id": str(n), "text": text, "relevant": keys}) for n, (text, keys) in enumerate(rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_figures_with_intervals_and_an_exit_status_by_limit(kefu: Run, knowledge: Path, tmp_path: Path) -> None:
    kefu("kb", "add", knowledge)
    file = _questions(
        tmp_path / "q.jsonl",
        ("退款多久到账", ["faq/refund-time"]),
        ("退货邮费谁出", ["warranty"]),
        ("可以用花呗付款吗", []),
        ("黑猫礼盒多少钱", ["gift"]),
    )
    figures = json.loads(kefu("kb", "eval", file, "--json").stdout)
    assert [one["verdict"] for one in figures["questions"]] == ["right", "wrong", "right", "silent"]
    assert (figures["right"]["hits"], figures["right"]["n"], figures["wrong"]["share"]) == (1, 3, 0.5)
    assert figures["right"]["low"] < 1 / 3 < figures["right"]["high"]
    assert kefu("kb", "eval", file, "--min-right", "0.3", "--max-wrong", "0.5").exit_code == 0
    assert kefu("kb", "eval", file, "--min-right", "0.9").exit_code == 1
    assert kefu("kb", "eval", file, "--max-wrong", "0.1").exit_code == 1


def test_a_bad_line_is_told(kefu: Run, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": "1"}\n', encoding="utf-8")
    assert kefu("kb", "eval", tmp_path / "q.jsonl").exit_code == 1
