"""Repositories, fetched by the real git from a real smart-HTTP server on 127.0.0.1."""

import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kefu.domain.errors import (
    AddressRefusedError,
    FetchTimeoutError,
    FetchTooLargeError,
    GitError,
    GitMissingError,
    InvalidInputError,
)
from kefu.egress.client import EgressClient
from kefu.egress.git import GitClient, to_repository
from kefu.egress.settings import EgressSettings
from tests.support.sites import PUBLIC, names


def git(folder: Path, *arguments: str) -> None:
    name = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)


class _Backend(BaseHTTPRequestHandler):
    root: Path
    pause = 0.0

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        environment = {
            **os.environ, "GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
            "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "", "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
        }  # fmt: skip
        head, _, rest = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        ).stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(lines.pop("Status", "200").split()[0]))
        for name, value in lines.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rest)

    do_GET = do_POST = _serve  # noqa: N815 - the library's names

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a folder of repositories that has ``kb.git``, with a link, a hook and a large file in it."""
    work, root = tmp_path / "work", tmp_path / "served"
    work.mkdir()
    root.mkdir()
    git(work, "init")
    (work / "a.md").write_text("# A\n\nApples.")
    (work / "passwd.md").symlink_to("/etc/passwd")
    (work / "large.txt").write_bytes(os.urandom(3 * 1024 * 1024))
    git(work, "add", ".")
    git(work, "commit", "-m", "1")
    git(work, "checkout", "-b", "next")
    (work / "a.md").write_text("# A\n\nPears.")
    git(work, "commit", "-am", "2")
    git(work, "checkout", "main")
    git(tmp_path, "clone", "--bare", str(work), str(root / "kb.git"))
    handler = type("Backend", (_Backend,), {"root": root})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _client(served: str = "http://x:80", **settings: object) -> GitClient:
    values = {"allowed": "127.0.0.1,kb.test", "ports": f"443,80,{served.rpartition(':')[2]}", **settings}
    resolve = names(kb_test="127.0.0.1", shop_test=PUBLIC, inner_test="10.0.0.1")
    return GitClient(EgressClient(EgressSettings(**values), resolve=resolve))  # type: ignore[arg-type]


async def test_the_newest_state_is_fetched_without_links_and_hooks(served: str, tmp_path: Path) -> None:
    client, into = _client(served), tmp_path / "into"
    address = f"{served}/kb.git"
    assert await client.read_commit(address) != await client.read_commit(f"{address}#next")
    await client.fetch(f"{address}#next", into)
    found = await asyncio.to_thread(lambda: ((into / "a.md").read_text(), (into / "passwd.md").is_symlink()))
    assert found == ("# A\n\nPears.", False)


async def test_git_connects_to_the_address_that_was_checked(served: str) -> None:
    """The name is nowhere but in our resolver: git asked no other."""
    address = f"http://kb.test:{served.rpartition(':')[2]}/kb.git"
    assert len(await _client(served).read_commit(address)) == 40


async def test_what_takes_too_much_or_too_long_is_ended(served: str, tmp_path: Path) -> None:
    with pytest.raises(FetchTooLargeError):
        await _client(served, git_max_mib=1).fetch(f"{served}/kb.git", tmp_path / "into")
    with pytest.raises(FetchTimeoutError):
        await _client(served, git_seconds=0.001).read_commit(f"{served}/kb.git")


async def test_what_is_not_there_is_said(served: str, tmp_path: Path) -> None:
    for address in (f"{served}/nothing.git", f"{served}/kb.git#no-such-branch"):
        with pytest.raises(GitError):
            await _client(served).read_commit(address)


@pytest.mark.parametrize(
    "address",
    ["file:///etc", "ext::sh -c touch% /tmp/x", "ssh://git@shop.test/x", "git://shop.test/x", "/srv/kb.git", "--upload-pack=touch /tmp/x",
     "http://shop.test/kb.git", "https://inner.test/kb.git", "https://169.254.169.254/x", "https://u:p@shop.test/x", "git@shop.test:x"],
)  # fmt: skip
async def test_other_ways_and_other_places_are_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        await _client().check(address)


@pytest.mark.parametrize("branch", ["", "--upload-pack=x", "a b", "a..b", "-x", "a\nb", "a" * 300])
def test_a_branch_is_a_name(branch: str) -> None:
    with pytest.raises(InvalidInputError):
        to_repository(f"https://shop.test/kb.git#{branch}")


async def test_without_git_it_is_said() -> None:
    client = GitClient(EgressClient(EgressSettings(), resolve=names(shop_test=PUBLIC)), executable="no-such-git")
    with pytest.raises(GitMissingError):
        await client.check("https://shop.test/kb.git")
