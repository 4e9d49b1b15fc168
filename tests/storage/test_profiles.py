"""Facts of contacts on SQLite and PostgreSQL: kept, replaced, expired, forgotten, and of one workspace only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kefu.domain.profile import Consent, ContactFact, Profile, ProfileChange
from kefu.storage.database import Database
from tests.storage.seeds import Seed, seed
from tests.support.profiles import ALLOWED

FACT = ContactFact("shoe_size", 42, "42", "statement", "conv_1", "turn_1", datetime(2026, 3, 1, tzinfo=UTC))


async def remember(database: Database, found: Seed, change: ProfileChange) -> Profile:
    async with database.write(found.workspace.id) as unit:
        await unit.profiles.set_allowed(ALLOWED)
        await unit.profiles.change(found.contact.id, change)
    return await profile_of(database, found)


async def profile_of(database: Database, found: Seed) -> Profile:
    async with database.read(found.workspace.id) as unit:
        known = await unit.profiles.find(found.contact.id)
    assert known is not None
    assert known[0] == found.contact
    return known[1]


async def test_facts_and_consent_are_kept(database: Database) -> None:
    found = await seed(database)
    assert await profile_of(database, found) == Profile()
    profile = await remember(database, found, ProfileChange((FACT,), consent=Consent.GIVEN))
    assert profile == Profile(ALLOWED, (FACT,), Consent.GIVEN)


async def test_the_last_value_takes_the_place_of_the_one_before(database: Database) -> None:
    found = await seed(database)
    await remember(database, found, ProfileChange((FACT,)))
    newer = replace(FACT, value=43, display="43", turn_id="turn_2")
    assert (await remember(database, found, ProfileChange((newer,)))).facts == (newer,)


async def test_what_has_expired_is_not_found_and_goes_with_the_next_change(database: Database) -> None:
    found = await seed(database)
    old = replace(FACT, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await remember(database, found, ProfileChange((old,)))).facts == ()
    async with database.write(found.workspace.id) as unit:
        assert await unit.profiles.forget(found.contact.id, None) == 0


async def test_what_is_no_longer_allowed_is_not_found(database: Database) -> None:
    found = await seed(database)
    await remember(database, found, ProfileChange((FACT,)))
    async with database.write(found.workspace.id) as unit:
        await unit.profiles.set_allowed(ALLOWED[1:])
    assert (await profile_of(database, found)).facts == ()


async def test_forgetting_deletes_the_rows(database: Database) -> None:
    found = await seed(database)
    city = replace(FACT, name="city", value="杭州", display="杭州")
    await remember(database, found, ProfileChange((FACT, city)))
    assert (await remember(database, found, ProfileChange(forgotten=("shoe_size",)))).facts == (city,)
    async with database.write(found.workspace.id) as unit:
        assert await unit.profiles.forget(found.contact.id, None) == 1
    assert (await profile_of(database, found)).facts == ()


async def test_other_workspaces_see_nothing(database: Database) -> None:
    ours, theirs = await seed(database, slug="ours"), await seed(database, slug="theirs")
    await remember(database, ours, ProfileChange((FACT,)))
    async with database.write(theirs.workspace.id) as unit:
        assert await unit.profiles.find(ours.contact.id) is None
        assert await unit.profiles.forget(ours.contact.id, None) == 0
    assert (await profile_of(database, ours)).facts == (FACT,)
