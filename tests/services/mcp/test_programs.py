"""An MCP server that is a program of the operator's, spoken to over its standard input and output."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from kefu.domain.errors import ConfigurationError, InvalidInputError
from kefu.domain.mcp import McpTerms
from kefu.services.mcp.settings import ConfiguredServer, read_servers
from kefu.storage.database import Database
from tests.support.mcp_stage import CANCEL, READ, HttpPeer, Stage, as_program, stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "program"
    found.mkdir()
    return found


@pytest.fixture
async def shop(mcp_sdk: None, embedded: Database, folder: Path) -> AsyncIterator[Stage]:
    async with stage(embedded, configured={"erp": as_program(folder)}) as found:
        view = await found.service.add(found.workspace_id, "erp")
        assert view.server.problem == ""
        yield found


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "mcp_peer.py" in " ".join(one.cmdline())]


async def until_it_answers(shop: Stage) -> None:
    """A start may take longer than one call waits; it goes on for the next one."""
    async with asyncio.timeout(60):
        found = await shop.read("erp_get_order", order_id="A1")
        while found.status != "succeeded":
            await asyncio.sleep(0.05)
            found = await shop.read("erp_get_order", order_id="A1")


async def test_it_is_started_once_and_kept(shop: Stage, folder: Path) -> None:
    await shop.accept("getOrder", READ)
    found = await asyncio.gather(*(shop.read("erp_get_order", order_id="A1") for _ in range(4)))
    assert {result.status for result in found} == {"succeeded"}
    assert (folder / "starts").read_text() == "x"


async def test_one_that_has_died_is_started_again(shop: Stage, folder: Path) -> None:
    await shop.accept("getOrder", READ)
    (folder / "mode").write_text("dies")
    assert (await shop.read("erp_get_order", order_id="A1")).status == "failed"
    (folder / "mode").write_text("well")
    await until_it_answers(shop)
    assert (folder / "starts").read_text() == "xx"


async def test_a_write_that_it_dies_after_is_unknown(shop: Stage, folder: Path) -> None:
    await shop.accept("cancelOrder", CANCEL)
    (folder / "mode").write_text("dies_after")
    found = await shop.confirmed("erp_cancel_order", order_id="A1")
    assert found.status == "unknown"
    (folder / "mode").write_text("well")
    assert await shop.write("erp_cancel_order", order_id="A1") == found
    assert len((folder / "deeds").read_text().splitlines()) == 1


async def test_one_that_hangs_is_started_again(shop: Stage, folder: Path) -> None:
    await shop.accept("getOrder", McpTerms(effect="read", bind=READ.bind, seconds=6))
    (folder / "mode").write_text("hangs_listing")
    assert (await shop.read("erp_get_order", order_id="A1")).code == "server_unavailable"
    (folder / "mode").write_text("well")
    await until_it_answers(shop)
    assert (folder / "starts").read_text() == "xx"


async def test_it_ends_with_us(mcp_sdk: None, embedded: Database, folder: Path) -> None:
    async with stage(embedded, configured={"erp": as_program(folder)}) as found:
        await found.service.add(found.workspace_id, "erp")
        assert len(children()) == 1
    assert children() == []


async def test_it_ends_when_it_is_removed(shop: Stage) -> None:
    await shop.service.remove(shop.workspace_id, "erp")
    assert children() == []


async def test_a_program_that_is_not_there_is_a_problem(mcp_sdk: None, embedded: Database) -> None:
    missing = ConfiguredServer(command="/nowhere/at-all", workspaces=("*",))
    async with stage(embedded, configured={"erp": missing}) as found:
        view = await found.service.add(found.workspace_id, "erp")
    assert view.server.problem == "It cannot be spoken to: FileNotFoundError."


async def test_only_the_workspaces_that_it_names_may_use_it(mcp_sdk: None, embedded: Database, folder: Path) -> None:
    other = as_program(folder).model_copy(update={"workspaces": ("another",)})
    async with stage(embedded, configured={"erp": other}) as found:
        for name in ("erp", "crm"):
            with pytest.raises(InvalidInputError, match="operator's file"):
                await found.service.add(found.workspace_id, name)


async def test_credentials_go_to_their_server_and_nowhere_else(embedded: Database, peer: HttpPeer) -> None:
    configured = ConfiguredServer.model_validate(
        {"url": peer.url, "headers": {"Authorization": "Bearer s3cret"}, "workspaces": ["*"]}
    )
    async with stage(embedded, peer=peer, configured={"erp": configured}) as found:
        view = await found.service.add(found.workspace_id, "erp")
        assert view.server.problem == ""
        assert {request.get("authorization") for request in peer.requests()} == {"Bearer s3cret"}
        peer.reset()
        await found.service.add(found.workspace_id, "crm", url=peer.url)
        assert {request.get("authorization") for request in peer.requests()} == {None}
    assert "s3cret" not in repr(configured)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read"),
        ('{"mcpServers": {"erp": {}}}', "a command or a url"),
        ('{"mcpServers": {"erp": {"command": "x", "url": "https://x"}}}', "a command or a url"),
        ('{"mcpServers": {"Erp": {"command": "x"}}}', "is no name"),
        ('{"mcpServers": {"erp": {"command": "x", "shell": true}}}', "shell"),
        ('{"mcpServers": {"erp": {"url": "https://x", "headers": {"A": "s3cret\\nB: c"}}}}', "line break"),
    ],
)
def test_a_wrong_file_stops_the_start(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mcp.json").write_text(text)
    with pytest.raises(ConfigurationError, match=says) as caught:
        read_servers(tmp_path / "mcp.json")
    assert "s3cret" not in caught.value.detail
