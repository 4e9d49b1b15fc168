"""Two servers on one database: what is switched in one is in force with the other's next turn, without a restart."""

from pathlib import Path

from kefu.plugins.host import PluginHost
from tests.support.acme import NAME, Acme, write_acme
from tests.support.live import Live, live_server


def host_of(acme: Acme) -> PluginHost:
    return PluginHost(
        [acme.plugin(slot_types=(), recognisers=(), sources=(), channels=(), jobs=(), tables=(), flows=None)]
    )


async def test_a_switch_is_in_force_with_the_next_turn_everywhere(database_url: str, tmp_path: Path) -> None:
    acme = write_acme(tmp_path / "acme")
    one_folder, other_folder = tmp_path / "one", tmp_path / "other"
    one_folder.mkdir()
    other_folder.mkdir()
    async with (
        live_server(database_url, one_folder, plugin_host=host_of(acme)) as one,
        live_server(database_url, other_folder, plugin_host=host_of(acme)) as other,
    ):
        workspace = (await one.factory.setup.ensure_workspace("shop")).id
        visitor = await other.visitor()
        assert (await visitor.ask("有内幕消息吗"))["decision"] != "refuse"
        for _ in range(2):
            await switch(one, workspace, is_on=True)
            assert (await visitor.ask("有内幕消息吗"))["decision"] == "refuse"
            await switch(one, workspace, is_on=False)
            assert (await visitor.ask("有内幕消息吗"))["decision"] != "refuse"


async def switch(live: Live, workspace: str, *, is_on: bool) -> None:
    plugins = live.factory.plugins
    await (plugins.enable(workspace, NAME) if is_on else plugins.disable(workspace, NAME))
