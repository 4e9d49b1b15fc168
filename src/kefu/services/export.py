"""All that a workspace knows, as files that can be read again: pages, FAQ entries, terms."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kefu.domain.errors import InvalidInputError
from kefu.domain.knowledge import Chunk, Document, DocumentKind, Term
from kefu.knowledge.exporting import file_name, to_faq_line, to_markdown, to_term_line
from kefu.storage.database import Database

DOCUMENTS, FAQ, TERMS = "documents", "faq.jsonl", "terms.jsonl"


@dataclass(slots=True)
class ExportReport:
    """What was written. ``plain``: pages that keep every character but not their headings."""

    pages: int = 0
    entries: int = 0
    terms: int = 0
    plain: list[str] = field(default_factory=list)


class ExportService:
    """Current documents and drafts, without old versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, workspace_id: str, folder: Path) -> ExportReport:
        """Write ``documents/``, with ``faq.jsonl`` in it, and ``terms.jsonl``. Raises InvalidInputError unless the folder is empty."""
        async with self._database.read(workspace_id) as unit:
            drafts = await unit.document_lists.list_drafts()
            documents = [*await unit.document_lists.list_current(), *drafts]
            chunks = await unit.document_lists.list_chunks()
            for draft in drafts:
                chunks += await unit.document_lists.list_draft_chunks(draft.key, draft.language)
            terms = await unit.terms.list_all()
        return await asyncio.to_thread(_write, folder, documents, chunks, terms)


def _write(folder: Path, documents: Sequence[Document], chunks: Sequence[Chunk], terms: Sequence[Term]) -> ExportReport:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInputError(f"{folder} is not an empty folder.", field="folder")
    by_document: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        by_document.setdefault(chunk.document_id, []).append(chunk)
    report = ExportReport()
    place = folder / DOCUMENTS
    place.mkdir(parents=True)
    lines: list[str] = []
    for document in documents:
        own = by_document.get(document.id, [])
        if document.kind is DocumentKind.FAQ:
            lines.append(to_faq_line(document, own[0].questions if own else ()))
        else:
            _write_page(place, document, own, report)
    _write_lines(place / FAQ, lines)
    _write_lines(folder / TERMS, [to_term_line(term) for term in terms])
    report.entries, report.terms = len(lines), len(terms)
    return report


def _write_page(place: Path, document: Document, chunks: Sequence[Chunk], report: ExportReport) -> None:
    page = to_markdown(document, _headings(chunks))
    path = place / file_name(document)
    if path.exists():
        path = path.with_name(f"{path.name.removesuffix('.md')}.{document.id[-12:]}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.text, encoding="utf-8")
    report.pages += 1
    if page.is_plain:
        report.plain.append(document.key)


def _headings(chunks: Iterable[Chunk]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for chunk in chunks:
        for depth, name in enumerate(chunk.heading_path, start=2):
            levels.setdefault(name, depth)
    return levels


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    if lines:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
