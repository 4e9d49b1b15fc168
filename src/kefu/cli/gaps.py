"""``kefu kb gaps``: what is asked in vain."""

from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import work
from kefu.domain.improving import GapState
from kefu.factory import Factory
from kefu.server.schemas_drafts import DraftFromReplyResponse
from kefu.server.schemas_gaps import GapListResponse, GapResponse
from kefu.services.gaps import GapList, GapSummary
from kefu.services.improving.drafting import AnswerDraft, DraftRequest
from kefu.services.improving.gap_review import GAP_REVIEW

_SHOWN = 3


def list_gaps(
    workspace: WorkspaceOption = None,
    state: Annotated[list[GapState] | None, typer.Option(help="Default: open and drafted; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show them gathered by what they ask, those asked most lately first."""
    states = state or [GapState.OPEN, GapState.DRAFTED]
    found = run(lambda factory: _list(factory, workspace, states=states, limit=limit))
    if as_json:
        print_json(GapListResponse.of(found).model_dump(mode="json"))
        return
    for summary in found.gaps:
        _show(summary)


def show_gap(
    gap_id: str,
    state: Annotated[GapState | None, typer.Option(help="Make it ignored, answered, or open again.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Show one gap with its wordings, or give it another state."""
    summary = run(lambda factory: _show_or_set(factory, gap_id, state, workspace))
    print_json(GapResponse.of(summary).model_dump(mode="json")) if as_json else _show(summary, examples=40)


def draft(
    gap_id: str,
    reply: Annotated[str | None, typer.Argument(help="The answer, in a person's words.")] = None,
    message: Annotated[str | None, typer.Option(help="Id of a stored message whose text is the answer.")] = None,
    key: Annotated[str | None, typer.Option(help="The draft's key; without it one is made.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Draft a FAQ entry for a gap; personal data is masked. It waits until it is published."""
    request = DraftRequest(message, reply, gap_id=gap_id, key=key)
    made = run(lambda factory: _draft(factory, request, workspace))
    if as_json:
        print_json(DraftFromReplyResponse.of(made).model_dump(mode="json"))
        return
    document = made.stored.document
    print(f"{document.key} ({document.language}) is drafted: {document.text}")
    for mark in made.marks:
        print(f"  masked {mark.kind}: {mark.text}")


async def _draft(factory: Factory, request: DraftRequest, slug: str | None) -> AnswerDraft:
    return await factory.drafting.draft((await get_workspace(factory, slug)).id, request)


async def _list(factory: Factory, slug: str | None, *, states: list[GapState], limit: int) -> GapList:
    workspace = await get_workspace(factory, slug)
    await factory.outbox.dispatch_due()
    await work(factory, workspace.id, GAP_REVIEW)
    return await factory.gaps.list_clusters(workspace.id, states=states, limit=limit)


async def _show_or_set(factory: Factory, gap_id: str, state: GapState | None, slug: str | None) -> GapSummary:
    workspace = await get_workspace(factory, slug)
    if state is None:
        return await factory.gaps.get(workspace.id, gap_id)
    return await factory.gaps.set_state(workspace.id, gap_id, state)


def _show(summary: GapSummary, *, examples: int = _SHOWN) -> None:
    cluster, count = summary.cluster, summary.count
    trend = f"{count.recent} this week, {count.earlier} the week before"
    print(f"{count.count:5}×  {cluster.state:8} {cluster.id}  {cluster.question}")
    print(f"        {count.first_seen:%Y-%m-%d} – {count.last_seen:%Y-%m-%d}; {trend}")
    for example in summary.examples[:examples]:
        if example != cluster.question:
            print(f"        “{example}”")
    if cluster.nearest is not None:
        print(
            f"        nearest: {cluster.nearest.key} ({cluster.nearest.language}), p={cluster.nearest.probability:.2f}"
        )
