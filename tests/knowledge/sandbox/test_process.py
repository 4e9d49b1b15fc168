"""The reading process is held to its limits, and whatever becomes of it is one file's typed error."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.sandbox.process import ParserProcess
from tests.support import office

LOOP = "import sys\nsys.stdin.buffer.readline()\n"
FINISHED = '{"event":"file_finished","remarks":[],"memory":0}'
OVERLAP = (
    '{"event":"document_read","key":"k","kind":"page","title":"t","language":"en","text":"abcdef","questions":[],'
    '"paths":[[]],"blocks":[["paragraph",0,4,0],["paragraph",2,6,0]]}'
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text("Parcels leave on the next day.", encoding="utf-8")
    return path


@pytest.fixture
def parser() -> Iterator[ParserProcess]:
    parser = ParserProcess(ParserSettings(seconds=20, memory_mib=512))
    yield parser
    parser.close()


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children() if "kefu.knowledge.sandbox.child" in child.cmdline()]


def problem_of(parser: ParserProcess, path: Path) -> Problem:
    with pytest.raises(DocumentInvalidError) as caught:
        parser.read(path)
    return caught.value.problem


def answering(script: str, **limits: float) -> ParserProcess:
    """A parser whose process is another program."""
    settings = ParserSettings.model_validate({"seconds": 0.5, **limits})
    return ParserProcess(settings, command=[sys.executable, "-c", LOOP + script])


def test_one_process_reads_many_files_and_documents_can_be_read_again(parser: ParserProcess, page: Path) -> None:
    first = parser.read(page)
    process = children()
    assert [document.draft.text for document in parser.read(page).documents] == ["Parcels leave on the next day."]
    assert (children(), len(process)) == (process, 1)
    assert list(first.documents) == list(first.documents)


def test_a_process_that_was_ended_while_it_waited_costs_no_file(parser: ParserProcess, page: Path) -> None:
    parser.read(page)
    (before,) = children()
    psutil.Process(before).kill()
    time.sleep(0.1)
    assert list(parser.read(page).documents)
    assert children() != [before]


def test_an_ordinary_refusal_keeps_the_process(parser: ParserProcess, page: Path, tmp_path: Path) -> None:
    parser.read(page)
    process = children()
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert problem_of(parser, tmp_path / "bad.pdf") is Problem.DAMAGED
    assert children() == process


def test_after_its_number_of_files_the_process_is_replaced(page: Path) -> None:
    parser = ParserProcess(ParserSettings(files_per_process=2))
    seen = [(parser.read(page), children())[1] for _ in range(3)]
    parser.close()
    assert seen[0]
    assert seen[1] == []
    assert seen[2]
    assert seen[2] != seen[0]


def test_too_much_memory(parser: ParserProcess, page: Path, tmp_path: Path) -> None:
    small = ParserProcess(ParserSettings(memory_mib=128))
    lines = b"".join(b"%d,a,b,c\n" % number for number in range(600_000))
    (tmp_path / "large.csv").write_bytes(b"id,x,y,z\n" + lines)
    assert problem_of(small, tmp_path / "large.csv") is Problem.NEEDED_TOO_MUCH_MEMORY
    assert list(small.read(page).documents)
    small.close()


def test_too_much_time(page: Path, tmp_path: Path) -> None:
    parser = ParserProcess(ParserSettings(seconds=1))
    list(parser.read(page).documents)
    (tmp_path / "nested.html").write_bytes(b"<div>" * 300_000)
    began = time.monotonic()
    assert problem_of(parser, tmp_path / "nested.html") is Problem.TOOK_TOO_LONG
    assert time.monotonic() - began < 10
    assert list(parser.read(page).documents)
    parser.close()


def test_too_much_text(page: Path, tmp_path: Path) -> None:
    parser = ParserProcess(ParserSettings(max_text_mib=1))
    (tmp_path / "large.csv").write_bytes(b"name,value\n" + b"aaaaaaaaaa,bbbbbbbbbb\n" * 60_000)
    assert problem_of(parser, tmp_path / "large.csv") is Problem.TOO_LARGE
    assert list(parser.read(page).documents)
    parser.close()


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("sys.exit(3)", Problem.PARSER_FAILED),
        ("import os; os.abort()", Problem.PARSER_FAILED),
        ("print('garbage', flush=True); sys.stdin.read()", Problem.PARSER_FAILED),
        (
            f"print('''{OVERLAP}''', flush=True); print('''{FINISHED}''', flush=True); sys.stdin.read()",
            Problem.PARSER_FAILED,
        ),
        ('print(\'{"event":"file_finished"}\', flush=True); sys.stdin.read()', Problem.PARSER_FAILED),
        ("print('x' * 3_000_000, flush=True); sys.stdin.read()", Problem.TOO_LARGE),
    ],
)
def test_a_process_that_dies_or_talks_nonsense(page: Path, script: str, problem: Problem) -> None:
    parser = answering(script, max_text_mib=1, seconds=30)
    assert problem_of(parser, page) is problem
    assert problem_of(parser, page) is problem  # by another process
    parser.close()


def test_a_process_that_is_silent_is_killed(page: Path) -> None:
    parser = answering("import time\nif sys.stdin.buffer.readline(): time.sleep(60)")
    began = time.monotonic()
    assert problem_of(parser, page) is Problem.TOOK_TOO_LONG
    assert time.monotonic() - began < 40
    parser.close()


def test_no_setting_reaches_the_process(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEFU_SECRET_KEY", "a" * 40)
    parser = ParserProcess()
    parser.read(page)
    assert b"KEFU_" not in Path(f"/proc/{children()[0]}/environ").read_bytes()
    parser.close()


def test_closing_ends_the_process(page: Path) -> None:
    parser = ParserProcess()
    parser.read(page)
    parser.close()
    assert children() == []


def test_a_pipe_and_a_missing_file_are_not_waited_for(parser: ParserProcess, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert problem_of(parser, tmp_path / "pipe.txt") is Problem.NOT_A_FILE
    assert problem_of(parser, tmp_path / "gone.txt") is Problem.UNREADABLE


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    parser = ParserProcess(ParserSettings(max_file_mib=1))
    (tmp_path / "a.txt").write_bytes(b"a" * 1_100_000)
    assert problem_of(parser, tmp_path / "a.txt") is Problem.TOO_LARGE
    assert children() == []


def test_structure_survives_the_journey(parser: ParserProcess, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(
        office.saved(office.word("# 退货", "## 期限", "七天内可以退货。", [["尺码", "身高"], ["M", "165"]]))
    )
    (parsed,) = parser.read(tmp_path / "a.docx").documents
    assert [(block.kind, block.heading_path) for block in parsed.blocks] == [
        ("paragraph", ("期限",)),
        ("row", ("期限",)),
    ]
