"""What an agent types, carried out: one command a line, any other line is a reply."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from kefu.cli.inbox.client import DeskClient, Json, RefusedError
from kefu.cli.inbox.screen import Screen
from kefu.kit.ids import new_id

HEARTBEAT_SECONDS = 30.0
_VIEWS = frozenset({"held", "snoozed", "resolved", "all"})
_DURATION = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Desk:
    """The state of one terminal: the list that was shown last, the opened conversation, a draft for the input line."""

    def __init__(self, client: DeskClient, screen: Screen, *, language: str) -> None:
        self._client = client
        self._screen = screen
        self._language = language
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
            "online": lambda _: self._set_state("online"),
            "away": lambda _: self._set_state("away"),
            "help": lambda _: screen.help(),
        }

    @property
    def commands(self) -> list[str]:
        return [f"/{name}" for name in (*self._commands, "quit")]

    def arrive(self) -> None:
        """Be online, show who waits, and tell what happens from now on. Raises RefusedError."""
        me = self._client.call("PUT", "/agents/me", {"state": self._state})
        self._screen.say(f"You are {me['name']}, {me['state']}. /help lists the commands.", "bold")
        last_seq = self._queue("")
        Thread(target=self._follow, args=(last_seq,), name="desk-events", daemon=True).start()
        Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def leave(self) -> None:
        """Be offline, so that nobody waits for who has left."""
        self._left.set()
        try:
            self._client.call("PUT", "/agents/me", {"state": "offline"})
        except RefusedError as error:
            self._screen.fail(error.detail)

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
                self._screen.fail(f"There is no /{name}; /help lists what there is.")
        except RefusedError as error:
            self._screen.fail(error.detail)
        return True

    def _queue(self, view: str) -> int:
        if view not in {"", "mine", *_VIEWS}:
            raise RefusedError("invalid_input", f"There is no list {view!r}.")
        query = "?view=held&mine=true" if view == "mine" else f"?view={view}" if view else ""
        found = self._client.get(f"/queue{query}")
        self._items = found["conversations"]
        self._screen.queue(self._items, found["total"])
        return int(found["last_seq"])

    def _open(self, which: str) -> None:
        self.opened = self._find(which)
        file = self._file()
        self._screen.file(file)
        arguments = (self.opened, file["conversation"]["last_seq"])
        Thread(target=self._listen, args=arguments, name="conversation-events", daemon=True).start()

    def _find(self, which: str) -> str:
        if which.isdecimal() and 0 < int(which) <= len(self._items):
            return str(self._items[int(which) - 1]["id"])
        if which.startswith("conv_"):
            return which
        raise RefusedError("invalid_input", "Name a line of the list: /open 1")

    def _file(self) -> Json:
        return self._client.get(f"{self._path()}?language={self._language}")

    def _path(self) -> str:
        if self.opened is None:
            raise RefusedError("invalid_input", "Open a conversation first: /open 1")
        return f"/conversations/{self.opened}"

    def _move(self, how: str) -> None:
        found = self._client.post(f"{self._path()}/{how}")
        self._screen.say(f"{found['status']}, {found['handler']}")

    def _reply(self, text: str) -> None:
        if text.strip():
            self._client.post(f"{self._path()}/reply", client_id=new_id("cl"), text=text)

    def _note(self, text: str) -> None:
        self._screen.note(self._client.post(f"{self._path()}/notes", text=text))

    def _canned(self, key: str) -> None:
        if key:
            self.draft = self._client.get(f"{self._path()}/canned-responses/{key}")["text"]
            return
        for one in self._client.get("/canned-responses")["canned_responses"]:
            self._screen.say(f"{one['key']} ({one['language']}): {one['text']}")

    def _suggest(self) -> None:
        found = self._client.get(f"{self._path()}/suggestion")
        if found["text"] is None:
            self._screen.say("The documents have no answer.")
            return
        titles = ", ".join(dict.fromkeys(citation["title"] for citation in found["citations"]))
        self._screen.say(f"{found['probability']:.0%}, from {titles}")
        self.draft = found["text"]

    def _transfer(self, name: str) -> None:
        people, teams = self._client.get("/agents")["agents"], self._client.get("/teams")["teams"]
        to_agent = next((one["id"] for one in people if one["name"].lower() == name.lower()), None)
        to_team = next((one["id"] for one in teams if one["name"].lower() == name.lower()), None)
        if to_agent is None and to_team is None:
            known = ", ".join(one["name"] for one in (*people, *teams))
            raise RefusedError("not_found", f"There is nobody called {name!r}; there are {known}.")
        body = {"agent_id": to_agent} if to_agent is not None else {"team_id": to_team}
        self._client.post(f"{self._path()}/transfer", **body)
        self._screen.say(f"Passed on to {name}.")

    def _snooze(self, duration: str) -> None:
        match = _DURATION.fullmatch(duration)
        if match is None:
            raise RefusedError("invalid_input", "For how long? 30m, 2h, 1d")
        until = datetime.now(UTC) + timedelta(**{_UNITS[match[2]]: int(match[1])})
        self._client.post(f"{self._path()}/snooze", until=until.isoformat())
        self._screen.say(f"Put aside until {until.astimezone():%m-%d %H:%M}.")

    def _label(self, words: str) -> None:
        found = self._client.call("PUT", f"{self._path()}/labels", {"labels": words.split()})
        self._screen.say(f"labels: {' '.join(found['labels'])}")

    def _set_state(self, state: str) -> None:
        self._state = self._client.call("PUT", "/agents/me", {"state": state})["state"]
        self._screen.say(f"You are {self._state}.")

    def _follow(self, after: int) -> None:
        for event in self._client.follow("/events", after=after, goes_on=lambda: not self._left.is_set()):
            if event["conversation_id"] != self.opened:
                self._screen.told(event)

    def _listen(self, conversation_id: str, after: int) -> None:
        def is_open() -> bool:
            return self.opened == conversation_id and not self._left.is_set()

        for event in self._client.follow(f"/conversations/{conversation_id}/events", after=after, goes_on=is_open):
            if is_open():
                self._screen.event(event)

    def _beat(self) -> None:
        """Who is not heard of counts as offline; a beat that fails is made good by the next one."""
        while not self._left.wait(HEARTBEAT_SECONDS):
            try:
                self._client.call("PUT", "/agents/me", {"state": self._state})
            except RefusedError as error:
                self._screen.fail(error.detail)
