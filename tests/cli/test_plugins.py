"""``kefu plugin`` and ``kefu action`` as they are typed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kefu.plugins import host
from tests.cli.conftest import Run


@pytest.fixture
def project(kefu: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "kefu-call-desk"
    assert kefu("plugin", "new", "call-desk", "--folder", folder).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def _imports_forgotten() -> Iterator[None]:
    """Each test has a project of its own under the same name."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "kefu_call_desk"]:
        del sys.modules[name]


@pytest.fixture
def installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after ``pip install``: Python can import it, and its entry point is there."""
    info = project / "src" / "kefu_call_desk-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kefu-call-desk\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[{host.GROUP}]\ncall-desk = kefu_call_desk:plugin\nodd = no_such:thing\n")
    monkeypatch.syspath_prepend(str(project / "src"))


def test_a_new_plugin_can_be_used(kefu: Run, project: Path) -> None:
    checked = kefu("plugin", "check", project)
    assert (checked.exit_code, "can be used: 3 tools" in checked.stdout) == (0, True), checked.output
    assert kefu("plugin", "new", "call-desk", "--folder", project).exit_code == 1, "nothing is overwritten"
    assert kefu("plugin", "new", "Call Desk", "--folder", project / "x").exit_code == 1


@pytest.mark.slow
def test_the_tests_of_a_new_plugin_pass(project: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project)]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout


def test_what_is_wrong_with_a_plugin_is_said(kefu: Run, project: Path) -> None:
    (project / "src" / "kefu_call_desk" / "strings" / "en.json").write_text("{}")
    checked = kefu("plugin", "check", project)
    assert checked.exit_code == 1
    assert "callback_preview is there in one language only" in checked.stdout
    assert kefu("plugin", "check", project.parent).exit_code == 1


@pytest.mark.usefixtures("installed")
def test_a_plugin_is_switched_on_and_off(kefu: Run, tmp_path: Path) -> None:
    def state() -> tuple[bool, list[str]]:
        listed = json.loads(kefu("plugin", "list", "--json").stdout)
        assert [each["name"] for each in listed["broken"]] == ["odd"]
        (one,) = (each for each in listed["plugins"] if each["name"] == "call-desk")
        return one["is_enabled"], one["closed_tools"]

    settings = tmp_path / "settings.json"
    assert state() == (False, [])
    assert kefu("plugin", "enable", "call-desk", "--close", "cancel_callback").exit_code == 0
    assert state() == (True, ["cancel_callback"])
    settings.write_text('{"first_hour": 99}')
    assert kefu("plugin", "enable", "call-desk", "--settings", settings).exit_code == 1
    settings.write_text('{"first_hour": 8}')
    assert kefu("plugin", "enable", "call-desk", "--settings", settings).exit_code == 0
    assert kefu("plugin", "enable", "call-desk", "--close", "no_such").exit_code == 1
    assert kefu("plugin", "disable", "call-desk").exit_code == 0
    assert state() == (False, ["cancel_callback"])
    assert kefu("plugin", "enable", "no-such").exit_code == 1
    assert "off  call-desk 0.1.0" in kefu("plugin", "list").stdout


def test_there_are_no_actions_yet(kefu: Run) -> None:
    assert json.loads(kefu("action", "list", "--json").stdout) == {"actions": [], "writes": []}
    for command in (("approve", "act_x"), ("decline", "act_x"), ("reconcile", "led_x")):
        assert kefu("action", *command).exit_code == 1
    assert json.loads(kefu("action", "reconcile").stdout) == {"asked": 0, "settled": 0, "expired": 0}
