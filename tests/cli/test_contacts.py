"""``kefu contact`` on both databases: what may be kept, what is kept, and its end."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from kefu.domain.profile import Consent, ContactFact, ProfileChange
from kefu.kit.clock import Clock
from kefu.storage.database import Database
from tests.cli.conftest import Run
from tests.storage.seeds import seed

FACTS = [
    {"name": "shoe_size", "type": "quantity", "title": {"zh": "鞋码", "en": "shoe size"}, "cues": {"zh": ["穿"]}, "days": 365},
    {"name": "city", "type": "text", "title": {"zh": "城市", "en": "city"}},
]  # fmt: skip


@pytest.fixture
def contact(kefu: Run, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A contact of the workspace ``shop`` of whom two facts are known; the command line knows the database."""
    monkeypatch.setenv("KEFU_DATABASE_URL", database_url.replace("+aiosqlite", "").replace("+asyncpg", ""))
    contact_id = asyncio.run(_seed(database_url))
    file = tmp_path / "facts.json"
    file.write_bytes(orjson.dumps(FACTS))
    allowed = kefu("contact", "facts", file, "--workspace", "shop")
    assert allowed.exit_code == 0, allowed.output
    assert [fact["name"] for fact in orjson.loads(allowed.stdout)] == ["shoe_size", "city"]
    return contact_id


async def _seed(url: str) -> str:
    database = Database(url, clock=Clock())
    found = await seed(database, slug="shop")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    size = ContactFact("shoe_size", 42, "42", "statement", "conv_1", "turn_1", at)
    city = ContactFact("city", "杭州", "杭州", "flow", "conv_1", "turn_2", at)
    async with database.write(found.workspace.id) as unit:
        await unit.profiles.change(found.contact.id, ProfileChange((size, city), consent=Consent.GIVEN))
    await database.aclose()
    return found.contact.id


def test_facts_are_shown_and_forgotten(kefu: Run, contact: str) -> None:
    shown = kefu("contact", "show", contact, "--workspace", "shop")
    assert "Consent: given." in shown.stdout
    assert "city  杭州  2026-03-01  flow turn_2" in shown.stdout
    as_json = orjson.loads(kefu("contact", "show", contact, "--workspace", "shop", "--json").stdout)
    assert {fact["name"]: fact["value"] for fact in as_json["facts"]} == {"shoe_size": 42, "city": "杭州"}
    assert kefu("contact", "forget", contact, "--fact", "city", "--workspace", "shop").stdout.strip() == "1 forgotten."
    assert orjson.loads(kefu("contact", "forget", contact, "--workspace", "shop", "--json").stdout) == {"forgotten": 1}
    assert orjson.loads(kefu("contact", "show", contact, "--workspace", "shop", "--json").stdout)["facts"] == []


def test_what_is_no_longer_allowed_is_not_shown(kefu: Run, contact: str, tmp_path: Path) -> None:
    file = tmp_path / "fewer.json"
    file.write_bytes(orjson.dumps(FACTS[1:]))
    assert kefu("contact", "facts", file, "--workspace", "shop").exit_code == 0
    shown = orjson.loads(kefu("contact", "show", contact, "--workspace", "shop", "--json").stdout)
    assert [fact["name"] for fact in shown["facts"]] == ["city"]


@pytest.mark.parametrize(
    "text",
    ["nonsense", "{}", '[{"name": "x"}]', '[{"name": "x", "type": "order_ref", "title": {"zh": "a", "en": "b"}}]'],
)
def test_a_file_that_is_no_list_of_facts_changes_nothing(kefu: Run, contact: str, tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    assert kefu("contact", "facts", file, "--workspace", "shop").exit_code != 0
    assert len(orjson.loads(kefu("contact", "facts", "--workspace", "shop").stdout)) == 2


def test_a_contact_that_is_not_there_is_said_so(kefu: Run, contact: str) -> None:
    assert contact
    assert kefu("contact", "show", "cont_none", "--workspace", "shop").exit_code != 0
