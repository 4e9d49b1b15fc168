"""What became of a write that nobody knows the end of: the other system is asked, or a person has to know."""

from kefu.dialogue.tools.admission import Admitted, RefusedError, freeze, hash_of
from kefu.dialogue.tools.ledger import Ledger
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.tools.writing import Writer
from kefu.domain.action import LedgerEntry, LedgerOutcome, LedgerStatus
from kefu.domain.conversation import Language
from kefu.domain.errors import KefuError
from kefu.kit.clock import Clock
from kefu.plugins.context import ToolContact
from kefu.plugins.host import PluginHost
from kefu.plugins.models import PluginSettings


class Reconciler:
    """Asks by key, through the tool's ``find``. Nothing is ever called a second time."""

    def __init__(self, host: PluginHost, ledger: Ledger, *, clock: Clock) -> None:
        self._host = host
        self._ledger = ledger
        self._clock = clock
        self._writer = Writer(host, ledger, clock=clock)

    async def ask(self, entry: LedgerEntry, *, contact: ToolContact, language: Language) -> LedgerEntry:
        """The row as it is afterwards; without ``check_at`` and still unknown, only a person can say."""
        is_under_way = entry.status is LedgerStatus.EXECUTING and not self._is_due(entry)
        if entry.status.is_settled or is_under_way:
            return entry
        admitted = await self._recall(entry)
        if admitted is None:
            code = entry.code or "tool_gone"
            outcome = LedgerOutcome(LedgerStatus.UNKNOWN, {}, code, "its plugin, as it is now, cannot be asked")
            return await self._ledger.finish(entry, outcome, check_at=None)
        turn = GateTurn(
            workspace_id=entry.workspace_id,
            conversation_id=entry.conversation_id,
            turn_id=entry.turn_id,
            contact=contact,
            now=self._clock.now(),
            language=language,
        )
        return await self._writer.ask(admitted, entry, admitted.context(turn, key=entry.key))

    def _is_due(self, entry: LedgerEntry) -> bool:
        return entry.check_at is not None and self._clock.now() >= entry.check_at

    async def _recall(self, entry: LedgerEntry) -> Admitted | None:
        """The call as it was, also when the workspace has switched its plugin off since; None when it fits no more."""
        found = await self._host.look_for_tool(entry.tool, workspace_id=entry.workspace_id)
        if found is None:
            return None
        plugin, tool = found
        state = await self._ledger.find_plugin_state(entry.workspace_id, plugin.name)
        try:
            settings: PluginSettings | None = self._host.to_settings(
                plugin.name, {} if state is None else state.settings
            )
            checked, frozen = freeze(tool, entry.arguments)
        except (KefuError, RefusedError):
            return None
        tables = self._host.tables_for(entry.workspace_id, plugin)
        return Admitted(plugin, tool, checked, frozen, hash_of(tool.name, frozen), settings, tables)
