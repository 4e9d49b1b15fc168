"""A plugin: its manifest, and what it brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kefu.domain.conversation import Language
from kefu.domain.plugin_tables import TableStep
from kefu.plugins.channels import Channel
from kefu.plugins.guards import Guard
from kefu.plugins.jobs import Job
from kefu.plugins.knowledge import KnowledgeSource
from kefu.plugins.models import PluginSettings
from kefu.plugins.reading import Recogniser, SlotType
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
class Plugin:
    """What the entry point of the group ``kefu.plugins`` names. Everything but the manifest may be left out."""

    manifest: Manifest
    tools: tuple[Tool, ...] = ()
    flows: Path | None = None
    """A folder of flows, ``*.yaml``."""
    intents: tuple[Intent, ...] = ()
    slot_types: tuple[SlotType, ...] = ()
    recognisers: tuple[Recogniser, ...] = ()
    guards: tuple[Guard, ...] = ()
    sources: tuple[KnowledgeSource, ...] = ()
    channels: tuple[Channel, ...] = ()
    jobs: tuple[Job, ...] = ()
    tables: tuple[TableStep, ...] = ()
    """How its own tables came to be, step by step; a step that was released is never changed."""
    strings: Path | None = None
    """A folder with ``zh.json`` and ``en.json``: texts by key."""
    settings: type[PluginSettings] | None = None

    @property
    def name(self) -> str:
        return self.manifest.name
