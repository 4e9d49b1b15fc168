"""Plugins' own tables in kefu's database: there before they are used, bound to the workspace they are used for."""

import asyncio
from collections.abc import Mapping, Sequence

from kefu.domain.plugin_tables import MOST_ROWS, OwnTable, Row, RowChange, Where, to_tables
from kefu.kit.clock import Clock
from kefu.kit.home_loop import HomeLoop
from kefu.plugins.manifest import Plugin
from kefu.plugins.table_checks import checked_changes, checked_key, checked_order, checked_where, require_table
from kefu.plugins.tables import OwnTables, TableOrder
from kefu.storage.database import Database
from kefu.storage.plugin_schema import bring_up


class PluginTables:
    """Of this process. A plugin's steps are carried out when it is switched on, or at the latest before the first use."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ready: dict[str, asyncio.Task[int]] = {}

    def of(self, workspace_id: str, plugin: Plugin) -> OwnTables:
        """What the plugin's code is given (``plugins.host.TablesOf``)."""
        return _WorkspaceTables(self._database, workspace_id, plugin, ready=self)

    async def ensure(self, plugin: Plugin) -> None:
        """Carry out what is missing, once in this process. Raises ConflictError when a step was changed afterwards."""
        known = self._ready.get(plugin.name)
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            work = bring_up(self._database, plugin.name, plugin.tables, clock=self._clock)
            known = self._ready[plugin.name] = asyncio.create_task(work, name=f"tables:{plugin.name}")
        await asyncio.shield(known)


class _WorkspaceTables:
    """Called from the plugin's thread; the database is used in the loop that owns it."""

    def __init__(self, database: Database, workspace_id: str, plugin: Plugin, *, ready: PluginTables) -> None:
        self._database = database
        self._workspace_id = workspace_id
        self._plugin = plugin
        self._ready = ready
        self._home = HomeLoop()
        self._known: Mapping[str, OwnTable] = to_tables(plugin.name, plugin.tables)

    async def find(self, table: str, key: Mapping[str, object]) -> Row | None:
        own = require_table(self._known, table)
        return await self._home.run(self._find(own, checked_key(own, key)))

    async def rows(
        self, table: str, where: Sequence[Where] = (), *, order_by: TableOrder = (), limit: int = 100
    ) -> list[Row]:
        own = require_table(self._known, table)
        order, most = checked_order(own, order_by), max(0, min(limit, MOST_ROWS))
        return await self._home.run(self._rows(own, checked_where(own, where), order, limit=most))

    async def count(self, table: str, where: Sequence[Where] = ()) -> int:
        own = require_table(self._known, table)
        return await self._home.run(self._count(own, checked_where(own, where)))

    async def apply(self, *changes: RowChange) -> tuple[int, ...]:
        return await self._home.run(self._apply(checked_changes(self._known, changes)))

    async def _find(self, own: OwnTable, where: Sequence[Where]) -> Row | None:
        await self._ready.ensure(self._plugin)
        async with self._database.read(self._workspace_id) as unit:
            return await unit.plugin_rows.find(own, where)

    async def _rows(self, own: OwnTable, where: Sequence[Where], order: Sequence[str], *, limit: int) -> list[Row]:
        await self._ready.ensure(self._plugin)
        async with self._database.read(self._workspace_id) as unit:
            return await unit.plugin_rows.list_rows(own, where, order_by=order, limit=limit)

    async def _count(self, own: OwnTable, where: Sequence[Where]) -> int:
        await self._ready.ensure(self._plugin)
        async with self._database.read(self._workspace_id) as unit:
            return await unit.plugin_rows.count(own, where)

    async def _apply(self, changes: Sequence[tuple[OwnTable, RowChange]]) -> tuple[int, ...]:
        await self._ready.ensure(self._plugin)
        async with self._database.write(self._workspace_id) as unit:
            return tuple([await unit.plugin_rows.apply(own, change) for own, change in changes])
