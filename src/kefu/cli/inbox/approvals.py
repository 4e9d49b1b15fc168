"""What waits for an agent's yes, and writes whose end nobody knows: shown, decided, settled."""

from typing import Literal

from rich.markup import escape
from rich.table import Table

from kefu.cli.inbox.client import DeskClient, Json, RefusedError
from kefu.cli.inbox.screen import Screen, moment

_OUTCOMES = frozenset({"succeeded", "failed"})


class Approvals:
    """The two lists as they were shown last; lines are named ``a1`` and ``w1``."""

    def __init__(self, client: DeskClient, screen: Screen) -> None:
        self._client = client
        self._screen = screen
        self._actions: list[Json] = []
        self._writes: list[Json] = []

    def show(self, which: str) -> None:
        """Both lists, or one line of them with what speaks for it."""
        if which:
            self._show_one(which)
            return
        self._actions = self._client.get("/actions")["actions"]
        self._writes = self._client.get("/actions/writes")["writes"]
        if not self._actions and not self._writes:
            self._screen.say(self._screen.get("nothing_waits"))
        if self._actions:
            self._screen.say(self._screen.get("approvals"), "bold")
            self._screen.show(self._list_actions())
        if self._writes:
            self._screen.say(self._screen.get("unknown_writes"), "bold")
            self._screen.show(self._list_writes())

    def decide(self, how: Literal["approve", "decline"], rest: str) -> None:
        """Say yes or no to a line; a no has a reason."""
        which, _, reason = rest.partition(" ")
        action = self._find(which, "a", self._actions, "name_approval")
        if how == "decline" and not reason.strip():
            raise RefusedError("invalid_input", self._screen.get("give_reason"))
        self._client.post(f"/actions/{action['id']}/{how}", reason=reason.strip())
        self._screen.say(self._screen.get("approved" if how == "approve" else "declined"))

    def settle(self, rest: str) -> None:
        """Say what became of a write, and how it is known."""
        which, _, words = rest.partition(" ")
        outcome, _, note = words.strip().partition(" ")
        write = self._find(which, "w", self._writes, "name_write")
        if outcome not in _OUTCOMES:
            raise RefusedError("invalid_input", self._screen.get("how_settled"))
        found = self._client.post(f"/actions/writes/{write['id']}/reconcile", outcome=outcome, note=note.strip())
        self._tell_write(found)

    def check(self, which: str) -> None:
        """Ask the other system once more what became of a write."""
        write = self._find(which, "w", self._writes, "name_write")
        self._tell_write(self._client.post(f"/actions/writes/{write['id']}/reconcile"))

    def _find(self, which: str, letter: str, rows: list[Json], hint: str) -> Json:
        number = which.removeprefix(letter)
        if which.startswith(letter) and number.isdecimal() and 0 < int(number) <= len(rows):
            return rows[int(number) - 1]
        raise RefusedError("invalid_input", self._screen.get(hint))

    def _show_one(self, which: str) -> None:
        if which.startswith("w"):
            write = self._find(which, "w", self._writes, "name_write")
            self._tell_write(write)
            self._screen.say(f"{write['conversation_id']}  {_pairs(write['arguments'])}  {write['detail']}")
            return
        action = self._find(which, "a", self._actions, "name_approval")
        file = self._client.get(f"/actions/{action['id']}?language={self._screen.language}")
        self._show_file(file)

    def _show_file(self, file: Json) -> None:
        screen, action = self._screen, file["action"]
        state = screen.get(f"action_{action['state']}")
        head = {"tool": action["tool"], "amount": action["amount"] or "—", "who": self._who(action), "state": state}
        screen.say(screen.get("approval_head", **head), "bold")
        screen.say(f"{action['conversation_id']}  {_pairs(action['arguments'])}")
        screen.say(screen.get("evidence"), "bold")
        for line in file["evidence"]:
            screen.line(line)
        screen.say(screen.get("earlier" if file["earlier"] else "no_earlier"), "bold")
        for one in file["earlier"]:
            fields = {
                "at": moment(one["created_at"]),
                "tool": one["tool"],
                "amount": one["amount"] or "",
                "state": screen.get(f"action_{one['state']}"),
                "reason": one["reason"],
            }
            screen.say(screen.get("earlier_line", **fields))

    def _list_actions(self) -> Table:
        table = self._table("what", "amount", "who", "since", "until")
        for number, action in enumerate(self._actions, start=1):
            what = f"{action['tool']}  {_pairs(action['preview'].get('facts') or action['arguments'])}"
            waits, until = self._screen.since(action["created_at"]), moment(action["expires_at"])
            table.add_row(f"a{number}", escape(what), action["amount"] or "", escape(self._who(action)), waits, until)
        return table

    def _list_writes(self) -> Table:
        table = self._table("what", "since", "detail")
        for number, write in enumerate(self._writes, start=1):
            what = f"{write['tool']}  {_pairs(write['arguments'])}"
            table.add_row(f"w{number}", escape(what), self._screen.since(write["started_at"]), self._detail(write))
        return table

    def _table(self, *titles: str) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("")
        for title in titles:
            table.add_column(self._screen.get(f"col_{title}"))
        return table

    def _detail(self, write: Json) -> str:
        if write["check_at"] is None:
            return self._screen.get("ask_person")
        return self._screen.get("ask_again", at=moment(write["check_at"]))

    def _who(self, found: Json) -> str:
        return str(found["customer"] or self._screen.get("stranger"))

    def _tell_write(self, write: Json) -> None:
        status = self._screen.get(f"write_{write['status']}")
        self._screen.say(self._screen.get("settled", tool=write["tool"], status=status))


def _pairs(values: Json) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None and value != "")
