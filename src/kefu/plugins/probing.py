"""Asks the parts of a plugin what a turn would ask, cut off in the same way: what raises, hangs or gives what cannot be."""

import tomllib
from collections.abc import Awaitable, Callable, Iterator
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from kefu.domain.conversation import Language
from kefu.domain.turn import DeltaKind
from kefu.kit.strings import Strings
from kefu.plugins.channels import WebhookRequest
from kefu.plugins.errors import ToolError
from kefu.plugins.guards import ACTIONS, Guard, Verdict
from kefu.plugins.isolation import PluginFailure, PluginThread
from kefu.plugins.manifest import Plugin
from kefu.plugins.reading import Marked, Recognised
from kefu.plugins.strings import load_strings
from kefu.plugins.testing import make_text_context, make_work_context

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_REPEATED = 250
"""How often a text is said again to be a long one."""
_SHOWN = 20


def _texts() -> Iterator[tuple[Language, str]]:
    """What customers write, short and long, plain and odd."""
    texts = tomllib.loads(files("kefu.plugins").joinpath("probes.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        for text in (*texts[language], texts[language][0] * _REPEATED):
            yield language, text


async def probe(plugin: Plugin) -> list[str]:
    """One sentence for each part that fails on ordinary texts. Its code is run; nothing of it is sent anywhere."""
    try:
        settings = None if plugin.settings is None else plugin.settings()
    except ValidationError:
        settings = None  # it cannot be switched on without settings: parts are asked without
    thread = PluginThread(f"probe-{plugin.name}")
    try:
        found = [await one for one in _probes(_Probe(plugin, settings, thread))]
    finally:
        await thread.aclose()
    return list(dict.fromkeys(sentence for sentences in found for sentence in sentences))


def _probes(probe: "_Probe") -> Iterator[Awaitable[list[str]]]:
    plugin = probe.plugin
    for kind in plugin.slot_types:
        if kind.parse is not None:
            yield probe.reads(f"slot type {kind.name}", kind.parse, Recognised, seconds=kind.seconds)
    for recogniser in plugin.recognisers:
        yield probe.reads(f"recogniser {recogniser.name}", recogniser.find, Marked, seconds=recogniser.seconds)
    for guard in plugin.guards:
        yield probe.judges(guard)
    for channel in plugin.channels:
        yield probe.refuses(f"channel {channel.name}", channel.verify, seconds=channel.seconds)


class _Probe:
    def __init__(self, plugin: Plugin, settings: object, thread: PluginThread) -> None:
        self.plugin = plugin
        self._settings = settings
        self._thread = thread
        self._strings: Strings | None = None if plugin.strings is None else load_strings(plugin.strings)

    async def reads(self, part: str, function: Callable[..., Any], kind: type, *, seconds: float) -> list[str]:
        wrong: list[str] = []
        for language, text in _texts():
            context = make_text_context(self.plugin, language=language, values=self._settings, is_asked=True)
            found, failure = await self._ask(function, text, context, seconds=seconds)
            if failure:
                return [f"The {part}: {failure}, asked about {_shown(text)}."]
            if not _are_places(found, kind, text):
                wrong.append(f"The {part}: what it gave for {_shown(text)} is no list of {kind.__name__} in the text.")
        return wrong

    async def judges(self, guard: Guard) -> list[str]:
        wrong: list[str] = []
        kind = DeltaKind.QUOTE if guard.place == "output" else None
        for language, text in _texts():
            context = make_text_context(self.plugin, language=language, values=self._settings, kind=kind)
            found, failure = await self._ask(guard.check, text, context, seconds=guard.seconds)
            if failure:
                return [f"The guard {guard.name}: {failure}, asked about {_shown(text)}."]
            if not isinstance(found, Verdict) or found.action not in ACTIONS[guard.place]:
                wrong.append(f"The guard {guard.name}: it gave no verdict of an {guard.place} for {_shown(text)}.")
            elif found.text and (self._strings is None or found.text not in self._strings):
                wrong.append(f"The guard {guard.name}: there is no text {found.text}.")
        return wrong

    async def refuses(self, part: str, verify: Callable[..., Any], *, seconds: float) -> list[str]:
        """A call that nobody has signed."""
        request = WebhookRequest("POST", {"content-type": "application/json"}, {}, b"{}")
        context = make_work_context(self.plugin, values=self._settings)
        found, failure = await self._ask(verify, request, context, seconds=seconds)
        if failure:
            return [f"The {part}: {failure}, asked about a call without a signature."]
        return [] if found is False else [f"The {part}: it takes a call that nobody has signed."]

    async def _ask(self, function: Callable[..., Any], *arguments: object, seconds: float) -> tuple[Any, str]:
        try:
            return await self._thread.run(function, *arguments, seconds=seconds), ""
        except PluginFailure as failure:
            cause = f": {failure.__cause__}" if failure.__cause__ is not None else ""
            return None, f"{failure.reason}{cause}"
        except ToolError as error:
            return None, f"it raised ToolError: {error.code}"


def _are_places(found: object, kind: type, text: str) -> bool:
    if not isinstance(found, list | tuple):
        return False
    return all(isinstance(one, kind) and 0 <= one.start < one.end <= len(text) for one in found)  # type: ignore[attr-defined]


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
