"""One thing, one name: the words of the domain are the words of the glossary."""

import re
from enum import StrEnum
from types import ModuleType

import pytest

from kefu.domain import conversation, desk, hours, knowledge, source, turn
from tests.docs.pages import read, terms

DESIGN_TERMS = (
    "workspace, inbox, channel, visitor, contact, agent, team, assistant, conversation, message, turn, event, status, "
    "handler, handoff, queue, assignment, private note, label, canned response, rating, intent, slot, flow, step, "
    "command, tool, pending action, knowledge base, source, document, chunk, passage, citation, model, provider, tier, "
    "usage, budget, guard, verdict, plugin, manifest, experiment, variant, goal"
).split(", ")
PARTS_OF_A_TERM = ("Draft", "Kind", "State", "Reason", "Profile", "Entry")


def words(name: str) -> str:
    """``QuickReply`` → ``quick reply``; a part of a thing is under the thing: ``MessageDraft`` → ``message``."""
    for part in PARTS_OF_A_TERM:
        name = name.removesuffix(part)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _names(module: ModuleType) -> list[str]:
    return [
        name for name, kind in vars(module).items() if isinstance(kind, type) and kind.__module__ == module.__name__
    ]


DOMAIN = sorted(
    {words(name) for module in (conversation, desk, hours, knowledge, source, turn) for name in _names(module)}
)


@pytest.mark.parametrize("term", sorted({*DESIGN_TERMS, *DOMAIN}))
def test_every_word_has_an_entry(term: str) -> None:
    assert term in terms(read("docs/glossary.md")), f"docs/glossary.md does not say what a {term} is"


@pytest.mark.parametrize("kind", [conversation.Status, conversation.Handler, turn.Decision, turn.DeltaKind])
def test_the_values_of_a_word_are_named(kind: type[StrEnum]) -> None:
    glossary = read("docs/glossary.md")
    assert [value for value in kind if f"`{value}`" not in glossary] == []


def test_a_missing_word_is_found() -> None:
    assert "dialog" not in terms(read("docs/glossary.md"))
    assert words("QuickReply") == "quick reply"
    assert words("MessageDraft") == "message"
