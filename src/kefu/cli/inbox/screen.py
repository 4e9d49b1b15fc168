"""How the desk looks in a terminal, in the agent's language."""

from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from kefu.kit.strings import Strings

Json = dict[str, Any]
PREVIEW = 60
_LONG = 120
"""Minutes from which a wait is shown in hours."""
_COLOURS = {"visitor": "cyan", "assistant": "magenta", "agent": "green", "system": "dim"}
HELP = (
    ("/queue [mine|held|snoozed|resolved|all]", "help_queue"),
    ("/open N", "help_open"),
    ("/take", "help_take"),
    ("…", "help_text"),
    ("/note …", "help_note"),
    ("/canned [key]", "help_canned"),
    ("/suggest", "help_suggest"),
    ("/transfer NAME", "help_transfer"),
    ("/back", "help_back"),
    ("/resolve · /reopen · /snooze 2h", "help_resolve"),
    ("/label a b", "help_label"),
    ("/card", "help_card"),
    ("/approvals [a1|w1]", "help_approvals"),
    ("/approve a1 [why] · /decline a1 why", "help_approve"),
    ("/settle w1 succeeded|failed note", "help_settle"),
    ("/online · /away · /quit", "help_state"),
)


class Screen:
    """Prints; decides nothing."""

    def __init__(self, console: Console, strings: Strings, language: str) -> None:
        self._console = console
        self._strings = strings
        self.language = language

    def get(self, key: str, **fields: object) -> str:
        return self._strings.get(key, self.language, **fields)

    def say(self, text: str, style: str = "dim") -> None:
        self._console.print(escape(text), style=style)

    def fail(self, text: str) -> None:
        self._console.print(escape(text), style="bold red")

    def show(self, what: RenderableType) -> None:
        self._console.print(what)

    def queue(self, items: list[Json], total: int) -> None:
        if not items:
            self.say(self.get("nobody_waits"))
            return
        table = Table(box=None, pad_edge=False, header_style="dim")
        for title in ("", "place", "waits", "promised", "lang", "why", "labels", "last"):
            table.add_column(self.get(f"col_{title}") if title else "")
        for number, item in enumerate(items, start=1):
            table.add_row(
                str(number),
                str(item["place"] or ""),
                self.since(item["queued_at"]) if item["handler"] == "queue" else self.get(f"handler_{item['handler']}"),
                moment(item["promised_at"]),
                item["language"] or "",
                self.get(f"why_{item['policy'] or item['reason']}"),
                escape(" ".join(item["labels"])),
                escape(shorten(item["preview"])),
            )
        self._console.print(table)
        if total > len(items):
            self.say(self.get("more", count=total - len(items)))

    def file(self, file: Json) -> None:
        """The card, then what was said with the notes between."""
        self.card(file)
        notes = list(file["notes"])
        for event in file["events"]:
            while notes and notes[0]["after_seq"] < event["seq"]:
                self.note(notes.pop(0))
            self.event(event)
        for note in notes:
            self.note(note)

    def card(self, file: Json) -> None:
        conversation = file["conversation"]
        self._console.rule(escape(f"{conversation['id']}  {self.state(conversation)}"), style="dim")
        for line in file["card"]["lines"]:
            self.line(line)
        if conversation["labels"]:
            self.say(self.get("labels", labels=" ".join(conversation["labels"])))
        self._console.rule(style="dim")

    def line(self, line: Json) -> None:
        """One line of a card, with the number of the event that it stands on."""
        kind = _right(self.get(f"kind_{line['kind']}"), 10)
        self._console.print(f"[dim]{kind} #{line['seq']:<4}[/dim] {escape(line['text'])}")

    def event(self, event: Json) -> None:
        """What a person wants to see of a conversation's event."""
        data = event["data"]
        match event["type"]:
            case "message_received" | "turn_finished" if data["message"]["text"]:
                self._message(data["message"]["author"], data["message"]["text"])
            case "status_changed":
                self.say(f"  — {self.state(data)}")
            case "turn_failed" if data["text"]:
                self._message("assistant", f"{data['text']} ({data['code']})")
            case "tool_called" if data["effect"] == "write":
                self.say(f"  — {data['tool']}: {self.get('write_' + data['status'])} {data['code']}")

    def note(self, note: Json) -> None:
        name = _right(self.get("note"), 9)
        self._console.print(f"[yellow]{name}[/yellow] {escape(note['agent_name'])}: {escape(note['text'])}")

    def state(self, conversation: Json) -> str:
        status, handler = (self.get(f"{key}_{conversation[key]}") for key in ("status", "handler"))
        return self.get("status", status=status, handler=handler)

    def since(self, at: str | None) -> str:
        if at is None:
            return ""
        minutes = int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() // 60)
        is_short = minutes < _LONG
        return self.get("minutes" if is_short else "hours", count=minutes if is_short else minutes // 60)

    def _message(self, author: str, text: str) -> None:
        name = _right(self.get(f"author_{author}"), 9)
        self._console.print(f"[{_COLOURS[author]}]{name}[/] {escape(text)}")


def _right(text: str, width: int) -> str:
    """Pushed to the right of so many columns; a Chinese character takes two."""
    return " " * max(0, width - cell_len(text)) + text


def moment(at: str | None) -> str:
    return "" if at is None else f"{datetime.fromisoformat(at).astimezone():%m-%d %H:%M}"


def shorten(text: str) -> str:
    return " ".join(text.split())[:PREVIEW]


def help_table(screen: Screen) -> Table:
    table = Table.grid(padding=(0, 2))
    for command, key in HELP:
        table.add_row(escape(command), escape(screen.get(key)))
    return table
