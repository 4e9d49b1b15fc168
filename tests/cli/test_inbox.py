"""``kefu inbox`` in a real terminal: an agent reads the queue, takes, replies, notes and resolves, keys only."""

import os
import pty
import select
import subprocess
import sys
import time
from asyncio import to_thread
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.desk import DeskAgent, agent_of
from tests.support.live import Live, live_server
from tests.support.waiting import eventually

PATIENCE = 90.0


class Terminal:
    """A program behind a pseudo-terminal, its output read until a text appears."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._output = ""
        self._read = 0

    def type(self, line: str) -> None:
        os.write(self._leader, line.encode() + b"\r")

    def expect(self, text: str) -> str:
        """What was shown up to ``text``, since the last expectation."""
        deadline = time.monotonic() + PATIENCE
        while text not in self._output[self._read :]:
            left = deadline - time.monotonic()
            assert left > 0, f"no {text!r} in {self._output[self._read :]!r}"
            ready, _, _ = select.select([self._leader], [], [], left)
            if ready:
                self._take(os.read(self._leader, 65_536))
        start = self._read
        self._read = self._output.index(text, start) + len(text)
        return self._output[start : self._read]

    def _take(self, data: bytes) -> None:
        if b"\x1b[6n" in data:  # the program asks where the cursor is
            os.write(self._leader, b"\x1b[1;1R")
        self._output += data.decode(errors="replace")


@contextmanager
def terminal(url: str, key: str) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    leader, follower = pty.openpty()
    environment = {**os.environ, "KEFU_AGENT_KEY": key, "TERM": "xterm", "COLUMNS": "160", "LINES": "50"}
    command = [sys.executable, "-c", "from kefu.cli import main; main()", "inbox", "--url", url, "--language", "en"]
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True
    )
    os.close(follower)
    try:
        yield Terminal(leader), process
    finally:
        process.kill()
        process.wait()
        os.close(leader)


@pytest.mark.slow
async def test_an_agent_works_in_a_terminal(sqlite_url: str, tmp_path: Path) -> None:
    async with live_server(sqlite_url, tmp_path) as live:
        visitor, mei = await live.visitor(), await agent_of(live)
        await visitor.ask("My order is W2378156. I want to talk to a person")
        await mei.request("PUT", "/desk/canned-responses/hello?language=en", json={"text": "Hello from {agent}!"})
        with terminal(live.url, mei.token) as (screen, process):
            await to_thread(_take_and_answer, screen)
            events = await visitor.events()
            said = [event["data"]["message"] for event in events if event["type"] == "message_received"]
            assert [one["text"] for one in said if one["author"] == "agent"] == ["您好 Hello from Mei! 欢迎"]
            await visitor.post("Where is it now?")
            await to_thread(screen.expect, "Where is it now?")
            await to_thread(_finish, screen)
            assert await to_thread(process.wait, PATIENCE) == 0
        await _settled(live, mei, visitor.conversation_id)
        assert "SECRET" not in repr(await visitor.events())


def _take_and_answer(screen: Terminal) -> None:
    assert "customer_request" in screen.expect("talk to a person")
    screen.type("/nonsense")
    screen.expect("There is no /nonsense")
    screen.type("hello?")
    screen.expect("Open a conversation first")
    screen.type("/open 1")
    screen.expect("W2378156")
    screen.type("too early")
    screen.expect("Take the conversation")
    screen.type("/take")
    screen.expect("open, agent")
    screen.type("/canned hello")
    screen.expect("Hello from Mei!")
    screen.type(" 欢迎\x01您好 ")  # the draft stands in the line: go on at its end, then at its beginning
    screen.expect("agent\x1b[0m 您好 Hello from Mei! 欢迎")  # not the input line: what the server has told


def _finish(screen: Terminal) -> None:
    screen.type("/note SECRET vip")
    screen.expect("Mei: SECRET vip")
    screen.type("/transfer Nobody")
    screen.expect("There is nobody called")
    screen.type("/label vip delivery")
    screen.expect("labels: delivery vip")
    screen.type("/resolve")
    screen.expect("resolved, assistant")
    screen.type("/quit")


async def _settled(live: Live, mei: DeskAgent, conversation_id: str) -> None:
    file = await mei.file(conversation_id, "en")
    assert file["conversation"]["status"] == "resolved"
    assert [note["text"] for note in file["notes"]] == ["SECRET vip"]

    async def is_offline() -> bool:
        return bool((await mei.get("/desk/agents/me")).json()["state"] == "offline")

    assert await eventually(is_offline)


async def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    with terminal("http://127.0.0.1:9", "key_x.y") as (screen, process):
        await to_thread(screen.expect, "does not answer")
        assert await to_thread(process.wait, PATIENCE) == 1
