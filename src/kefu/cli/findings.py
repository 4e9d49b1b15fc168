"""``kefu kb review``, ``findings``, ``finding``, ``coverage``: what is wrong with the knowledge."""

from collections.abc import Sequence
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import work
from kefu.domain.improving import FindingKind, FindingState, KnowledgeFinding
from kefu.factory import Factory
from kefu.kit.jsonvalue import JsonObject
from kefu.server.schemas_findings import CoverageResponse, FindingResponse
from kefu.services.improving.review import KNOWLEDGE_REVIEW

_SHOWN = 150


def review(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Look for duplicates, contradictions, stale pages and missing translations, and measure the coverage."""
    result = run(lambda factory: _review(factory, workspace))
    if as_json:
        print_json(result)
        return
    print(", ".join(f"{count} {kind}" for kind, count in sorted(result.items())))


def list_findings(
    workspace: WorkspaceOption = None,
    state: Annotated[FindingState, typer.Option(help="Which ones.")] = FindingState.OPEN,
    kind: Annotated[list[FindingKind] | None, typer.Option(help="Only these; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show what reviews and turns have found."""
    found = run(lambda factory: _list(factory, workspace, state=state, kinds=kind or [], limit=limit))
    if as_json:
        print_json([FindingResponse.of(one).model_dump(mode="json") for one in found])
        return
    for finding in found:
        _show(finding)


def set_finding(
    finding_id: str,
    state: Annotated[FindingState, typer.Option(help="dismissed or open.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Dismiss a finding for good, or take it up again."""
    run(lambda factory: _set(factory, finding_id, state, workspace))
    print(f"{finding_id} is {state}.")


def coverage(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show what the last review says: how well each topic is covered, and which documents nobody needed."""
    found = run(lambda factory: _coverage(factory, workspace))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for topic in found.topics:
        print(f"{topic.count:5}×  {topic.answered / topic.count:4.0%} answered  {topic.question}")
    print(f"{found.unneeded_count} documents were not needed by {found.questions} questions:")
    for key in found.unneeded:
        print(f"  {key}")


async def _review(factory: Factory, slug: str | None) -> JsonObject:
    job = await work(factory, (await get_workspace(factory, slug)).id, KNOWLEDGE_REVIEW)
    result = job.result["findings"]
    return result if isinstance(result, dict) else {}


async def _list(
    factory: Factory, slug: str | None, *, state: FindingState, kinds: list[FindingKind], limit: int
) -> Sequence[KnowledgeFinding]:
    workspace = await get_workspace(factory, slug)
    return await factory.findings.list_newest(workspace.id, state=state, kinds=kinds, limit=limit)


async def _set(factory: Factory, finding_id: str, state: FindingState, slug: str | None) -> None:
    await factory.findings.set_state((await get_workspace(factory, slug)).id, finding_id, state)


async def _coverage(factory: Factory, slug: str | None) -> CoverageResponse:
    found, job_id = await factory.findings.get_coverage((await get_workspace(factory, slug)).id)
    return CoverageResponse.model_validate({**found, "job_id": job_id})


def _show(finding: KnowledgeFinding) -> None:
    subjects = ", ".join(f"{one['key']} ({one['language']} v{one['version']})" for one in finding.subjects)
    print(f"{finding.kind:20} {finding.id}  {subjects}")
    for name, value in finding.evidence.items():
        print(f"      {name}: {' '.join(str(value).split())[:_SHOWN]}")
