"""R1, the half that kill -9 cannot show: every commit is on the disk before it is acknowledged. Counted by strace."""

import asyncio
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from tests.reliability.conftest import MakeKefu, import_shop
from tests.support.process import visitor_of, wait_until_ready

pytestmark = [pytest.mark.crash, pytest.mark.slow]
MESSAGES = 50
COMMITS = 3
"""Of each message at least: received, turn begun, turn finished."""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_sqlite_syncs_every_commit(sqlite_url: str, tmp_path: Path, make_kefu: MakeKefu) -> None:
    await import_shop(sqlite_url, tmp_path)
    kefu, counts = make_kefu(sqlite_url), tmp_path / "syncs.txt"
    trace = ["strace", "-f", "--seccomp-bpf", "-c", "-o", str(counts), "-e", "trace=fsync,fdatasync"]
    command = [*trace, str(Path(sys.executable).with_name("kefu")), "serve"]
    with kefu.log.open("ab") as log:
        environment = {"PATH": "/usr/bin:/bin", **kefu.environment, "KEFU_PORT": str(kefu.port)}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    try:
        await wait_until_ready(kefu.url)
        async with kefu.client() as http:
            visitor = await visitor_of(http)
            for _ in range(MESSAGES):
                await visitor.ask("你好")
    finally:
        for child in psutil.Process(process.pid).children():  # strace would detach and let it live
            child.terminate()
        async with asyncio.timeout(30):
            await process.wait()
    rows = [line.split() for line in counts.read_text().splitlines() if line.endswith("sync")]
    syncs = sum(int(row[3]) for row in rows)
    print(f"{MESSAGES} messages, at least {COMMITS * MESSAGES} commits, {syncs} syncs")
    assert syncs >= COMMITS * MESSAGES
