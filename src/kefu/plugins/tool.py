"""``@tool``: a coroutine function becomes an action behind the gate."""

import inspect
import typing
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from kefu.domain.action import AuthLevel, Caller, CallRate
from kefu.plugins.errors import CODE, PluginError
from kefu.plugins.models import Arguments, Result
from kefu.plugins.spec import (
    AmountOf,
    Confirm,
    Effect,
    FindResult,
    KeyOf,
    OwnerOf,
    Precondition,
    PreviewOf,
    Tool,
    ToolFunction,
    ToolHooks,
    ToolSpec,
    Undo,
)

MOST_SECONDS = 30.0
"""A customer waits while a tool works."""
_MOST_RETRIES = 3
_OWNER = "owner:"


@dataclass(frozen=True, slots=True, kw_only=True)
class tool:  # noqa: N801 - reads as the decorator that it is
    """Make a tool of ``async def name(args: …, ctx: ToolContext) -> …``; its docstring tells what it does.

    ``auth`` is ``anonymous``, ``identified``, ``verified`` or ``owner:THING``; the last one needs ``owner``, which asks
    the other system whose THING the arguments name. What the other fields mean: ``ToolSpec`` and docs/plugins/tools.md.
    Raises PluginError, in one sentence, when the parts do not fit together.
    """

    effect: Effect = "write"
    auth: str = "identified"
    owner: OwnerOf | None = None
    confirm: Confirm = "always"
    timeout: float = 8.0
    retries: int = 0
    pre: Sequence[Precondition] = ()
    preview: PreviewOf | None = None
    amount: AmountOf | None = None
    approve_above: Decimal | None = None
    rate: CallRate | None = None
    find: FindResult | None = None
    idempotency: KeyOf | None = None
    compensate: str = ""
    undo: Undo | None = None
    callers: Collection[Caller] = tuple(Caller)
    codes: Sequence[str] = ()
    facts: Sequence[str] = ()
    hide: Collection[str] = ()
    fresh_for: timedelta | None = None

    def __call__(self, function: ToolFunction) -> Tool:
        spec = self._spec(getattr(function, "__name__", ""), function)
        hooks = ToolHooks(
            self.owner, tuple(self.pre), self.preview, self.amount, self.find, self.undo, self.idempotency
        )
        made = Tool(spec, function, hooks)
        for problem in _contradictions(made):
            raise PluginError(f"The tool {spec.name}: {problem}")
        return made

    def _spec(self, name: str, function: ToolFunction) -> ToolSpec:
        arguments, result = _models(name, function)
        level, owned = _to_auth(name, self.auth)
        return ToolSpec(
            name=name,
            description=inspect.getdoc(function) or "",
            arguments=arguments,
            result=result,
            effect=self.effect,
            auth=level,
            owned=owned,
            confirm=self.confirm if self.effect == "write" else "never",
            timeout=self.timeout,
            retries=self.retries,
            callers=frozenset(self.callers),
            codes=tuple(self.codes),
            facts=tuple(self.facts),
            hide=frozenset(self.hide),
            compensate=self.compensate,
            approve_above=self.approve_above,
            rate=self.rate,
            fresh_for=self.fresh_for,
        )


def _models(name: str, function: ToolFunction) -> tuple[type[Arguments], type[Result]]:
    """The classes of a tool's arguments and result, from its annotations."""
    if CODE.fullmatch(name) is None:
        raise PluginError(f"{name!r} is no name of a tool: lower-case letters, digits and underscores.")
    if not inspect.iscoroutinefunction(function):
        raise PluginError(f"The tool {name} must be `async def`: only what awaits can be cut off.")
    try:
        hints = typing.get_type_hints(function)
    except NameError as error:
        raise PluginError(f"The tool {name}: its annotations name something unknown ({error}).") from error
    given = hints.pop("return", None)
    if len(inspect.signature(function).parameters) != 2:  # noqa: PLR2004 - arguments and context
        raise PluginError(f"The tool {name} takes two parameters, its arguments and the ToolContext.")
    taken = next(iter(hints.values()), None)
    if not _is_a(taken, Arguments):
        raise PluginError(f"The tool {name}: its first parameter must be a subclass of kefu.plugins.Arguments.")
    if not _is_a(given, Result):
        raise PluginError(f"The tool {name}: it must return a subclass of kefu.plugins.Result.")
    return typing.cast("type[Arguments]", taken), typing.cast("type[Result]", given)


def _is_a(found: object, wanted: type) -> bool:
    return isinstance(found, type) and issubclass(found, wanted)


def _to_auth(name: str, auth: str) -> tuple[AuthLevel, str]:
    """The level that is wanted, and what must be owned."""
    if auth.startswith(_OWNER) and len(auth) > len(_OWNER):
        return AuthLevel.IDENTIFIED, auth.removeprefix(_OWNER)
    if auth not in tuple(AuthLevel):
        raise PluginError(f"The tool {name}: auth is anonymous, identified, verified or owner:THING, not {auth!r}.")
    return AuthLevel(auth), ""


def _contradictions(made: Tool) -> list[str]:
    spec, hooks = made.spec, made.hooks
    is_write = spec.effect == "write"
    shown, known = set(spec.result.model_fields), {*spec.arguments.model_fields, *spec.result.model_fields}
    functions = (hooks.owner, *hooks.pre, hooks.preview, hooks.amount, hooks.find)
    wrong = {
        "a docstring must say what it does.": not spec.description,
        f"its timeout is between 0 and {MOST_SECONDS:g} seconds.": not 0 < spec.timeout <= MOST_SECONDS,
        "effect is read or write.": spec.effect not in typing.get_args(Effect),
        "confirm is always or never.": spec.confirm not in typing.get_args(Confirm),
        "unknown fields of its arguments must be refused (extra='forbid').": spec.arguments.model_config.get("extra")
        != "forbid",
        "auth='owner:…' and an owner function belong together.": bool(spec.owned) != (hooks.owner is not None),
        f"a read may be tried again at most {_MOST_RETRIES} times, a write never.": not (
            0 <= spec.retries <= (0 if is_write else _MOST_RETRIES)
        ),
        "only a read stays fresh.": is_write and spec.fresh_for is not None,
        "rate, amount, find, idempotency, compensate and preview are for writes.": not is_write
        and any((spec.rate, hooks.amount, hooks.find, hooks.idempotency, spec.compensate, hooks.preview)),
        "approve_above and an amount function belong together.": (spec.approve_above is None) != (hooks.amount is None),
        "what may need an approval is confirmed by the customer too.": spec.approve_above is not None
        and spec.confirm != "always",
        "compensate and an undo function belong together.": bool(spec.compensate) != (hooks.undo is not None),
        "facts name fields of its result.": not set(spec.facts) <= shown,
        "hide names fields of its arguments or its result.": not spec.hide <= known,
        "what is hidden is no fact.": bool(spec.hide & set(spec.facts)),
        "codes are lower-case letters, digits and underscores.": any(CODE.fullmatch(c) is None for c in spec.codes),
        "each function around it is `async def`.": any(
            hook is not None and not inspect.iscoroutinefunction(hook) for hook in functions
        ),
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong]
