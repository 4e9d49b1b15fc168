"""The reference pages say what the code does: settings, errors, events, commands."""

import pytest
import typer

from kefu.cli import app
from kefu.config import Settings
from kefu.domain import errors
from kefu.domain.source import SourceProblem
from kefu.domain.turn import Decision, EventType
from kefu.knowledge.errors import Problem
from tests.docs.pages import codes, read, rows

SETTINGS = {doc.name: doc for doc in Settings.documented()}


def _errors() -> dict[str, type[errors.KefuError]]:
    """The whole tree by code; importing ``kefu.cli`` above has loaded every package that adds to it."""
    tree = [errors.KefuError]
    for kind in tree:
        tree.extend(kind.__subclasses__())
    return {kind.code: kind for kind in tree if kind.__module__.startswith("kefu.")}


def _commands() -> list[str]:
    """Every command as it is typed, groups opened: ``kefu kb add``."""
    return sorted(_leaves(app, "kefu"))


def _leaves(group: typer.Typer, path: str) -> list[str]:
    own = [f"{path} {command.name}" for command in group.registered_commands if not command.hidden]
    inner = [(f"{path} {child.name}", child.typer_instance) for child in group.registered_groups]
    return own + [leaf for name, instance in inner if instance is not None for leaf in _leaves(instance, name)]


def _documented_commands(text: str) -> set[str]:
    """The commands that have a heading of their own."""
    return {line.strip("# `") for line in text.splitlines() if line.startswith("### `kefu ")}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    row = rows(read("docs/operate/configuration.md")).get(name)
    assert row is not None, f"docs/operate/configuration.md has no row for {name}"
    default = SETTINGS[name].default
    assert not default or f"`{default}`" in row, f"the row of {name} does not show its default `{default}`"


def test_no_setting_is_invented() -> None:
    named = {name for name in rows(read("docs/operate/configuration.md")) if name.startswith("KEFU_")}
    assert named - set(SETTINGS) <= {"KEFU_ENCODER_DIR"}


@pytest.mark.parametrize("code", _errors())
def test_every_error_is_documented(code: str) -> None:
    row = rows(read("docs/api/errors.md")).get(code)
    assert row is not None, f"docs/api/errors.md has no row for {code}"
    assert f"| {_errors()[code].status} |" in row


def test_no_error_is_invented() -> None:
    assert set(rows(read("docs/api/errors.md"))) == set(_errors())


@pytest.mark.parametrize("word", [*EventType, *Decision])
def test_every_event_and_decision_is_in_the_protocol(word: str) -> None:
    protocol = read("docs/api/protocol.md")
    assert word in codes(protocol) or f" {word} " in protocol or f"`{word} " in protocol or f" {word}`" in protocol


@pytest.mark.parametrize("command", _commands())
def test_every_command_is_documented(command: str) -> None:
    assert command in _documented_commands(read("docs/guide/cli.md")), f"docs/guide/cli.md has no heading `{command}`"


def test_no_command_is_invented() -> None:
    assert _documented_commands(read("docs/guide/cli.md")) <= set(_commands())


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_of_a_file_is_in_the_guide(problem: Problem) -> None:
    assert problem in rows(read("docs/guide/knowledge.md"))


@pytest.mark.parametrize("problem", SourceProblem)
def test_every_problem_of_a_source_is_in_the_guide(problem: SourceProblem) -> None:
    assert problem in rows(read("docs/guide/sources.md"))
