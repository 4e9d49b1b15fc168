"""A collection that is read and never written: new vectors stay in memory, as long as the overlay lives."""

from collections.abc import Sequence

from kefu.storage.vector_port import MemoryVectors, Neighbour, VectorCollection, Vectors


class VectorOverlay:
    """For an index that is only tried. A VectorCollection; raises VectorStoreError as the one below does."""

    def __init__(self, below: VectorCollection, *, dimension: int) -> None:
        self._below = below
        self._own = MemoryVectors(dimension=dimension)

    def list_ids(self) -> set[str]:
        return self._below.list_ids() | self._own.list_ids()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._own.upsert(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """Of the overlay only."""
        self._own.delete(ids)

    def get(self, ids: Sequence[str]) -> dict[str, Vectors]:
        own = self._own.get(ids)
        return {**self._below.get([name for name in ids if name not in own]), **own}

    def query(self, vector: Vectors, *, limit: int) -> list[Neighbour]:
        both = {one.id: one for one in (*self._below.query(vector, limit=limit), *self._own.query(vector, limit=limit))}
        return sorted(both.values(), key=lambda one: -one.cosine)[:limit]
