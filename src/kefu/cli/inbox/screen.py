"""How the desk looks in a terminal."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = dict[str, Any]
_PREVIEW = 60
_LONG = 120
"""Minutes from which a wait is shown in hours."""
_COLOURS = {"visitor": "cyan", "assistant": "magenta", "agent": "green", "system": "dim"}
HELP = (
    ("/queue [mine|held|snoozed|resolved|all]", "list conversations; without a word: who waits"),
    ("/open N", "open a line of the list: its case card and what was said"),
    ("/take", "hold the opened conversation; the assistant is silent from then on"),
    ("text", "reply to the customer"),
    ("/note text", "a private note, never seen by the customer"),
    ("/canned [key]", "list canned responses, or put one into the input line"),
    ("/suggest", "put what the documents say into the input line; nothing is sent by itself"),
    ("/transfer NAME", "pass on to an agent who is online, or to a team"),
    ("/back", "give back to the assistant"),
    ("/resolve · /reopen · /snooze 2h", "done · take up again · put aside (m, h, d)"),
    ("/label a b", "replace the labels"),
    ("/card", "show the case card again"),
    ("/online · /away · /quit", "whether you take conversations · leave"),
)


class Screen:
    """Prints; decides nothing."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str, style: str = "dim") -> None:
        self._console.print(escape(text), style=style)

    def fail(self, text: str) -> None:
        self._console.print(escape(text), style="bold red")

    def help(self) -> None:
        table = Table.grid(padding=(0, 2))
        for command, meaning in HELP:
            table.add_row(escape(command), escape(meaning))
        self._console.print(table)

    def queue(self, items: list[Json], total: int) -> None:
        if not items:
            self.say("Nobody is there.")
            return
        table = Table(box=None, pad_edge=False, header_style="dim")
        for title in ("", "place", "waits", "promised", "lang", "why", "labels", "last message"):
            table.add_column(title)
        for number, item in enumerate(items, start=1):
            table.add_row(
                str(number),
                str(item["place"] or ""),
                since(item["queued_at"]) if item["handler"] == "queue" else item["handler"],
                moment(item["promised_at"]),
                item["language"] or "",
                item["policy"] or item["reason"] or "",
                escape(" ".join(item["labels"])),
                escape(" ".join(item["preview"].split())[:_PREVIEW]),
            )
        self._console.print(table)
        if total > len(items):
            self.say(f"… {total - len(items)} more")

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
        head = f"{conversation['id']}  {conversation['status']}, {conversation['handler']}"
        self._console.rule(escape(head), style="dim")
        for line in file["card"]["lines"]:
            self._console.print(f"[dim]{line['kind']:>10} #{line['seq']:<4}[/dim] {escape(line['text'])}")
        if conversation["labels"]:
            self._console.print(f"[dim]    labels      [/dim] {escape(' '.join(conversation['labels']))}")
        self._console.rule(style="dim")

    def event(self, event: Json) -> None:
        """What a person wants to see of a conversation's event."""
        data = event["data"]
        match event["type"]:
            case "message_received" | "turn_finished" if data["message"]["text"]:
                self.message(data["message"])
            case "status_changed":
                self.say(f"  — {data['status']}, {data['handler']}")
            case "turn_failed" if data["text"]:
                self._console.print(f"[magenta]assistant[/magenta] {escape(data['text'])} [dim]({data['code']})[/dim]")

    def message(self, message: Json) -> None:
        author = message["author"]
        self._console.print(f"[{_COLOURS[author]}]{author:>9}[/] {escape(message['text'])}")

    def note(self, note: Json) -> None:
        self._console.print(f"[yellow]     note[/yellow] {escape(note['agent_name'])}: {escape(note['text'])}")

    def told(self, event: Json) -> None:
        """A line about something that happened in another conversation."""
        data, number = event["data"], event["conversation_id"][-6:]
        match event["type"]:
            case "conversation_queued":
                self.say(f"● new in the queue …{number}: {data['policy'] or data['reason']}", "bold yellow")
            case "message_arrived" if data["message"]["author"] == "visitor":
                self.say(f"● …{number}: {' '.join(data['message']['text'].split())[:_PREVIEW]}", "yellow")
            case "conversation_taken":
                self.say(f"  …{number} is taken by {data['agent_name']}")
            case "conversation_resolved":
                self.say(f"  …{number} is resolved")
            case "conversation_transferred":
                self.say(f"  …{number} was passed on")


def since(at: str | None) -> str:
    if at is None:
        return ""
    minutes = int((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds() // 60)
    return f"{minutes} min" if minutes < _LONG else f"{minutes // 60} h"


def moment(at: str | None) -> str:
    return "" if at is None else f"{datetime.fromisoformat(at).astimezone():%m-%d %H:%M}"
