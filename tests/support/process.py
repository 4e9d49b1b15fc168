"""A real ``kefu serve`` process: started, killed, frozen, told to go. Its child shares nothing with the test but a port.

Importing kefu takes longer than most tests, so processes are forked from a server that has imported it already
(``multiprocessing``'s forkserver); what runs in the child is the command line's own ``main`` with its own environment.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx2

from kefu.cli import main
from tests.support.live import SECRET, Visitor

_START_SECONDS = 40.0
_PRELOADED = [
    "kefu.cli",
    "tests.support.process",
    "onnxruntime",
    "chromadb",
    "uvicorn",
    "uvloop",
    "asyncpg",
    "redis.asyncio",
]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(_PRELOADED)


@dataclass
class Kefu:
    """One server on one port; ``start`` it again after a ``kill``. ``environment`` is all that it knows."""

    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108 - it is defined below
    _process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    async def start(self) -> None:
        """Start, and return when it answers."""
        environment = {**self.environment, "KEFU_PORT": str(self.port)}
        self._process = await _spawn(["serve"], environment, self.log)
        await wait_until_ready(self.url, self._process)

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=30, trust_env=False)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def kill(self) -> None:
        """SIGKILL: nothing is flushed, nobody is told."""
        self.signal(signal.SIGKILL)
        await self.wait(10)

    async def terminate(self, *, patience: float = 30.0) -> float:
        """SIGTERM; the seconds until the process was gone."""
        started = asyncio.get_running_loop().time()
        self.signal(signal.SIGTERM)
        await self.wait(patience)
        return asyncio.get_running_loop().time() - started

    async def wait(self, seconds: float) -> None:
        assert self._process is not None
        await asyncio.to_thread(self._process.join, seconds)
        assert self._process.exitcode is not None, f"The server is still there after {seconds} s."

    async def stop(self) -> None:
        """For the end of a test: whatever state it is in, it goes."""
        if self._process is not None and self._process.exitcode is None:
            await self.kill()

    def bugs(self) -> list[str]:
        """Lines of its log that no healthy server writes."""
        marks = ("Traceback", "never retrieved", "never awaited", "turn_failed", '"level":"error"')
        return [line for line in self.log.read_text().splitlines() if any(mark in line for mark in marks)]


async def visitor_of(client: httpx2.AsyncClient, *, inbox: str = "api") -> Visitor:
    """A new visitor with a conversation in the shop."""
    admitted = await client.post("/api/v1/visitors", json={"workspace": "shop", "inbox": inbox})
    assert admitted.status_code == 201, admitted.text
    token = admitted.json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    created = await client.post("/api/v1/conversations", json={}, headers=headers)
    assert created.status_code == 201, created.text
    return Visitor(client, str(client.base_url).rstrip("/"), token, created.json()["id"])


def environment_of(folder: Path, database_url: str, **settings: str) -> dict[str, str]:
    """The ``KEFU_`` variables of a server with generous limits; ``model_base_url=…`` becomes KEFU_MODEL_BASE_URL."""
    settings = {
        "data_dir": str(folder / "data"),
        "database_url": database_url.replace("+aiosqlite", "").replace("+asyncpg", ""),
        "secret_key": SECRET,
        "messages_per_minute": "100000",
        "visitors_per_minute": "100000",
        "log_level": "warning",
        "graph_automatic": "false",
        **settings,
    }
    return {f"KEFU_{name.upper()}": value for name, value in settings.items()}


async def run_kefu(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Run a command to its end."""
    process = await _spawn(arguments, environment, log)
    await asyncio.to_thread(process.join, _START_SECONDS)
    assert process.exitcode == 0, f"kefu {' '.join(arguments)}: see {log}"


@asynccontextmanager
async def serving(*servers: Kefu) -> AsyncIterator[None]:
    """Start the servers together, and make sure that none outlives the test."""
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield
    finally:
        for server in servers:
            await server.stop()


async def wait_until_ready(url: str, process: ForkServerProcess | None = None) -> None:
    async with asyncio.timeout(_START_SECONDS), httpx2.AsyncClient(trust_env=False) as client:
        while True:
            assert process is None or process.exitcode is None, "The server ended before it was ready."
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.02)


async def eventually(holds: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


def resident_kb(pid: int) -> int:
    """Memory that the process holds, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _spawn(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> ForkServerProcess:
    process = FORKS.Process(target=_run, args=(list(arguments), dict(environment), str(log)), daemon=True)
    await asyncio.to_thread(process.start)
    return process


def _run(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """In the child: become ``kefu`` with this environment, printing to the log."""
    for name in [name for name in os.environ if name.startswith("KEFU_")]:
        del os.environ[name]
    os.environ.update(environment)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["kefu", *arguments]
    main()
