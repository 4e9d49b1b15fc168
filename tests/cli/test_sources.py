"""``kefu kb source`` and ``kefu kb sync``, and stopping an import with Ctrl-C."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_folder_is_followed(kefu: Run, knowledge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFU_SOURCES_FOLDERS", str(knowledge.parent))
    added = json.loads(kefu("kb", "source", "add", "folder", knowledge, "--tag", "a", "--every", 60, "--json").stdout)
    (first,) = json.loads(kefu("kb", "sync", added["id"], "--json").stdout)
    assert (first["state"], first["read"], first["added"], first["problems"]) == ("succeeded", 3, 7, [])
    (knowledge / "faq.en.jsonl").unlink()
    (knowledge / "bad.pdf").write_text("<html>")
    again = kefu("kb", "sync")
    assert again.exit_code == 1
    assert "0 read, 2 unchanged; 0 documents new or changed, 3 removed, 1 problems." in again.stdout
    assert "[wrong_kind]" in again.stdout
    (listed,) = json.loads(kefu("kb", "source", "list", "--json").stdout)
    assert (listed["interval_minutes"], listed["tags"], listed["problem_count"]) == (60, ["a"], 1)
    assert "1 problems" in kefu("kb", "source", "list").stdout
    assert "with 4 documents" in kefu("kb", "source", "remove", added["id"]).stdout
    assert json.loads(kefu("kb", "list", "--json").stdout) == []


def test_documents_may_stay_and_a_failure_is_shown(kefu: Run, knowledge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFU_SOURCES_FOLDERS", str(knowledge.parent))
    added = json.loads(kefu("kb", "source", "add", "folder", knowledge, "--json").stdout)
    kefu("kb", "sync")
    knowledge.rename(knowledge.parent / "away")
    assert kefu("kb", "sync").exit_code == 1
    assert "failed 1×: No such folder" in kefu("kb", "source", "list").stdout
    assert kefu("kb", "source", "remove", added["id"], "--keep-documents").stdout == "Removed.\n"
    assert len(json.loads(kefu("kb", "list", "--json").stdout)) == 7


@pytest.mark.parametrize(
    "arguments",
    [("web", "http://127.0.0.1/"), ("folder", "/etc"), ("git", "ext::x"), ("web", "http://10.0.0.1/", "--lang", "fr")],
)
def test_what_may_not_be_read_is_refused(kefu: Run, arguments: tuple[str, ...]) -> None:
    assert kefu("kb", "source", "add", *arguments).exit_code == 1


@pytest.mark.slow
def test_ctrl_c_stops_an_import_and_the_same_command_goes_on(kefu: Run, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(1_500):
        (folder / f"{number:04}.md").write_text(f"# Page {number}\n\nThe price of thing {number} is {number} yuan.")
    command = [sys.executable, "-c", "from kefu.cli import main; main()", "kb", "add", str(folder)]
    environment = {**os.environ, "KEFU_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for_documents(tmp_path / "data/kefu.sqlite3", process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, "same command again" in said) == (130, True), said
    (job,) = json.loads(kefu("job", "list", "--json").stdout)
    assert (job["state"], 0 < job["done"] < 1_500) == ("cancelled", True)
    report = json.loads(kefu("kb", "add", folder, "--json").stdout)
    assert report["added"] + report["unchanged"] == 1_500
    assert report["unchanged"] >= 200


def _wait_for_documents(path: Path, process: "subprocess.Popen[str]") -> None:
    """Until the first batch is stored."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        time.sleep(0.05)
        if path.exists():
            with sqlite3.connect(path) as connection:
                tables = connection.execute(
                    "select count(*) from sqlite_master where name = 'upload_parts'"
                ).fetchone()[0]
                if tables and connection.execute("select count(*) from documents").fetchone()[0]:
                    return
    pytest.fail("nothing was stored")
