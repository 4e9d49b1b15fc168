"""``kefu flow``: what is wrong with flow files, and what they do."""

import json
from pathlib import Path

from tests.cli.conftest import Run

GOOD = """
flow: callback
version: 1
title: {zh: 回电, en: Callback}
slots:
  phone: {type: mobile, ask: {zh: 您的电话？, en: "Your number?"}}
steps:
  - call: {tool: book_call, args: {phone: $phone}, as: booked}
  - say: {facts: [booked.at], zh: "我们会在 {booked.at} 打给您。", en: "We will call at {booked.at}."}
"""
TOOLS = "book_call: {effect: write, arguments: [phone], facts: [at]}\n"


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_right_flow_has_no_findings(kefu: Run, tmp_path: Path) -> None:
    flow, tools = write(tmp_path, "callback.yaml", GOOD), write(tmp_path, "tools.txt", TOOLS)
    ran = kefu("flow", "check", tmp_path, "--tools", tools)
    assert (ran.exit_code, ran.stdout) == (0, "1 flows, 0 errors, 0 warnings.\n")
    found = json.loads(kefu("flow", "check", flow, "--json").stdout)
    assert found == {"flows": [{"flow": "callback", "version": "1", "file": str(flow)}], "errors": 0, "findings": []}


def test_errors_name_file_and_line_and_end_with_status_1(kefu: Run, tmp_path: Path) -> None:
    flow = write(tmp_path, "callback.yaml", GOOD.replace("[booked.at]", "[booked.when]"))
    tools = write(tmp_path, "tools.txt", TOOLS)
    ran = kefu("flow", "check", flow, "--tools", tools, "--json")
    findings = json.loads(ran.stdout)["findings"]
    assert ran.exit_code == 1
    assert {(found["line"], found["code"]) for found in findings} == {(9, "unknown_fact"), (9, "fact_not_declared")}
    ran = kefu("flow", "check", flow, "--tools", tools)
    assert f"{flow}:9: error unknown_fact: booked has no fact when" in ran.output


def test_a_tool_that_is_not_described_is_an_error(kefu: Run, tmp_path: Path) -> None:
    flow = write(tmp_path, "callback.yaml", GOOD)
    tools = write(tmp_path, "tools.txt", "other: {effect: read}\n")
    assert "unknown_tool" in kefu("flow", "check", flow, "--tools", tools).output


def test_a_write_that_the_gate_does_not_confirm_is_an_error(kefu: Run, tmp_path: Path) -> None:
    flow = write(tmp_path, "callback.yaml", GOOD)
    tools = write(tmp_path, "tools.txt", TOOLS.replace("facts:", "confirm: false, facts:"))
    assert "write_without_confirmation" in kefu("flow", "check", flow, "--tools", tools).output


def test_a_folder_without_flows_is_an_error(kefu: Run, tmp_path: Path) -> None:
    assert kefu("flow", "check", tmp_path).exit_code == 1


def test_a_flow_is_shown_as_an_outline(kefu: Run, tmp_path: Path) -> None:
    flow = write(tmp_path, "callback.yaml", GOOD)
    shown = kefu("flow", "show", flow).stdout
    assert "callback (version 1): 回电 / Callback" in shown
    assert "  call book_call as booked" in shown
    assert json.loads(kefu("flow", "show", flow, "--json").stdout)["lines"] == shown.splitlines()


def test_a_broken_file_is_one_sentence(kefu: Run, tmp_path: Path) -> None:
    ran = kefu("flow", "show", write(tmp_path, "broken.yaml", "flow: ["))
    assert ran.exit_code == 1
    assert "broken.yaml:1: is not YAML" in str(ran.exception) + ran.output
