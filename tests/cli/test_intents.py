"""``kefu intent`` and ``kefu eval intent``, from a file of examples to a rolled-back version."""

import asyncio
import json
from pathlib import Path

import pytest

from kefu.config import Settings
from kefu.domain.conversation import Author, ChannelKind, Contact, Inbox, Message
from kefu.domain.knowledge import Gap
from kefu.factory import Factory
from kefu.kit.ids import new_id
from kefu.services.improving.gap_review import GAP_REVIEW
from tests.cli.conftest import Run
from tests.dialogue.intents.samples import CHINESE, FOREIGN


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEFU_EMBEDDER_KIND", "none")
    rows = [{"text": one.text, "intent": one.intent} for one in CHINESE] + [
        {"text": x, "intent": None} for x in FOREIGN
    ]
    path = tmp_path / "examples.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_a_model_is_taught_trained_shown_and_rolled_back(kefu: Run, lines: Path) -> None:
    assert json.loads(kefu("intent", "import", lines, "--json").stdout) == {"added": 22, "changed": 0, "unchanged": 0}
    assert kefu("intent", "card").exit_code != 0
    assert json.loads(kefu("intent", "train", "--json").stdout)["version"] == 1
    assert "Version 2 answers" in kefu("intent", "train").stdout
    assert "* version 2" in kefu("intent", "list").stdout
    assert "invoice" in kefu("intent", "recognise", "发票怎么开").stdout
    figures = json.loads(kefu("intent", "eval", lines, "--json").stdout)
    assert (figures["n"], figures["n_oos"], figures["accuracy"]) == (18, 4, 1.0)
    assert json.loads(kefu("intent", "suggest", "--json").stdout) == []
    assert "Version 1 answers" in kefu("intent", "rollback").stdout
    assert json.loads(kefu("intent", "activate", 2, "--json").stdout)["is_active"] is True
    assert "| calibration error |" in kefu("intent", "card", 1).stdout


def test_what_customers_wrote_becomes_examples(kefu: Run, lines: Path) -> None:
    kefu("intent", "import", lines)
    message, cluster = asyncio.run(_write_and_fail("票呢"))
    report = kefu("intent", "correct", message, "--intent", "invoice", "--json")
    assert json.loads(report.stdout) == {"added": 1, "changed": 0, "unchanged": 0}
    assert "0 new, 1 changed" in kefu("intent", "correct", message, "--none").stdout
    assert "no intent 'invoce'" in str(kefu("intent", "correct", message, "--intent", "invoce").exception)
    assert cluster in kefu("intent", "suggest").stdout
    assert "1 new" in kefu("intent", "accept", cluster, "--intent", "payment").stdout
    assert kefu("intent", "suggest").stdout == ""
    for wrong in (("correct", message), ("accept", cluster, "--intent", "x", "--none")):
        assert kefu("intent", *wrong).exit_code == 2


async def _write_and_fail(text: str) -> tuple[str, str]:
    """The ids of a customer's message, and of a cluster of something else that was asked in vain."""
    factory = Factory(Settings.load())
    workspace = await factory.setup.ensure_workspace("default")
    found = Inbox(new_id("inb"), workspace.id, "app", "Shop", ChannelKind.WIDGET, 0)
    contact = Contact(new_id("cont"), workspace.id, found.id, None, factory.clock.now())
    async with factory.database.write(workspace.id) as unit:
        await unit.workspaces.add_inbox(found)
        await unit.contacts.add(contact)
        conversation = await unit.conversations.create(inbox_id=found.id, contact_id=contact.id, language=None)
        message = Message(new_id("msg"), conversation.id, 1, "cl", Author.VISITOR, text, factory.clock.now())
        await unit.messages.add(message, body_hash="")
        await unit.gaps.add(Gap("turn_1", conversation.id, "收加密货币吗", "zh", 0.1, factory.clock.now()))
    await factory.jobs.order(workspace.id, GAP_REVIEW)
    await factory.job_runner.run_due()
    (suggestion,) = await factory.intent_corrections.suggest(workspace.id, limit=5)
    await factory.aclose()
    return message.id, suggestion.gap.cluster.id


def test_eval_trains_on_one_file_and_measures_on_another(kefu: Run, lines: Path) -> None:
    figures = json.loads(kefu("eval", "intent", "--train", lines, "--test", lines).stdout)
    assert {"accuracy", "macro_f1", "oos_recall", "oos_auroc", "ms_per_text"} <= set(figures)
    assert figures["accuracy"] == 1.0


def test_a_bad_line_is_named(kefu: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a", "intent": "x"}\n{"text": "b"}\n', encoding="utf-8")
    assert "bad.jsonl:2: 'intent' is missing" in str(kefu("intent", "import", path).exception)
