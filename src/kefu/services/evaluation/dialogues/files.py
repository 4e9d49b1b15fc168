"""The format of dialogue files (docs/guide/dialogue-tests.md), read strictly: an unknown key is an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kefu.domain.errors import InvalidInputError
from kefu.domain.turn import Decision

SUFFIXES = (".yaml", ".yml")
Variant = Literal["traditional", "full_width", "polite", "split", "spaces", "typos"]
Model = TypeVar("Model", bound=BaseModel)
_CONFIG = ConfigDict(extra="forbid", frozen=True)


class ScriptedAnswer(BaseModel):
    """What a tool comes to: a value, a typed failure, or nobody knows."""

    model_config = _CONFIG
    gives: dict[str, Any] | None = None
    fails: str = ""
    is_unknown: bool = Field(default=False, alias="unknown")


class ScriptedTool(ScriptedAnswer):
    """A tool with its answers. ``by`` names the argument whose value chooses one of ``answers``."""

    effect: Literal["read", "write"] = "read"
    arguments: tuple[str, ...] = ()
    auth: Literal["anonymous", "identified", "verified"] = "anonymous"
    confirm: Literal["always", "never"] = "always"
    codes: tuple[str, ...] = ()
    by: str = ""
    answers: dict[str, ScriptedAnswer] = {}


class Customer(BaseModel):
    model_config = _CONFIG
    id: str = "customer-1"
    auth: Literal["anonymous", "identified", "verified"] = "identified"
    segments: tuple[str, ...] = ()


class Setup(BaseModel):
    """What stands around dialogues. ``flows`` are files or folders beside the file that names them; ``documents`` are
    pages by key.
    """

    model_config = _CONFIG
    flows: tuple[str, ...] = ()
    documents: dict[str, str] = {}
    tools: dict[str, ScriptedTool] = {}
    customer: Customer = Customer()
    clock: datetime = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
    policy: dict[str, Any] = {}
    examples: dict[str, tuple[str, ...]] = {}
    """Further examples of intents; ``none`` for what is no intent."""


class Write(BaseModel):
    model_config = _CONFIG
    tool: str
    arguments: dict[str, Any] | None = None


class Expected(BaseModel):
    """What one turn has to come to; what is left out is not looked at."""

    model_config = _CONFIG
    decision: Decision | None = None
    commands: tuple[str, ...] | None = None
    """Names of commands, with their flow or slot: ``StartFlow rma_return``, ``SetSlot order``."""
    slots: dict[str, Any] | None = None
    asks: str | None = None
    """Name of the slot that is asked, or the kind of another open question (``confirmation``, ``offer`` …); ``nothing``."""
    pending: Write | None = None
    calls: tuple[str, ...] | None = None
    """Writing tools that are called in this turn, in order."""
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    cites: tuple[str, ...] | None = None
    """Keys of the documents that are cited."""
    handoff: str | None = None
    """The reason of a handoff; ``none``."""
    replies: tuple[str, ...] | None = None
    """Choices of quick replies that must be there."""


class TurnScript(BaseModel):
    """One turn: what the customer writes (a list: several messages), or presses."""

    model_config = _CONFIG
    user: str | tuple[str, ...] = ""
    press: str = ""
    attach: str = ""
    after: str = "1m"
    """Time since the turn before: ``30s``, ``5m``, ``2h``, ``1d``."""
    model: tuple[Any, ...] = ()
    """What the scripted model replies to this turn, call by call: a text, a list of commands, or a step of the tool loop."""
    expect: Expected = Expected()


class Final(BaseModel):
    model_config = _CONFIG
    stack: tuple[str, ...] | None = None
    writes: tuple[Write, ...] | None = None
    """Everything that was written, in order; a write that is not here is a wrong write."""


class DialogueScript(BaseModel):
    model_config = _CONFIG
    dialogue: str
    topic: str
    """What it is about, for counting: ``correction``, ``digression`` …"""
    language: Literal["zh", "en"]
    engine: Literal["embedded", "scripted"] = "embedded"
    """``scripted``: with the model that the turns script, whatever model is configured."""
    setup: str | Setup = Setup()
    turns: tuple[TurnScript, ...]
    final: Final = Final()
    vary: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A script with what stands around it. ``folder`` is where its setup lies; flow files are found from there."""

    script: DialogueScript
    setup: Setup
    folder: Path
    file: Path

    @property
    def name(self) -> str:
        return self.script.dialogue


def read_dialogues(path: Path) -> list[Dialogue]:
    """All dialogues of a file or of a folder, in order; a file may hold several documents (``---``).

    What begins with ``_`` is left out: setups, and folders of flows. Raises InvalidInputError that names file and key.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path]
    dialogues = [found for file in files if not _is_private(file.relative_to(path)) for found in _read_file(file)]
    names = [found.name for found in dialogues]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InvalidInputError(f"Two dialogues are called {min(twice)}.", field="dialogue")
    if not dialogues:
        raise InvalidInputError(f"{path} holds no dialogues (*.yaml).", field="path")
    return dialogues


def _is_private(file: Path) -> bool:
    return any(part.startswith("_") for part in file.parts)


def _read_file(file: Path) -> list[Dialogue]:
    scripts = [_validated(DialogueScript, data, file) for data in _load(file)]
    return [_with_setup(script, file) for script in scripts]


def _with_setup(script: DialogueScript, file: Path) -> Dialogue:
    if isinstance(script.setup, Setup):
        return Dialogue(script, script.setup, file.parent, file)
    place = file.parent / script.setup
    setup = _validated(Setup, next(iter(_load(place)), {}), place)
    return Dialogue(script, setup, place.parent, file)


def _load(file: Path) -> list[Any]:
    try:
        return [data for data in yaml.safe_load_all(file.read_text(encoding="utf-8")) if data is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInputError(f"{file}: {error}", field="path") from error


def _validated(model: type[Model], data: object, file: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise InvalidInputError(f"{file}: {place}: {first['msg']}.", field="path") from error


def said(turn: TurnScript) -> Sequence[str]:
    """The messages of a turn."""
    return (turn.user,) if isinstance(turn.user, str) else turn.user
