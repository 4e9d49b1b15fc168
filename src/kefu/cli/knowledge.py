"""``kefu kb``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli import hits
from kefu.cli.progress import bar, stoppable
from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.conversation import Language
from kefu.domain.job import Job
from kefu.domain.knowledge import Document, Passage
from kefu.factory import Factory
from kefu.kit.text import detect_language
from kefu.services.knowledge_base import ImportReport

InLanguage = Annotated[Language, typer.Argument(help="zh or en.")]
app = typer.Typer(help="The knowledge base.", no_args_is_help=True)


@app.command("add")
def add(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files (Markdown, text, HTML, PDF, DOCX, XLSX, CSV, JSONL), or folders of them.", exists=True
        ),
    ],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Import documents. A file that cannot be read is reported, and the rest goes on."""
    with stoppable():
        report = run(lambda factory: _add(factory, paths, workspace))
    if as_json:
        print_json(
            {
                "added": report.added,
                "unchanged": report.unchanged,
                "errors": [{"path": error.path, "code": error.code, "detail": error.detail} for error in report.errors],
                "notes": [{"path": note.path, "detail": note.detail} for note in report.notes],
            }
        )
    else:
        print(f"{report.added} new or changed, {report.unchanged} unchanged, {report.failed} failed.")
        for note in report.notes:
            print(f"  {note.path}: {note.detail}")
        for error in report.errors:
            print(f"  {error.detail} [{error.code}]")
        if report.failed > len(report.errors):
            print(f"  … and {report.failed - len(report.errors)} more")
    if report.errors:
        raise typer.Exit(1)


@app.command("list")
def list_documents(
    workspace: WorkspaceOption = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="What waits to be published.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the current documents, or the drafts."""
    documents = run(lambda factory: _list(factory, workspace, drafts=drafts))
    if as_json:
        print_json([_document_row(document) for document in documents])
        return
    for document in documents:
        print(f"{document.key:48} {document.language} v{document.version:<3} {document.kind:5} {document.title}")


@app.command("search")
def search(
    query: str,
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
    explain: Annotated[bool, typer.Option("--explain", help="Show why, what was kept back, and what is said.")] = False,
    segment: Annotated[list[str] | None, typer.Option(help="With --explain: as a contact of it; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which passages a question finds, with their scores."""
    if explain:
        test = run(lambda factory: hits.inspect(factory, query, slug=workspace, segments=segment or [], limit=limit))
        print_json(hits.to_row(test)) if as_json else hits.show(test)
        return
    passages = run(lambda factory: _search(factory, query, workspace, limit))
    if as_json:
        print_json([_passage_row(passage) for passage in passages])
        return
    for passage in passages:
        chunk = passage.chunk
        place = " › ".join((chunk.title, *chunk.heading_path))
        print(f"{passage.score:.3f} (lexical {passage.lexical:.3f}, semantic {passage.semantic:.3f})  {place}")
        print(f"      {' '.join(chunk.text.split())[:150]}")


@app.command("remove")
def remove(key: str, language: InLanguage, workspace: WorkspaceOption = None) -> None:
    """Take a document out of use."""
    run(lambda factory: _remove(factory, key, language, workspace))
    print("Removed.")


@app.command("publish")
def publish(key: str, language: InLanguage, workspace: WorkspaceOption = None) -> None:
    """Answer from a draft from now on."""
    document = run(lambda factory: _publish(factory, key, language, workspace))
    print(f"{document.key} {document.language} v{document.version} is published.")


@app.command("reindex")
def reindex(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Order a job that indexes everything by the configured encoder; `kefu serve` or `kefu worker` does it."""
    job = run(lambda factory: _reindex(factory, workspace))
    if as_json:
        print_json({"job": job.id, "state": job.state, "encoder": job.subject})
        return
    print(f"Ordered: {job.id} ({job.subject}). See how far it is: kefu job show {job.id}")


async def _add(factory: Factory, paths: list[Path], slug: str | None) -> ImportReport:
    workspace = await get_workspace(factory, slug)
    with bar("Importing") as show:
        return await factory.knowledge.add_paths(workspace.id, paths, progress=show)


async def _list(factory: Factory, slug: str | None, *, drafts: bool) -> list[Document]:
    listed = factory.documents.list_drafts if drafts else factory.documents.list_current
    return await listed((await get_workspace(factory, slug)).id)


async def _search(factory: Factory, query: str, slug: str | None, limit: int) -> list[Passage]:
    index = await factory.knowledge.index_for((await get_workspace(factory, slug)).id)
    return list(index.search(query, language=detect_language(query), limit=limit))


async def _remove(factory: Factory, key: str, language: Language, slug: str | None) -> None:
    await factory.documents.remove((await get_workspace(factory, slug)).id, key=key, language=language)


async def _publish(factory: Factory, key: str, language: Language, slug: str | None) -> Document:
    return await factory.documents.publish((await get_workspace(factory, slug)).id, key=key, language=language)


async def _reindex(factory: Factory, slug: str | None) -> Job:
    return await factory.reindexing.order((await get_workspace(factory, slug)).id)


def _document_row(document: Document) -> dict[str, object]:
    row = asdict(document)
    attributes = row.pop("attributes")
    availability = attributes.pop("availability")
    del row["text"], row["workspace_id"]
    return {**row, **attributes, **availability, "segments": sorted(availability["segments"])}


def _passage_row(passage: Passage) -> dict[str, object]:
    chunk = passage.chunk
    return {
        "score": passage.score,
        "lexical": passage.lexical,
        "semantic": passage.semantic,
        "document": chunk.document_key,
        "language": chunk.language,
        "version": chunk.document_version,
        "title": chunk.title,
        "heading_path": chunk.heading_path,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
    }
