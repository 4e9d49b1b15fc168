"""Broken plugins: each is named with one sentence, and everybody else goes on."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from kefu.domain.errors import InvalidInputError
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins import PluginError, ToolError
from kefu.plugins.host import GROUP, PluginHost, load
from kefu.plugins.isolation import PluginCrashedError, PluginHungError, PluginNotCalledError, PluginThread
from kefu.plugins.manifest import Intent, Manifest, Plugin
from kefu.plugins.validation import problems_of
from tests.support.call_desk import BackEnd, make_desk

GOOD = """
from kefu.plugins import Manifest, Plugin
plugin = Plugin(Manifest(name="NAME", version="1.0", title={"zh": "一", "en": "One"}))
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed distributions."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def install(site: Path, name: str, code: str) -> None:
    (site / f"mod_{name}.py").write_text(code.replace("NAME", name), encoding="utf-8")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = mod_{name}:plugin\n")


def test_plugins_are_found_by_entry_point_and_broken_ones_stop_nobody(site: Path) -> None:
    broken = {
        "raising": "raise ValueError('oh')",
        "quitting": "raise SystemExit(3)",
        "absent": "x = 1",
        "wrong": "plugin = 3",
        "renamed": GOOD.replace("NAME", "other"),
        "future": GOOD.replace('version="1.0"', 'version="1.0", api=99'),
        "unversioned": GOOD.replace("1.0", "one"),
        "untitled": GOOD.replace('"zh": "一", ', ""),
        "inner": GOOD + "\nfrom kefu.storage import database",
        "online": GOOD + "\nimport socket",
        "syntax": "def (",
        "hanging": "import time\ntime.sleep(5)",
    }
    for name, code in {**broken, "good": GOOD}.items():
        install(site, name, code)
    host = PluginHost.discover(seconds=1.0)
    assert [plugin.name for plugin in host.plugins] == ["good"]
    reasons = {each.name: each.reason for each in host.broken}
    assert set(reasons) == set(broken)
    for name, words in {
        "raising": "ValueError: oh",
        "quitting": "SystemExit",
        "absent": "AttributeError",
        "wrong": "not a kefu.plugins.Plugin",
        "renamed": "the manifest says other",
        "future": "version 99",
        "unversioned": "not like 1.2.0",
        "untitled": "zh and en",
        "inner": "only kefu.plugins",
        "online": "does not ask for network",
        "syntax": "SyntaxError",
        "hanging": "not imported within 1 s",
    }.items():
        assert words in reasons[name], reasons[name]
        assert "\n" not in reasons[name]


def test_what_the_manifest_asks_for_may_be_imported(site: Path) -> None:
    code = GOOD.replace("})", "}, uses=frozenset({Use.NETWORK}))", 1).replace("Plugin\n", "Plugin, Use\n", 1)
    (site / "mod_net.py").write_text("import socket" + code.replace("NAME", "net").replace("})))", "})))"))
    assert load(EntryPoint("net", "mod_net:plugin", GROUP)).name == "net"
    with pytest.raises(PluginError, match="cannot be imported"):
        load(EntryPoint("net", "mod_no_such:plugin", GROUP))


def test_names_are_there_once() -> None:
    desk = make_desk(BackEnd())
    same_name = Plugin(Manifest("desk", "2.0", {"zh": "二", "en": "Two"}))
    same_tool = replace(desk, manifest=replace(desk.manifest, name="other"))
    host = PluginHost([desk, same_name, same_tool])
    assert [each.reason for each in host.broken] == [
        "Another plugin is called desk too.",
        "The plugin desk has a tool get_order too.",
    ]


def test_parts_that_do_not_fit_are_told_in_sentences(tmp_path: Path) -> None:
    (tmp_path / "zh.json").write_text('{"a": "一", "b": "二"}')
    (tmp_path / "en.json").write_text('{"a": "one"}')
    (tmp_path / "bad.yaml").write_text("flow: [")
    (tmp_path / "odd.yaml").write_text("flow: odd\ntitle: {en: Odd}")
    desk = make_desk(BackEnd())
    lonely = tuple(each for each in desk.tools if each.name != "reopen_order")
    plugin = replace(
        desk,
        tools=(*lonely, lonely[0]),
        flows=tmp_path,
        strings=tmp_path,
        intents=(Intent("Return it", {"zh": ["退货"]}),),
    )
    found = "\n".join(problems_of(plugin))
    for words in (
        "The tool get_order is there 2 times.",
        "reopen_order, which undoes it, is no writing tool",
        "The text b is there in one language only.",
        "The flow bad.yaml is no YAML (line 1)",
        "The flow odd: its title",
        "The intent 'Return it'",
        "no example in en",
    ):
        assert words in found, found


def test_settings_are_checked_by_the_plugin_s_own_model() -> None:
    host = PluginHost([make_desk(BackEnd())])
    assert host.to_settings("desk", {"currency": "EUR"}) is not None
    wrongs: list[JsonObject] = [{"currency": 3}, {"colour": "red"}]
    for wrong in wrongs:
        with pytest.raises(InvalidInputError, match="The setting"):
            host.to_settings("desk", wrong)


@pytest.fixture
async def thread() -> AsyncIterator[PluginThread]:
    thread = PluginThread("desk")
    yield thread
    await thread.aclose()


async def test_an_answer_and_a_no_come_through(thread: PluginThread) -> None:
    async def answer(value: int) -> int:
        return value + 1

    async def refuse() -> None:
        raise ToolError("closed")

    assert await thread.run(answer, 1, seconds=5) == 2
    with pytest.raises(ToolError) as caught:
        await thread.run(refuse, seconds=5)
    assert caught.value.code == "closed"


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
async def test_whatever_it_raises_the_host_lives(thread: PluginThread, error: type[BaseException]) -> None:
    async def crash() -> None:
        raise error

    async def well() -> str:
        return "well"

    with pytest.raises(PluginCrashedError):
        await thread.run(crash, seconds=5)
    assert await thread.run(well, seconds=5) == "well"


async def test_one_that_waits_too_long_is_cut_off_and_its_thread_goes_on(thread: PluginThread) -> None:
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    async def which() -> int:
        return threading.get_ident()

    before = await thread.run(which, seconds=5)
    with pytest.raises(PluginHungError):
        await thread.run(wait, seconds=0.05)
    assert await thread.run(which, seconds=5) == before
    assert cancelled.wait(5)


async def test_one_that_never_awaits_stops_nobody_and_after_a_few_times_is_not_called(thread: PluginThread) -> None:
    release = threading.Event()

    async def block() -> None:
        release.wait(20)

    async def well() -> str:
        return "well"

    try:
        for _ in range(5):
            beats = asyncio.create_task(asyncio.sleep(0.01, "the loop goes on"))
            with pytest.raises(PluginHungError):
                await thread.run(block, seconds=0.02)
            assert beats.done()
            if thread._left_hanging < 5:
                assert await thread.run(well, seconds=5) == "well"
        with pytest.raises(PluginNotCalledError):
            await thread.run(well, seconds=5)
    finally:
        release.set()
