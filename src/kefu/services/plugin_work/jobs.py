"""Jobs of plugins: run by the workers that run all jobs, ordered by hand or when they are due."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

import orjson
import structlog

from kefu.domain.errors import ConflictError, NotFoundError
from kefu.domain.job import JobDraft, JobProblem
from kefu.kit.clock import Clock
from kefu.kit.home_loop import HomeLoop
from kefu.kit.jsonvalue import JsonObject
from kefu.plugins.context import WorkContext
from kefu.plugins.errors import PluginFailedError
from kefu.plugins.host import PluginHost
from kefu.plugins.jobs import Job
from kefu.plugins.manifest import Plugin
from kefu.services.job_run import JobRun
from kefu.services.jobs import order_in
from kefu.services.plugin_work.calling import PluginCaller
from kefu.storage.database import Database

PLUGIN_JOB = "plugin_job"
_EVERY_S = 5.0
_AT_ONCE = 20
_ABSENT = timedelta(hours=1)
"""How long a job waits whose plugin is not installed here."""
_MOST_BYTES = 65_536
log = structlog.get_logger(__name__)


def to_draft(plugin: str, job: str, payload: JsonObject | None = None) -> JobDraft:
    """The order for a job; of each one is open at a time."""
    return JobDraft(PLUGIN_JOB, f"{plugin}/{job}", payload or {})


def find_job(plugin: Plugin, name: str) -> Job | None:
    return next((job for job in plugin.jobs if job.name == name), None)


class PluginJobs:
    """The handler of these jobs."""

    def __init__(self, caller: PluginCaller) -> None:
        self._caller = caller

    async def run(self, run: JobRun) -> JsonObject:
        """Raises ConflictError when the plugin is off, NotFoundError, PluginFailedError."""
        name, _, title = run.job.subject.partition("/")
        plugin, context = await self._caller.open(run.job.workspace_id, name)
        job = find_job(plugin, title)
        if job is None:
            raise NotFoundError("job of a plugin", run.job.subject)
        result = await self._caller.call(name, job.run, _Handle(run, context), seconds=job.seconds)
        return _checked(name, result)


class _Handle:
    """What the job's function sees; it runs in the plugin's thread."""

    def __init__(self, run: JobRun, context: WorkContext) -> None:
        self.context = context
        self.payload: JsonObject = dict(run.job.payload)
        self.cursor: JsonObject = dict(run.cursor)
        self._run = run
        self._home = HomeLoop()

    async def report(
        self, *, done: int, total: int, cursor: JsonObject | None = None, problems: Iterable[JobProblem] = ()
    ) -> None:
        await self._home.run(self._run.report(done=done, total=total, cursor=cursor, problems=tuple(problems)))


def _checked(plugin: str, result: object) -> JsonObject:
    if result is None:
        return {}
    if not isinstance(result, dict) or not all(isinstance(name, str) for name in result):
        raise PluginFailedError(f"{plugin}: the result of a job is an object, not a {type(result).__name__}.")
    try:
        size = len(orjson.dumps(result))
    except orjson.JSONEncodeError as error:
        raise PluginFailedError(f"{plugin}: the result of a job is no JSON: {error}") from error
    if size > _MOST_BYTES:
        raise PluginFailedError(f"{plugin}: the result of a job has more than {_MOST_BYTES} bytes.")
    return result


class PluginSchedule:
    """Runs in every process that runs jobs. However many look, a job is ordered once: see ``_order``."""

    def __init__(self, database: Database, host: PluginHost, *, clock: Clock) -> None:
        self._database = database
        self._host = host
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="plugin-schedule")

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def order_due(self) -> int:
        """Order what is due now; how many jobs that were, here or elsewhere."""
        async with self._database.platform_view() as platform:
            due = await platform.list_due_plugin_jobs(limit=_AT_ONCE)
        for workspace_id, plugin, job in due:
            with suppress(ConflictError):  # another process was first
                await self._order(workspace_id, plugin, job)
        return len(due)

    async def _order(self, workspace_id: str, plugin: str, name: str) -> None:
        """With its order the next one is put off: both in one commit."""
        now = self._clock.now()
        found = self._host.find_plugin(plugin)
        job = None if found is None else find_job(found, name)
        async with self._database.write(workspace_id) as unit:
            due = await unit.plugin_schedules.find_due(plugin, name)
            if due is None or due > now:
                return
            if job is None or job.schedule is None:
                log.warning("plugin_job_absent", plugin=plugin, job=name, workspace=workspace_id)
                await unit.plugin_schedules.set_due(plugin, name, now + _ABSENT)
                return
            await order_in(unit, to_draft(plugin, name))
            await unit.plugin_schedules.set_due(plugin, name, job.schedule.next_after(now))

    async def _watch(self) -> None:
        while True:
            await self._try()
            await asyncio.sleep(_EVERY_S)

    async def _try(self) -> bool:
        """False when the database failed: the next look comes in any case."""
        try:
            await self.order_due()
        except Exception:
            log.exception("plugin_jobs_not_ordered")
            return False
        return True
