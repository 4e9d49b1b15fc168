"""Fetching a repository with the ``git`` that is installed: its newest state, into a folder of the caller's.

Git opens its own connections. What kefu pins is this: the address is checked and its name looked up by the egress
client first, and git (2.37 or newer) is given the checked addresses (``http.curloptResolve``), so that it looks nothing
up; redirects are off. An older git ignores that setting and looks the name up a second time, which a hostile name server
can use: run a newer one. Only https is spoken, and http to hosts that the operator has allowed although they are not
public. No hooks, submodules, credentials, links, proxies, or configuration of the machine.
"""

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kefu.domain.errors import (
    AddressRefusedError,
    FetchTimeoutError,
    FetchTooLargeError,
    GitError,
    GitMissingError,
    InvalidInputError,
)
from kefu.egress.client import MEBI, EgressClient
from kefu.egress.pinning import Pinned

_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")
_COMMIT = re.compile(r"([0-9a-f]{40,64})\t")
_KEPT = 2_000
"""Characters of git's own words that are kept."""
_LOOK_S = 0.25
_FIXED = (
    "core.hooksPath=/dev/null", "core.symlinks=false", "core.fsmonitor=false", "core.askPass=", "credential.helper=",
    "gc.auto=0", "http.cookieFile=", "http.followRedirects=false", "http.proxy=", "pack.threads=1", "protocol.allow=never",
    "submodule.recurse=false", "transfer.bundleURI=false",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository is; ``branch`` None: its own default."""

    url: str
    branch: str | None


def to_repository(address: str) -> Repository:
    """``https://host/shop.git`` or ``https://host/shop.git#branch``. Raises InvalidInputError."""
    url, mark, branch = address.partition("#")
    if mark and (not _BRANCH.fullmatch(branch) or ".." in branch):
        raise InvalidInputError(f"{branch[:50]!r} is no name of a branch.", field="address")
    return Repository(url, branch or None)


class GitClient:
    def __init__(self, egress: EgressClient, *, executable: str = "git") -> None:
        self._egress = egress
        self._executable = executable

    async def check(self, address: str) -> None:
        """Raises as ``read_commit`` does, without asking the host."""
        self._require_git()
        await self._pin(to_repository(address))

    async def read_commit(self, address: str) -> str:
        """The newest commit's id. Raises AddressRefusedError, FetchError and its kinds, GitMissingError."""
        repository = to_repository(address)
        wanted = f"refs/heads/{repository.branch}" if repository.branch else "HEAD"
        said = await self._run(repository, ["ls-remote", "--exit-code"], [wanted], into=None)
        found = _COMMIT.match(said)
        if found is None:
            raise GitError("The repository has no such branch, or nothing in it.")
        return found[1]

    async def fetch(self, address: str, into: Path) -> None:
        """Put the newest state into a folder that does not exist yet. Raises as ``read_commit``, FetchTooLargeError."""
        repository = to_repository(address)
        options = ["--quiet", "--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules", "--template="]
        if repository.branch:
            options.append(f"--branch={repository.branch}")
        await self._run(repository, ["clone", *options], [str(into)], into=into)

    async def _pin(self, repository: Repository) -> Pinned:
        pinned = await self._egress.pin(repository.url)
        if pinned.target.scheme != "https" and not pinned.is_private:
            raise AddressRefusedError("A repository is fetched by https only.")
        return pinned

    def _require_git(self) -> str:
        found = shutil.which(self._executable)
        if found is None:
            raise GitMissingError("Git is not installed on this server: install it, or put the files into a folder.")
        return found

    async def _run(
        self, repository: Repository, command: Sequence[str], arguments: Sequence[str], *, into: Path | None
    ) -> str:
        """What git prints. Ends it, with its children, when it takes too long or too much."""
        executable = self._require_git()
        pinned = await self._pin(repository)
        settings = [part for setting in (*_FIXED, *_pinned_settings(pinned)) for part in ("-c", setting)]
        process = await asyncio.create_subprocess_exec(
            executable, *settings, *command, "--", pinned.target.url, *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=_environment(pinned.target.scheme), start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            async with asyncio.timeout(self._egress.settings.git_seconds), asyncio.TaskGroup() as group:
                said = group.create_task(_read(process.stdout))
                complained = group.create_task(_read(process.stderr))
                group.create_task(self._watch(process, into))
        except TimeoutError as error:
            raise FetchTimeoutError("Fetching the repository took too long.") from error
        except ExceptionGroup as group_error:
            raise group_error.exceptions[0] from None
        finally:
            _kill(process)
            await process.wait()
        if process.returncode:
            raise GitError(f"Git cannot fetch it: {_last_line(complained.result()) or process.returncode}")
        return said.result()

    async def _watch(self, process: asyncio.subprocess.Process, into: Path | None) -> None:
        """Until the process ends: refuse what grows too large."""
        limit = self._egress.settings.git_max_mib * MEBI
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await process.wait()
            if into is not None and await asyncio.to_thread(_size_of, into) > limit:
                raise FetchTooLargeError(limit=limit)
            if process.returncode is not None:
                return


def _pinned_settings(pinned: Pinned) -> list[str]:
    target = pinned.target
    addresses = ",".join(f"[{one}]" if ":" in one else one for one in pinned.addresses[:3])
    return [f"protocol.{target.scheme}.allow=always", f"http.curloptResolve={target.host}:{target.port}:{addresses}"]


def _environment(scheme: str) -> dict[str, str]:
    """Nothing of ours but where programs are: no home, no agent, no configuration, no questions."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": "/nonexistent",
        "GIT_ALLOW_PROTOCOL": scheme,
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


async def _read(stream: asyncio.StreamReader) -> str:
    """All that is said, of which the end is kept."""
    kept = b""
    while piece := await stream.read(65_536):
        kept = (kept + piece)[-_KEPT:]
    return kept.decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(c for c in lines[-1] if c.isprintable())[:300] if lines else ""


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _size_of(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - fast, and names are any bytes
    return total
