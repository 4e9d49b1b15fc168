"""``kefu kb graph``."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.domain.graph import Edge, EdgeFilter, EdgeStatus, Entity
from kefu.domain.job import Job, JobState
from kefu.factory import Factory
from kefu.kit.text import detect_language
from kefu.knowledge.graph.exporting import to_graphml, to_json
from kefu.services.graph import EdgeText

app = typer.Typer(help="What the documents say of your things, as a graph.", no_args_is_help=True)
_PATIENCE_S = 3600.0
_POLL_S = 0.5


@app.command("build")
def build(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Read the documents that are not read yet."""
    job = run(lambda factory: _build(factory, workspace))
    if as_json:
        print_json({"state": job.state, **job.result})
    elif job.state is JobState.SUCCEEDED:
        print(f"{job.result['documents']} documents read, {job.result['edges']} edges.")
    else:
        print(f"{job.state}: {job.error_detail or ''}")
    if job.state is not JobState.SUCCEEDED:
        raise typer.Exit(1)


@app.command("entities")
def entities(
    text: Annotated[str | None, typer.Argument(help="A piece of the name.")] = None,
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the things that documents speak of."""
    found = run(lambda factory: _entities(factory, workspace, text, limit))
    if as_json:
        print_json([_entity(one) for one in found])
        return
    for one in found:
        print(f"{one.id}  {one.language}  {one.kind:8} {one.name}  {' | '.join(one.aliases)}")


@app.command("edges")
def edges(
    text: Annotated[str | None, typer.Argument(help="A piece of the name or of the sentence.")] = None,
    *,
    status: Annotated[EdgeStatus | None, typer.Option(help="What people said of it.")] = None,
    document: Annotated[str | None, typer.Option(help="Key of the document that says it.")] = None,
    workspace: WorkspaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show what documents say, each with the sentence that proves it."""
    chosen = EdgeFilter(status=status, document_key=document, text=text)
    found = run(lambda factory: _edges(factory, workspace, chosen, limit))
    if as_json:
        print_json(to_json(found)["edges"])
        return
    for one in found:
        print(_line(one))


@app.command("accept")
def accept(edge_id: str, workspace: WorkspaceOption = None) -> None:
    """Say that an edge is right."""
    print(_line(run(lambda factory: _judge(factory, workspace, edge_id, EdgeStatus.ACCEPTED))))


@app.command("reject")
def reject(edge_id: str, workspace: WorkspaceOption = None) -> None:
    """Say that an edge is wrong: it is used for nothing, and stays so when its document is read anew."""
    print(_line(run(lambda factory: _judge(factory, workspace, edge_id, EdgeStatus.REJECTED))))


@app.command("add")
def add(
    subject: str,
    relation: str,
    *,
    obj: Annotated[str | None, typer.Option("--object", help="Another thing.")] = None,
    value: Annotated[str | None, typer.Option(help="A value: 30 days, no, 12 yuan.")] = None,
    negated: Annotated[bool, typer.Option("--not", help="It is not so.")] = False,
    document: Annotated[str | None, typer.Option(help="Key of the document that says it.")] = None,
    sentence: Annotated[str | None, typer.Option(help="Its sentence, word for word.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Add what no reading found. Only with a document's sentence it can be quoted."""
    text = EdgeText(
        language=detect_language(f"{subject}{relation}{value or obj or ''}"),
        subject=subject,
        relation=relation,
        object=obj,
        value=value,
        is_negated=negated,
        document_key=document,
        sentence=sentence,
    )
    print(_line(run(lambda factory: _add(factory, workspace, text))))


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A .graphml or .json file to write.", dir_okay=False)],
    workspace: WorkspaceOption = None,
) -> None:
    """Write the knowledge graph as GraphML, or as JSON."""
    found = run(lambda factory: _live(factory, workspace))
    written = orjson.dumps(to_json(found), option=orjson.OPT_INDENT_2) if file.suffix == ".json" else to_graphml(found)
    file.write_bytes(written)
    print(f"{len(found)} edges written to {file}.")


async def _build(factory: Factory, slug: str | None) -> Job:
    workspace = await get_workspace(factory, slug)
    job = await factory.graph.order_build(workspace.id)
    until = time.monotonic() + _PATIENCE_S
    while not job.state.is_over and time.monotonic() < until:
        if not await factory.job_runner.run_due():
            await asyncio.sleep(_POLL_S)  # a server has it
        job = await factory.jobs.get(workspace.id, job.id)
    return job


async def _entities(factory: Factory, slug: str | None, text: str | None, limit: int) -> list[Entity]:
    return await factory.graph.list_entities((await get_workspace(factory, slug)).id, text=text, limit=limit)


async def _edges(factory: Factory, slug: str | None, chosen: EdgeFilter, limit: int) -> list[Edge]:
    return await factory.graph.list_edges((await get_workspace(factory, slug)).id, chosen, limit=limit)


async def _judge(factory: Factory, slug: str | None, edge_id: str, status: EdgeStatus) -> Edge:
    return await factory.graph.judge((await get_workspace(factory, slug)).id, edge_id, status)


async def _add(factory: Factory, slug: str | None, text: EdgeText) -> Edge:
    return await factory.graph.add((await get_workspace(factory, slug)).id, text)


async def _live(factory: Factory, slug: str | None) -> list[Edge]:
    return await factory.graph.list_live((await get_workspace(factory, slug)).id)


def _entity(entity: Entity) -> dict[str, object]:
    return {
        "id": entity.id,
        "language": entity.language,
        "name": entity.name,
        "kind": entity.kind,
        "aliases": list(entity.aliases),
    }


def _line(edge: Edge) -> str:
    said = edge.object.name if edge.object else edge.value.text if edge.value else ""
    negated = "not " if edge.is_negated else ""
    proof = f"\n      {edge.proof.document_key}: {edge.proof.sentence}" if edge.proof else ""
    return f"{edge.id}  {edge.status:8} {edge.subject.name} –{negated}{edge.relation}→ {said}{proof}"
