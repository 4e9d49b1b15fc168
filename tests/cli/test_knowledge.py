"""``kefu kb`` and ``kefu ask`` on a company's own files."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_add_list_search_ask(kefu: Run, knowledge: Path) -> None:
    added = kefu("kb", "add", knowledge, "--json")
    assert json.loads(added.stdout) == {"added": 7, "unchanged": 0, "errors": [], "notes": []}
    again = kefu("kb", "add", knowledge, "--json")
    assert json.loads(again.stdout)["unchanged"] == 7
    listed = json.loads(kefu("kb", "list", "--json").stdout)
    assert {"warranty", "faq/refund-time"} <= {document["key"] for document in listed}
    found = json.loads(kefu("kb", "search", "退款多久到账", "--json").stdout)
    assert found[0]["document"] == "faq/refund-time"
    reply = json.loads(kefu("ask", "退款多久到账？", "--workspace", "default", "--json").stdout)
    assert "3 个工作日" in reply["text"]


def test_a_bad_file_is_reported_and_the_rest_goes_on(kefu: Run, knowledge: Path) -> None:
    (knowledge / "gbk.md").write_bytes("退货政策：签收后七天内可以申请退货。".encode("gbk"))
    (knowledge / "login.pdf").write_text("<!DOCTYPE html><title>Please sign in</title>", encoding="utf-8")
    (knowledge / "faq.broken.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    result = kefu("kb", "add", knowledge, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["added"] == 8
    found = {Path(error["path"]).name: error["code"] for error in report["errors"]}
    assert found == {"login.pdf": "wrong_kind", "faq.broken.jsonl": "document_invalid"}
    assert [(Path(note["path"]).name, note["detail"]) for note in report["notes"]] == [("gbk.md", "read as GB18030")]


def test_a_removed_document_answers_no_more(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    assert kefu("kb", "remove", "faq/refund-time", "zh").exit_code == 0
    found = json.loads(kefu("kb", "search", "退款多久到账", "--json").stdout)
    assert "faq/refund-time" not in {passage["document"] for passage in found}
    assert kefu("kb", "remove", "faq/refund-time", "zh").exit_code == 1


def test_reindex_orders_one_job(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    first = json.loads(kefu("kb", "reindex", "--json").stdout)
    assert (first["state"], first["encoder"].startswith("minilm-l6-v2-zh-")) == ("queued", True)
    assert json.loads(kefu("kb", "reindex", "--json").stdout)["job"] == first["job"]
    assert first["job"] in kefu("job", "list").stdout


def test_a_hit_test_says_why(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    body = json.loads(kefu("kb", "search", "退款多久到账", "--explain", "--json").stdout)
    assert (body["found"][0]["document"], body["found"][0]["lexical"]["rank"]) == ("faq/refund-time", 1)
    shown = kefu("kb", "search", "退款多久到账", "--explain").stdout
    assert "answers: p=" in shown
    assert "words: question" in shown


def test_a_question_asked_in_vain_is_listed_and_ignored(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    kefu("ask", "可以用花呗付款吗", "--workspace", "default")
    (gap,) = json.loads(kefu("kb", "gaps", "--json").stdout)["gaps"]
    assert (gap["question"], gap["count"]) == ("可以用花呗付款吗", 1)
    assert "ignored" in kefu("kb", "gap", gap["id"], "--state", "ignored").stdout
    assert json.loads(kefu("kb", "gaps", "--json").stdout)["gaps"] == []


def test_a_review_lists_findings_that_can_be_dismissed(kefu: Run, knowledge: Path) -> None:
    kefu("kb", "add", knowledge)
    assert json.loads(kefu("kb", "review", "--json").stdout) == {"translation_missing": 1, "fixed": 0}
    (finding,) = json.loads(kefu("kb", "findings", "--json").stdout)
    assert finding["subjects"][0]["key"] == "warranty"
    kefu("kb", "finding", finding["id"], "--state", "dismissed")
    assert json.loads(kefu("kb", "findings", "--json").stdout) == []
    assert "warranty" in json.loads(kefu("kb", "coverage", "--json").stdout)["unneeded"]
