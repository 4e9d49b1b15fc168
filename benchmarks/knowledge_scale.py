"""``python -m benchmarks.knowledge_scale``: a knowledge base of any size, as users make it, and every part of a question timed.

Import, vectors in embedded Chroma, one changed document, a restart, questions with spelling, terms, both languages,
quotes and the calibrated probability; memory and disk. README.md says what each figure means. Beside each time stands the
processor's, which a busy machine does not lengthen as much.
"""

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks import report
from benchmarks.corpus import Corpus, slips, strangers, write_corpus
from benchmarks.figures import BenchmarkError, Row, p50, p95
from benchmarks.report import Report
from kefu.config import Settings
from kefu.factory import Factory
from kefu.kit.text import detect_language
from kefu.knowledge.index import KnowledgeIndex
from kefu.storage import schema

FILLING, QUESTIONS, SIZE = "knowledge: filling", "knowledge: one question", "knowledge: size"
_MB = 1_000_000
_ROUNDS = 10_000
_NUMBERS_OF_CPU = 4
"""The first of os.times(): this process and its children, in the program and in the system."""
_SLIPS, _STRANGERS = 0.1, 0.05
"""Shares of questions with a slip, and of those that nothing answers: both are searched more than once."""


class Watch:
    """Seconds since it was started: by the clock, and of the processor (this process and those it has waited for)."""

    def __init__(self) -> None:
        self._begun, self._cpu_begun = time.perf_counter(), _cpu_seconds()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._begun, _cpu_seconds() - self._cpu_begun


async def measure(chunks: int, folder: Path) -> list[Row]:
    corpus = write_corpus(folder / "files", chunks=chunks)
    rows: list[Row] = []
    async with _factory(folder / "data") as factory:
        workspace_id = (await factory.setup.ensure_workspace("scale")).id
        rows += await _fill(factory, workspace_id, folder / "files")
        rows.append(await _change(factory, workspace_id, corpus))
    async with _factory(folder / "data") as factory:
        watch = Watch()
        index = await factory.knowledge.refresh(workspace_id)
        rows.append(_row("a restart: everything into memory", index.size, watch))
        rows += await asyncio.to_thread(_ask, factory, index, corpus)
        rows.append(_size(index, folder / "data"))
    return rows


@asynccontextmanager
async def _factory(data: Path) -> AsyncIterator[Factory]:
    factory = Factory(Settings(data_dir=data))
    try:
        if await schema.found_revision(factory.database) is None:
            await schema.upgrade(factory.database)
        yield factory
    finally:
        await factory.aclose()


async def _fill(factory: Factory, workspace_id: str, files: Path) -> list[Row]:
    whole, step = Watch(), Watch()
    added = await factory.knowledge.add_paths(workspace_id, [files])
    imported = step.read()
    if added.errors:
        raise BenchmarkError(f"The import failed: {added.errors[0].detail}")
    step = Watch()
    index = await factory.knowledge.refresh(workspace_id)
    rows = [
        _to_row("import: files to chunks in the database", index.size, imported),
        _row("index by words, and by meaning if it is small", index.size, step),
    ]
    step = Watch()
    for _ in range(_ROUNDS):
        if not await factory.job_runner.run_due():
            break
    if not factory.knowledge.list_remarks():
        rows.append(_row("job: vectors, Chroma, the switch", index.size, step))
    rows.append(_row("all of it", index.size, whole))
    return rows


async def _change(factory: Factory, workspace_id: str, corpus: Corpus) -> Row:
    """From a document's change to a snapshot that has it."""
    page = next(path for path in corpus.files if path.suffix == ".md" and ".zh." in path.name)
    page.write_text(
        page.read_text(encoding="utf-8") + "\n\n## 新增说明\n\n紫晶龙涎香每瓶售价八百一十二元。", encoding="utf-8"
    )
    watch = Watch()
    await factory.knowledge.add_paths(workspace_id, [page])
    index = await factory.knowledge.refresh(workspace_id)
    row = _row("one document changed", index.size, watch)
    if "紫晶龙涎香" not in index.search("紫晶龙涎香售价", language="zh", limit=1)[0].chunk.text:
        raise BenchmarkError("The changed document is not in the new snapshot.")
    return row


