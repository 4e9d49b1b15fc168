"""What an agent types, carried out: one command a line, any other line is a reply."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from kefu.cli.inbox.approvals import Approvals
from kefu.cli.inbox.client import DeskClient, Json, RefusedError
from kefu.cli.inbox.news import is_of_interest, tell
from kefu.cli.inbox.screen import Screen, help_table
from kefu.kit.ids import new_id

HEARTBEAT_SECONDS = 30.0
_VIEWS = frozenset({"held", "snoozed", "resolved", "all"})
_DURATION = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Desk:
    """The state of one terminal: the list that was shown last, the opened conversation, a draft for the input line."""

    def __init__(self, client: DeskClient, screen: Screen) -> None:
        self._client = client
        self._screen = screen
        approvals = Approvals(client, screen)
        self._items: list[Json] = []
        self._state = "online"
        self._left = Event()
        self.opened: str | None = None
        self.draft = ""
        """What the next input line begins with, to be edited and sent."""
        self._commands: dict[str, Callable[[str], object]] = {
            "queue": self._queue,
            "open": self._open,
            "take": lambda _: self._move("take"),
            "note": self._note,
            "canned": self._canned,
            "suggest": lambda _: self._suggest(),
            "transfer": self._transfer,
            "back": lambda _: self._move("give-back"),
            "resolve": lambda _: self._move("resolve"),
            "reopen": lambda _: self._move("reopen"),
            "snooze": self._snooze,
            "label": self._label,
            "card": lambda _: screen.card(self._file()),
            "approvals": approvals.show,
            "approve": lambda rest: approvals.decide("approve", rest),
            "decline": lambda rest: approvals.decide("decline", rest),
            "settle": approvals.settle,
            "check": approvals.check,
            "online": lambda _: self._set_state("online"),
            "away": lambda _: self._set_state("away"),
            "help": lambda _: screen.show(help_table(screen)),
        }

    @property
    def commands(self) -> list[str]:
        return [f"/{name}" for name in (*self._commands, "quit")]

    def arrive(self) -> None:
        """Be online, show who waits, and tell what happens from now on. Raises RefusedError."""
        me = self._client.call("PUT", "/desk/agents/me", {"state": self._state})
        state = self._screen.get(f"state_{me['state']}")
        self._screen.say(self._screen.get("you_are", name=me["name"], state=state), "bold")
        last_seq = self._queue("")
        Thread(target=self._follow, args=(last_seq,), name="desk-events", daemon=True).start()
        Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def leave(self) -> None:
        """Be offline, so that nobody waits for who has left."""
        self._left.set()
        try:
            self._client.call("PUT", "/desk/agents/me", {"state": "offline"})
        except RefusedError as error:
            self._screen.fail(error.detail)
        self._client.close()

    def run(self, line: str) -> bool:
        """Carry out a line; False when the agent wants to leave."""
        name, _, rest = line[1:].partition(" ") if line.startswith("/") else ("", "", line)
        if name == "quit":
            return False
        try:
            if not line.startswith("/"):
                self._reply(line)
            elif name in self._commands:
                self._commands[name](rest.strip())
            else:
                self._screen.fail(self._screen.get("no_command", name=name))
        except RefusedError as error:
            self._screen.fail(error.detail)
        return True

    def _queue(self, view: str) -> int:
        if view not in {"", "mine", *_VIEWS}:
            raise RefusedError("invalid_input", self._screen.get("no_list", name=view))
        query = "?view=held&mine=true" if view == "mine" else f"?view={view}" if view else ""
        found = self._client.get(f"/desk/queue{query}")
        self._items = found["conversations"]
        self._screen.queue(self._items, found["total"])
        return int(found["last_seq"])

    def _open(self, which: str) -> None:
        self.opened = self._find(which)
        file = self._file()
        self._screen.file(file)
        if file["conversation"]["handler"] != "assistant":
            self._show_suggestion()
        arguments = (self.opened, file["conversation"]["last_seq"])
        Thread(target=self._listen, args=arguments, name="conversation-events", daemon=True).start()

    def _find(self, which: str) -> str:
        if which.isdecimal() and 0 < int(which) <= len(self._items):
            return str(self._items[int(which) - 1]["id"])
        if which.startswith("conv_"):
            return which
        raise RefusedError("invalid_input", self._screen.get("name_a_line"))

    def _file(self) -> Json:
        return self._client.get(f"{self._path()}?language={self._screen.language}")

    def _path(self) -> str:
        if self.opened is None:
            raise RefusedError("invalid_input", self._screen.get("open_first"))
        return f"/desk/conversations/{self.opened}"

    def _move(self, how: str) -> None:
        found = self._client.post(f"{self._path()}/{how}")
        self._screen.say(self._screen.state(found))

    def _reply(self, text: str) -> None:
        if text.strip():
            self._client.post(f"{self._path()}/reply", client_id=new_id("cl"), text=text)

    def _note(self, text: str) -> None:
        self._screen.note(self._client.post(f"{self._path()}/notes", text=text))

    def _canned(self, key: str) -> None:
        if key:
            self.draft = self._client.get(f"{self._path()}/canned-responses/{key}")["text"]
            return
        for one in self._client.get("/desk/canned-responses")["canned_responses"]:
            self._screen.say(f"{one['key']} ({one['language']}): {one['text']}")

    def _suggest(self) -> None:
        found = self._client.get(f"{self._path()}/suggestion")
        if found["text"] is None:
            self._screen.say(self._screen.get("no_answer"))
            return
        self._screen.say(self._screen.get("suggestion_from", **_source(found)))
        self.draft = found["text"]

    def _show_suggestion(self) -> None:
        found = self._client.get(f"{self._path()}/suggestion")
        if found["text"] is not None:
            self._screen.say(self._screen.get("suggestion", **_source(found)))
            self._screen.say(found["text"])

    def _transfer(self, name: str) -> None:
        people, teams = self._client.get("/desk/agents")["agents"], self._client.get("/desk/teams")["teams"]
        to_agent = next((one["id"] for one in people if one["name"].lower() == name.lower()), None)
        to_team = next((one["id"] for one in teams if one["name"].lower() == name.lower()), None)
        if to_agent is None and to_team is None:
            known = ", ".join(one["name"] for one in (*people, *teams))
            raise RefusedError("not_found", self._screen.get("nobody_called", name=name, known=known))
        body = {"agent_id": to_agent} if to_agent is not None else {"team_id": to_team}
        self._client.post(f"{self._path()}/transfer", **body)
        self._screen.say(self._screen.get("passed_on", name=name))

    def _snooze(self, duration: str) -> None:
        match = _DURATION.fullmatch(duration)
        if match is None:
            raise RefusedError("invalid_input", self._screen.get("how_long"))
        until = datetime.now(UTC) + timedelta(**{_UNITS[match[2]]: int(match[1])})
        self._client.post(f"{self._path()}/snooze", until=until.isoformat())
        self._screen.say(self._screen.get("put_aside", until=f"{until.astimezone():%m-%d %H:%M}"))

    def _label(self, words: str) -> None:
        found = self._client.call("PUT", f"{self._path()}/labels", {"labels": words.split()})
        self._screen.say(self._screen.get("labels", labels=" ".join(found["labels"])))

    def _set_state(self, state: str) -> None:
        self._state = self._client.call("PUT", "/desk/agents/me", {"state": state})["state"]
        self._screen.say(self._screen.get("now", state=self._screen.get(f"state_{self._state}")))

    def _follow(self, after: int) -> None:
        goes_on, rest = (lambda: not self._left.is_set()), self._left.wait
        for event in self._client.follow("/desk/events", after=after, goes_on=goes_on, rest=rest):
            if is_of_interest(event, self.opened):
                tell(self._screen, event)

    def _listen(self, conversation_id: str, after: int) -> None:
        def is_open() -> bool:
            return self.opened == conversation_id and not self._left.is_set()

        path, rest = f"/desk/conversations/{conversation_id}/events", self._left.wait
        for event in self._client.follow(path, after=after, goes_on=is_open, rest=rest):
            if is_open():
                self._screen.event(event)

    def _beat(self) -> None:
        """Who is not heard of counts as offline; a beat that fails is made good by the next one."""
        while not self._left.wait(HEARTBEAT_SECONDS):
            try:
                self._client.call("PUT", "/desk/agents/me", {"state": self._state})
            except RefusedError as error:
                self._screen.fail(error.detail)


def _source(suggestion: Json) -> dict[str, str]:
    titles = ", ".join(dict.fromkeys(citation["title"] for citation in suggestion["citations"]))
    return {"probability": f"{suggestion['probability']:.0%}", "titles": titles}
