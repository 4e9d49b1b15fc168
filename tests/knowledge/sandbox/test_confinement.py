"""What a parser that was taken over could try, from inside the reading process."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFINE = """
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.sandbox.confinement import begin_file, confine
settings = ParserSettings(memory_mib=128, seconds=1)
confine(settings)
begin_file(settings)
"""


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CONFINE + script], capture_output=True, text=True, timeout=60, cwd=folder, check=False
    )


@pytest.mark.parametrize(
    "script",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "open('made.txt', 'w')",
        "import os; os.open('made.txt', os.O_CREAT | os.O_WRONLY)",
        "import os; os.remove('kept.txt')",
        "import os; os.rename('kept.txt', 'made.txt')",
        "import os; os.mkdir('made.txt')",
        "import os; os.kill(os.getppid(), 0)",
    ],
)
def test_it_is_refused(script: str, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").touch()
    result = run(script, tmp_path)
    assert "refused here" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_reading_goes_on(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("text")
    result = run("print(open('kept.txt').read())", tmp_path)
    assert (result.stdout, result.returncode) == ("text\n", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit addresses")
def test_memory_ends(tmp_path: Path) -> None:
    assert "MemoryError" in run("b = b'x' * 300_000_000", tmp_path).stderr


def test_processor_time_ends(tmp_path: Path) -> None:
    assert run("while True: pass", tmp_path).returncode == -24  # SIGXCPU
