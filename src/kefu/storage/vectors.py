"""Where sentence vectors are kept: ChromaDB (embedded or a server), or memory.

Vectors are derived data. The truth is the chunk rows in the database; a vector's id is the hash of its text and its
encoder (knowledge/index.py), so a collection can be filled again at any time, from any process, with the same result.

**More than one process.** Embedded Chroma is not made for two processes on one folder: with Chroma 1.5.9, four
processes that upserted 2,000 vectors each at the same time left 7 % of them unfindable for good (counted, never
returned), because each writes its own HNSW file over the other's (tests/storage/test_vectors.py keeps the two-process
case). So an embedded store takes one numbered slot of its folder under an exclusive file lock: the serving process has
slot-0, a ``kefu ask`` beside it slot-1, and each syncs its own slot from the database. ``kefu kb add`` writes rows and
needs no vectors at all: the serving process sees the new knowledge_version and embeds what is new. Slots stay on disk,
so only the first start in a slot embeds everything. Several workers that should share vectors use a Chroma server.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.config import Settings
from chromadb.errors import ChromaError

from kefu.domain.errors import ConfigurationError
from kefu.storage.vector_port import Neighbour, VectorCollection, Vectors, VectorStoreError

_BATCH = 1_000
_SLOTS = 16
_TIMEOUT_S = 10.0


class ChromaVectors:
    """One Chroma collection, cosine distance, no embedding function (the default one would download a model)."""

    def __init__(self, client: ClientAPI, name: str) -> None:
        with _translated():
            self._collection = client.get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )

    def list_ids(self) -> set[str]:
        with _translated():
            return set(self._collection.get(include=[])["ids"])

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        with _translated():
            for start in range(0, len(ids), _BATCH):
                part = slice(start, start + _BATCH)
                self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Sequence[str]) -> None:
        with _translated():
            for start in range(0, len(ids), _BATCH):
                self._collection.delete(ids=list(ids[start : start + _BATCH]))

    def get(self, ids: Sequence[str]) -> dict[str, Vectors]:
        if not ids:
            return {}
        with _translated():
            found = self._collection.get(ids=list(ids), include=["embeddings"])
        rows = found["embeddings"]
        if rows is None:
            raise VectorStoreError("Chroma returned no embeddings.")
        return {name: np.asarray(row, dtype=np.float32) for name, row in zip(found["ids"], rows, strict=True)}

    def query(self, vector: Vectors, *, limit: int) -> list[Neighbour]:
        with _translated():
            found = self._collection.query(
                query_embeddings=vector[np.newaxis, :], n_results=limit, include=["distances"]
            )
        distances = found["distances"]
        if distances is None:
            raise VectorStoreError("Chroma returned no distances.")
        pairs = zip(found["ids"][0], distances[0], strict=True)
        return [Neighbour(name, 1.0 - float(distance)) for name, distance in pairs]


@dataclass(frozen=True, slots=True)
class _Connection:
    client: ClientAPI
    close: Callable[[], None]


class ChromaVectorStore:
    """Connects when the first collection is asked for, so that a command that needs no vectors takes no slot."""

    def __init__(self, connect: Callable[[], _Connection]) -> None:
        self._connect = connect
        self._connection: _Connection | None = None
        self._lock = Lock()

    def collection(self, name: str, *, dimension: int) -> VectorCollection:
        """``dimension`` is fixed by the first vector that comes; Chroma refuses others."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return ChromaVectors(self._connection.client, name)

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def create_vectors(*, data_dir: Path, url: str | None) -> ChromaVectorStore:
    """The Chroma server at ``url``, else the embedded one in ``data_dir``/vectors. Nothing is opened yet."""
    return ChromaVectorStore(lambda: open_server(url) if url else open_embedded(data_dir / "vectors"))


def open_embedded(folder: Path) -> _Connection:
    """Take the first free slot under ``folder``. Raises ConfigurationError when all 16 are taken."""
    slot, lock = _take_slot(folder)
    with _translated():
        client = chromadb.PersistentClient(str(slot), settings=_settings())

    def release() -> None:
        _close(client)
        os.close(lock)

    return _Connection(client, release)


def open_server(url: str) -> _Connection:
    """Connect to ``http(s)://host:port``. Raises VectorStoreError when nobody answers there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError("KEFU_CHROMA_URL must look like http://host:8000.")
    is_secure = parts.scheme == "https"
    with _translated():
        client = chromadb.HttpClient(
            host=parts.hostname, port=parts.port or (443 if is_secure else 8000), ssl=is_secure, settings=_settings()
        )
    sessions = _sessions(client)
    for session in sessions:
        session.timeout = httpx.Timeout(_TIMEOUT_S)

    def release() -> None:
        _close(client)
        for session in sessions:
            session.close()

    return _Connection(client, release)


def _close(client: ClientAPI) -> None:
    """Chroma's factories promise a ClientAPI, which cannot be closed, and return a Client, which can."""
    if not isinstance(client, Client):
        raise ConfigurationError("This version of chromadb returns a client that cannot be closed.")
    client.close()


def _sessions(client: ClientAPI) -> list[httpx.Client]:
    """Chroma's two HTTP sessions, which have no timeout and which its close() leaves open (1.5.9; no setting)."""
    servers = [getattr(owner, "_server", None) for owner in (client, getattr(client, "_admin_client", None))]
    sessions = [getattr(server, "_session", None) for server in servers]
    found = [session for session in sessions if isinstance(session, httpx.Client)]
    if len(found) != len(sessions):
        raise ConfigurationError("This version of chromadb hides its HTTP sessions: its waits cannot be bounded.")
    return found


def _settings() -> Settings:
    return Settings(anonymized_telemetry=False)


def _take_slot(folder: Path) -> tuple[Path, int]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_SLOTS):
        lock = os.open(folder / f"slot-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return folder / f"slot-{number}", lock
    raise ConfigurationError(f"All {_SLOTS} slots of {folder} are taken: use a Chroma server (KEFU_CHROMA_URL).")


@contextmanager
def _translated() -> Iterator[None]:
    """Chroma's many errors as one of ours. It raises bare ValueError when it cannot connect."""
    try:
        yield
    except (ChromaError, httpx.HTTPError, ValueError, OSError) as error:
        raise VectorStoreError(f"Chroma: {type(error).__name__}: {error}") from error
