"""One contract for every place that keeps vectors, and two processes on one folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kefu.domain.errors import ConfigurationError
from kefu.storage.vector_overlay import VectorOverlay
from kefu.storage.vector_port import MemoryVectorStore, Vectors, VectorStore, VectorStoreError
from kefu.storage.vectors import create_vectors
from tests.storage.chroma_server import serve_chroma

NAMES = ["a", "b", "c"]


def unit_vectors(count: int, *, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_chroma(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["memory", "embedded", pytest.param("server", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorStore]:
    if request.param == "memory":
        opened: VectorStore = MemoryVectorStore()
    else:
        url = request.getfixturevalue("server_url") if request.param == "server" else None
        opened = create_vectors(data_dir=tmp_path, url=url)
    yield opened
    opened.close()


def test_what_is_put_in_is_found_again(store: VectorStore) -> None:
    collection, vectors = store.collection("ws_contract", dimension=8), unit_vectors(3)
    collection.upsert(NAMES, vectors)
    found = collection.query(vectors[1], limit=2)
    assert found[0].id == "b"
    assert found[0].cosine == pytest.approx(1.0, abs=1e-5)
    assert found[1].cosine == pytest.approx(sorted(vectors @ vectors[1])[-2], abs=1e-5)
    kept = collection.get(["c", "nobody", "a"])
    assert set(kept) == {"a", "c"}
    assert np.allclose(kept["c"], vectors[2], atol=1e-6)


def test_upsert_replaces_and_delete_forgets(store: VectorStore) -> None:
    collection, vectors = store.collection("ws_change", dimension=8), unit_vectors(4)
    collection.upsert(NAMES, vectors[:3])
    collection.upsert(["a"], vectors[3:])
    collection.delete(["b", "nobody"])
    assert collection.list_ids() == {"a", "c"}
    assert np.allclose(collection.get(["a"])["a"], vectors[3], atol=1e-6)
    assert {one.id for one in collection.query(vectors[1], limit=5)} == {"a", "c"}


def test_an_empty_collection_answers(store: VectorStore) -> None:
    collection = store.collection("ws_empty", dimension=8)
    collection.delete([])
    assert (collection.list_ids(), collection.get([]), collection.query(unit_vectors(1)[0], limit=3)) == (set(), {}, [])


def test_an_overlay_reads_what_is_below_and_writes_nothing_there(store: VectorStore) -> None:
    below, vectors = store.collection("ws_below", dimension=8), unit_vectors(4)
    below.upsert(NAMES, vectors[:3])
    overlay = VectorOverlay(below, dimension=8)
    overlay.upsert(["d"], vectors[3:])
    assert (overlay.list_ids(), below.list_ids()) == ({*NAMES, "d"}, set(NAMES))
    kept = overlay.get(["a", "d", "nobody"])
    assert np.allclose(kept["a"], vectors[0], atol=1e-6)
    assert np.allclose(kept["d"], vectors[3])
    assert {overlay.query(vectors[place], limit=1)[0].id for place in (1, 3)} == {"b", "d"}


def test_collections_do_not_mix(store: VectorStore) -> None:
    store.collection("ws_one", dimension=8).upsert(["a"], unit_vectors(1))
    assert store.collection("ws_two", dimension=8).list_ids() == set()


def test_vectors_outlive_the_process(tmp_path: Path) -> None:
    first = create_vectors(data_dir=tmp_path, url=None)
    first.collection("ws_kept", dimension=8).upsert(NAMES, unit_vectors(3))
    first.close()
    second = create_vectors(data_dir=tmp_path, url=None)
    assert second.collection("ws_kept", dimension=8).query(unit_vectors(3)[2], limit=1)[0].id == "c"
    second.close()


OTHER_PROCESS = """
import sys
from pathlib import Path
import numpy as np
from kefu.storage.vectors import create_vectors
store = create_vectors(data_dir=Path(sys.argv[1]), url=None)
collection = store.collection("ws_shared", dimension=8)
vectors = np.eye(8, dtype=np.float32)
collection.upsert([f"other{n}" for n in range(8)], vectors)
print(sorted(collection.list_ids())[0], collection.query(vectors[3], limit=1)[0].id)
store.close()
"""


def test_two_processes_on_one_folder_do_not_damage_each_other(tmp_path: Path) -> None:
    serving = create_vectors(data_dir=tmp_path, url=None)
    collection, vectors = serving.collection("ws_shared", dimension=8), unit_vectors(3)
    collection.upsert(NAMES, vectors)
    command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path)]
    other = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert other.stdout.split() == ["other0", "other3"]
    assert collection.list_ids() == set(NAMES)
    assert [collection.query(vector, limit=1)[0].id for vector in vectors] == NAMES
    serving.close()
    assert {path.name for path in (tmp_path / "vectors").glob("slot-?")} == {"slot-0", "slot-1"}


def test_a_store_that_is_not_used_takes_no_slot(tmp_path: Path) -> None:
    create_vectors(data_dir=tmp_path, url=None).close()
    assert not (tmp_path / "vectors").exists()


def test_a_server_that_is_away_is_a_typed_retryable_error(tmp_path: Path) -> None:
    with pytest.raises(VectorStoreError) as caught:
        create_vectors(data_dir=tmp_path, url="http://127.0.0.1:9").collection("ws_away", dimension=8)
    assert caught.value.status == 503


def test_a_strange_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="http://host:8000"):
        create_vectors(data_dir=tmp_path, url="ftp://somewhere").collection("ws_odd", dimension=8)


def test_a_wrong_dimension_is_a_typed_error(tmp_path: Path) -> None:
    store = create_vectors(data_dir=tmp_path, url=None)
    collection = store.collection("ws_dim", dimension=8)
    collection.upsert(["a"], unit_vectors(1))
    with pytest.raises(VectorStoreError):
        collection.upsert(["b"], np.ones((1, 3), dtype=np.float32))
    store.close()
