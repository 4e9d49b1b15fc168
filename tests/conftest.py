"""What every test may ask for: a database, a Redis, a browser. And what none may have: the network."""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import asyncpg  # type: ignore[import-untyped]
import pytest
import redis
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from kefu.kit.clock import Clock
from kefu.storage import schema
from kefu.storage.database import Database
from kefu.storage.settings import StorageSettings
from kefu.storage.tables import metadata

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"
MISSING = "MISSING SERVICE"
_LEASE_SECONDS = 900
os.environ.setdefault(
    "KEFU_INTENTS_DIR", str(Path(__file__).parents[1] / "var" / "intents")
)  # trained once for all runs
os.environ.setdefault("KEFU_GRAPH_AUTOMATIC", "false")  # tests of the graph order its job; the others need no spaCy

# A busy machine is no failure.
settings.register_profile("kefu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kefu")


# ── No network ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name is None or (
        isinstance(name, str) and (name in {"", "localhost", "::1", "0.0.0.0", "::"} or name.startswith("127."))
    )


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: sees every connect and look-up of this process, whoever makes them (uvloop's own excepted)."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket's address is a path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, str) and host.endswith(".invalid"):  # RFC 6761: such a name never resolves
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not _is_local(host):
        # Not an Exception: no retry and no fallback of the code under test may hide it.
        pytest.fail(f"A test reached for the network: {host!r}. Fake at the transport, on 127.0.0.1.")


def pytest_configure() -> None:
    sys.addaudithook(_refuse_network)


# ── Services: present, or a loud skip, or under CI=true a failure ───────────────────────────────────────────────────


def _miss(what: str, how: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not there, and CI=true: {how}")
    pytest.skip(f"{MISSING}: {what}. {how}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    reasons = [reason for *_, reason in skipped if MISSING in reason]
    if reasons:
        terminalreporter.section("TESTS THAT DID NOT RUN", red=True, bold=True)
        for reason in sorted(set(reasons)):
            terminalreporter.line(f"{reasons.count(reason):4d} × {reason.removeprefix('Skipped: ')}", red=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL (postgresql://…) of an empty database of this worker's own; dropped at the end."""
    server = os.environ.get("KEFU_TEST_POSTGRES_URL", POSTGRES)
    name = f"kefu_test_{secrets.token_hex(6)}"
    try:
        asyncio.run(_execute(server, f'CREATE DATABASE "{name}"'))
    except (OSError, asyncpg.PostgresError) as error:
        how = f"Start one on 127.0.0.1:5432 that trusts `postgres`, or set KEFU_TEST_POSTGRES_URL. ({error})"
        _miss("PostgreSQL", how)
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def _redis_number() -> Iterator[str]:
    """The URL of a numbered Redis database that no other worker, or run, is using."""
    server = os.environ.get("KEFU_TEST_REDIS_URL", REDIS)
    with redis.Redis.from_url(server, socket_timeout=5) as registry:
        try:
            number = next(
                (n for n in range(1, 16) if registry.set(_lease(n), "taken", nx=True, ex=_LEASE_SECONDS)), None
            )
        except redis.RedisError as error:
            _miss("Redis", f"Start one on 127.0.0.1:6379, or set KEFU_TEST_REDIS_URL. ({error})")
        assert number is not None, "All 15 Redis databases are taken by other test runs."
        yield server.rsplit("/", 1)[0] + f"/{number}"
        registry.delete(_lease(number))


def _lease(number: int) -> str:
    return f"kefu-test:database:{number}"


@pytest.fixture
def redis_url(_redis_number: str) -> str:
    """The URL of an empty Redis database of this worker's own."""
    with redis.Redis.from_url(_redis_number, socket_timeout=5) as client:
        client.flushdb()
    return _redis_number


@pytest.fixture(scope="session")
def mcp_sdk() -> None:
    """The MCP SDK, which is an extra; the development set has it."""
    if find_spec("mcp") is None:
        _miss("The MCP SDK", "Install the extra: pip install 'kefu[mcp]', or run make setup.")


@pytest.fixture(scope="session")
def chromium_path() -> str | None:
    """The Chromium to start; None means Playwright's own. scripts/browser.sh has tried to provide one."""
    for name in (os.environ.get("KEFU_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name) if name else None
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    if not any(Path.home().glob(".cache/ms-playwright/chromium*")):
        _miss("Chromium", "Run scripts/browser.sh, or set KEFU_TEST_CHROMIUM=/path/to/chromium.")
    return None


# ── Databases with the schema, empty ────────────────────────────────────────────────────────────────────────────────


async def _upgrade(url: str) -> None:
    database = Database(url, clock=Clock())
    await schema.upgrade(database)
    await database.aclose()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating takes a hundred times longer than copying."""
    path = tmp_path_factory.mktemp("schema") / "template.sqlite3"
    asyncio.run(_upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_url: str) -> str:
    url = StorageSettings(database_url=postgres_url).sqlalchemy_url
    asyncio.run(_upgrade(url))
    return url


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a fresh SQLite file with the current schema."""
    shutil.copyfile(_sqlite_template, tmp_path / "kefu.sqlite3")
    return f"sqlite+aiosqlite:///{tmp_path / 'kefu.sqlite3'}"


_DROP_PLUGINS = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'p\\_%' LOOP
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
END $$
"""
"""Plugins' own tables are no part of our metadata."""


@pytest.fixture
async def postgres_database_url(_postgres_template: str) -> str:
    """The SQLAlchemy URL of this worker's PostgreSQL database: current schema, no rows.

    Emptied by DELETE: for tables of a few rows TRUNCATE, which makes files anew, takes a hundred times longer.
    """
    deletes = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))
    await _execute(_postgres_template.replace("+asyncpg", ""), f"{deletes}; {_DROP_PLUGINS}")
    return _postgres_template


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases in turn, by SQLAlchemy URL, migrated and empty: for tests that start a server of their own."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_database_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Both databases in turn, migrated and empty: the same contract holds on each."""
    database = Database(database_url, clock=Clock())
    yield database
    await database.aclose()
