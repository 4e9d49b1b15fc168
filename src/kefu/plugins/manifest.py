"""A plugin: its manifest, and what it brings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from kefu.domain.conversation import Language
from kefu.plugins.models import PluginSettings
from kefu.plugins.spec import Tool

API_VERSION = 1
"""The version of ``kefu.plugins`` that this kefu has. A plugin for another one is not loaded."""


class Use(StrEnum):
    """What a plugin asks for. What it imports is compared with it."""

    NETWORK = "network"
    PROCESSES = "processes"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a plugin says about itself and asks for; ``name`` is also that of its entry point."""

    name: str
    version: str
    title: Mapping[Language, str]
    api: int = API_VERSION
    uses: frozenset[Use] = frozenset()


@dataclass(frozen=True, slots=True)
class Intent:
    """What a customer wants to get done, by examples; ``not_examples`` sound alike and are something else."""

    name: str
    examples: Mapping[Language, Sequence[str]]
    not_examples: Mapping[Language, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A typed value found in a text: ``text[start:end]`` says it; ``display`` is how it is said back."""

    start: int
    end: int
    value: str
    display: str


Recognise = Callable[[str, Language], Awaitable[Sequence[Recognised]]]
"""Finds the values of one type in the text of a message."""


@dataclass(frozen=True, slots=True)
class SlotType:
    """A type of slots of one's own, such as ``order_ref``, and how its values are found."""

    name: str
    recognise: Recognise


GuardPlace = Literal["input", "output"]
CheckText = Callable[[str, Language], Awaitable[str | None]]
"""A reason code when the text must not pass, None when it may."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A check of what comes in (a message) or goes out (a sentence)."""

    name: str
    place: GuardPlace
    check: CheckText


@dataclass(frozen=True, slots=True)
class Plugin:
    """What the entry point of the group ``kefu.plugins`` names. Everything but the manifest may be left out."""

    manifest: Manifest
    tools: tuple[Tool, ...] = ()
    flows: Path | None = None
    """A folder of flows, ``*.yaml``."""
    intents: tuple[Intent, ...] = ()
    slot_types: tuple[SlotType, ...] = ()
    guards: tuple[Guard, ...] = ()
    strings: Path | None = None
    """A folder with ``zh.json`` and ``en.json``: texts by key."""
    settings: type[PluginSettings] | None = None

    @property
    def name(self) -> str:
        return self.manifest.name
