"""The port to stored sentence vectors, and the store in memory. ChromaDB's adapter is vectors.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kefu.domain.errors import UnavailableError

Vectors = NDArray[np.float32]


class VectorStoreError(UnavailableError):
    """The vector store does not answer or refused a call."""

    code = "vector_store_unavailable"
    title = "Vector store unavailable"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored vector near the one asked for; ``cosine`` in [-1, 1]."""

    id: str
    cosine: float


class VectorCollection(Protocol):
    """Vectors of one workspace and one encoder. All methods raise VectorStoreError."""

    def list_ids(self) -> set[str]: ...

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None: ...

    def delete(self, ids: Sequence[str]) -> None: ...

    def get(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that exist among ``ids``."""
        ...

    def query(self, vector: Vectors, *, limit: int) -> list[Neighbour]:
        """Nearest first; ``vector`` is float32 [dimension]."""
        ...


class VectorStore(Protocol):
    """Opens collections. Names: 3 to 200 letters, digits, ``_`` or ``-``."""

    def collection(self, name: str, *, dimension: int) -> VectorCollection: ...

    def close(self) -> None: ...


class MemoryVectors:
    """Exact search in memory: evaluation, tests, and stores that need not outlive the process."""

    def __init__(self, *, dimension: int) -> None:
        self._ids: list[str] = []
        self._matrix: Vectors = np.zeros((0, dimension), dtype=np.float32)

    def list_ids(self) -> set[str]:
        return set(self._ids)

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        self.delete(ids)
        self._ids = [*self._ids, *ids]
        self._matrix = np.concatenate([self._matrix, vectors])

    def delete(self, ids: Sequence[str]) -> None:
        gone = set(ids)
        kept = [index for index, name in enumerate(self._ids) if name not in gone]
        self._ids, self._matrix = [self._ids[index] for index in kept], self._matrix[kept]

    def get(self, ids: Sequence[str]) -> dict[str, Vectors]:
        wanted = set(ids)
        return {name: self._matrix[index] for index, name in enumerate(self._ids) if name in wanted}

    def query(self, vector: Vectors, *, limit: int) -> list[Neighbour]:
        cosines = self._matrix @ vector
        nearest = np.argsort(-cosines, kind="stable")[:limit]
        return [Neighbour(self._ids[index], float(cosines[index])) for index in nearest]


class MemoryVectorStore:
    """Collections that live as long as the store."""

    def __init__(self) -> None:
        self._collections: dict[str, MemoryVectors] = {}

    def collection(self, name: str, *, dimension: int) -> VectorCollection:
        return self._collections.setdefault(name, MemoryVectors(dimension=dimension))

    def close(self) -> None:
        self._collections.clear()