def _ask(factory: Factory, index: KnowledgeIndex, corpus: Corpus) -> list[Row]:
    draw = random.Random(4)
    asked = [slips(text, draw) if draw.random() < _SLIPS else text for text, _ in corpus.asked]
    asked += list(strangers()) * max(1, round(len(asked) * _STRANGERS / 5))
    draw.shuffle(asked)
    for text in asked[:10]:
        factory.finder.find_now(text, language=detect_language(text), index=index)
    parts: dict[str, Callable[[str], object]] = {
        "the whole: Finder.find_now": lambda text: factory.finder.find_now(
            text, language=detect_language(text), index=index
        ),
        "search, the vector known": lambda text: index.search(text, language=detect_language(text)),
        "slips": lambda text: index.correct(text, language=detect_language(text)),
        "encode a question": lambda text: factory.embedder.embed_now(text, side="query"),
    }
    rows = [Row(QUESTIONS, {"part": name}, _times(ask, asked[10:])) for name, ask in parts.items()]
    found = sum(
        any(passage.chunk.document_key == key for passage in index.search(text, language=detect_language(text)))
        for text, key in corpus.asked
    )
    return [*rows, Row(QUESTIONS, {"part": "the right document among 8"}, {"found_share": found / len(corpus.asked)})]


def _times(ask: Callable[[str], object], texts: list[str]) -> dict[str, float]:
    times, cpu = [], []
    for text in texts:
        begun, cpu_begun = time.perf_counter(), time.process_time()
        ask(text)
        cpu.append((time.process_time() - cpu_begun) * 1_000)
        times.append((time.perf_counter() - begun) * 1_000)
    measured = {"p50_ms": p50(times), "p95_ms": p95(times), "max_ms": max(times)}
    return measured | {"cpu p50_ms": p50(cpu), "cpu p95_ms": p95(cpu)}


def _size(index: KnowledgeIndex, data: Path) -> Row:
    def on_disk(path: Path) -> float:
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / _MB

    return Row(
        SIZE,
        {"chunks": str(index.size)},
        {
            "memory_mb": psutil.Process().memory_info().rss / _MB,
            "memory peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024 / _MB,
            "vectors in memory": len(index.vector_ids),
            "database_mb": sum(file.stat().st_size for file in data.glob("kefu.sqlite3*")) / _MB,
            "vectors_mb": on_disk(data / "vectors"),
        },
    )


def _row(step: str, chunks: int, watch: Watch) -> Row:
    return _to_row(step, chunks, watch.read())


def _to_row(step: str, chunks: int, took: tuple[float, float]) -> Row:
    seconds, cpu = took
    figures = {"took_s": seconds, "chunks_per_s": chunks / seconds, "cpu_s": cpu}
    return Row(FILLING, {"step": step}, figures | {"chunks, cpu_per_s": chunks / cpu} if cpu else figures)


def _cpu_seconds() -> float:
    return sum(os.times()[:_NUMBERS_OF_CPU])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.knowledge_scale", description=__doc__)
    parser.add_argument("--chunks", type=int, default=2_000)
    chunks = parser.parse_args().chunks
    console = Console(width=None if sys.stdout.isatty() else 130)
    begun, begun_load = time.perf_counter(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as name:
        rows = asyncio.run(measure(chunks, Path(name)))
    report.show(rows, console)
    load = (begun_load, os.getloadavg()[0])
    kept = Report(
        report.now(), f"knowledge-{chunks}", report.describe_machine(), load, time.perf_counter() - begun, rows
    )
    console.print(f"Kept in {report.write(kept)}", markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
