"""What can be wrong with the single parts of a plugin: its limits, its functions, its schedule, its tables."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kefu.domain.plugin_tables import StepsInvalidError, to_tables
from kefu.plugins.channels import MOST_CHANNEL_SECONDS
from kefu.plugins.guards import FAILURES, MOST_GUARD_SECONDS
from kefu.plugins.jobs import MOST_JOB_SECONDS, SHORTEST_PAUSE, Daily, Every, Job
from kefu.plugins.knowledge import MOST_SOURCE_SECONDS
from kefu.plugins.manifest import Plugin
from kefu.plugins.reading import MOST_READ_SECONDS

BUILTIN_TYPES = frozenset(
    "order_id order_ref email mobile money quantity number percent date time datetime duration height weight length address "
    "name bool enum choice choices text attachment own".split()
)
"""Types of slots that kefu has itself; a test holds this to those of flows."""


def part_problems(plugin: Plugin) -> Iterator[str]:
    """One sentence each."""
    yield from _function_problems(plugin)
    yield from _limit_problems(plugin)
    yield from _reading_problems(plugin)
    for guard in plugin.guards:
        if guard.place not in FAILURES:
            yield f"The guard {guard.name}: place is input or output."
        elif guard.when_failed not in FAILURES[guard.place]:
            yield f"The guard {guard.name}: on_failure of an {guard.place} is {' or '.join(FAILURES[guard.place])}."
    for job in plugin.jobs:
        yield from _schedule_problems(job)
    try:
        to_tables(plugin.name, plugin.tables)
    except StepsInvalidError as error:
        yield str(error)


def _function_problems(plugin: Plugin) -> Iterator[str]:
    functions: dict[str, tuple[Callable[..., Any] | None, ...]] = {}
    functions |= {f"type {one.name}": (one.parse, one.validate) for one in plugin.slot_types}
    functions |= {f"recogniser {one.name}": (one.find,) for one in plugin.recognisers}
    functions |= {f"guard {one.name}": (one.check,) for one in plugin.guards}
    functions |= {f"source {one.name}": (one.list_entries, one.fetch) for one in plugin.sources}
    functions |= {f"channel {one.name}": (one.verify, one.receive, one.deliver) for one in plugin.channels}
    functions |= {f"job {one.name}": (one.run,) for one in plugin.jobs}
    for part, used in functions.items():
        for function in used:
            if function is not None and not _is_coroutine(function):
                name = getattr(function, "__name__", repr(function))
                yield f"The {part}: {name} must be `async def`: only what awaits can be cut off."


def _is_coroutine(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _limit_problems(plugin: Plugin) -> Iterator[str]:
    limits: list[tuple[str, float, float]] = []
    limits += [(f"type {one.name}", one.seconds, MOST_READ_SECONDS) for one in plugin.slot_types]
    limits += [(f"recogniser {one.name}", one.seconds, MOST_READ_SECONDS) for one in plugin.recognisers]
    limits += [(f"guard {one.name}", one.seconds, MOST_GUARD_SECONDS) for one in plugin.guards]
    limits += [(f"source {one.name}", one.seconds, MOST_SOURCE_SECONDS) for one in plugin.sources]
    limits += [(f"channel {one.name}", one.seconds, MOST_CHANNEL_SECONDS) for one in plugin.channels]
    limits += [(f"job {one.name}", one.seconds, MOST_JOB_SECONDS) for one in plugin.jobs]
    for part, seconds, most in limits:
        if not 0 < seconds <= most:
            yield f"The {part}: its seconds are between 0 and {most:g}."


def _reading_problems(plugin: Plugin) -> Iterator[str]:
    marked = {kind for one in plugin.recognisers for kind in one.kinds}
    for one in plugin.slot_types:
        if one.name in BUILTIN_TYPES:
            yield f"The slot type {one.name}: kefu has one of this name."
        if one.parse is None and one.name not in marked:
            yield f"The slot type {one.name} has no parse, and no recogniser marks {one.name}."
    for recogniser in plugin.recognisers:
        if not recogniser.kinds:
            yield f"The recogniser {recogniser.name} marks no kinds."
        if not recogniser.personal <= recogniser.kinds:
            yield f"The recogniser {recogniser.name}: personal names some of its kinds."


def _schedule_problems(job: Job) -> Iterator[str]:
    match job.schedule:
        case Every(pause) if pause < SHORTEST_PAUSE:
            yield f"The job {job.name}: its pause is at least {SHORTEST_PAUSE}."
        case Daily(at, zone):
            if at.tzinfo is not None:
                yield f"The job {job.name}: the zone of its time is `zone`."
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError):
                yield f"The job {job.name}: there is no zone {zone}."
