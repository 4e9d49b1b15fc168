"""The command line in its own data folder, run as a user runs it (in this process, without an encoder's start-up)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from kefu.cli import app
from tests.support.knowledge import write_knowledge

Run = Callable[..., Result]


@pytest.fixture
def kefu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("KEFU_DATA_DIR", str(tmp_path / "data"))
    runner = CliRunner()

    def run(*arguments: object) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments])

    yield run
    structlog.reset_defaults()  # the commands log to the runner's stderr, which is closed by now


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return write_knowledge(tmp_path / "knowledge")
