"""The demo's plugin is whole, and each of its tools keeps the contract of tools."""

from pathlib import Path

from kefu.demo.orders.plugin import NAME, make_plugin
from kefu.plugins.host import PluginHost
from kefu.plugins.testing import assert_plugin


def test_the_plugin_is_whole(tmp_path: Path) -> None:
    plugin = make_plugin(tmp_path / "deeds.jsonl")
    assert_plugin(plugin)
    assert [found.name for found in PluginHost([plugin]).plugins] == [NAME]
