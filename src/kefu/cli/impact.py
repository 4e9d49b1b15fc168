"""``kefu kb impact``: what a draft would change."""

from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import finish
from kefu.domain.conversation import Language
from kefu.domain.job import Job
from kefu.domain.knowledge import Attributes
from kefu.factory import Factory
from kefu.server.schemas_impact import ChangeBody, ImpactResponse
from kefu.services.documents import DocumentText
from kefu.services.improving.impact import MOST_QUESTIONS, QUESTIONS

_SHOWN = 110


def impact(
    key: str,
    language: Annotated[Language, typer.Argument(help="zh or en.")],
    text: Annotated[
        Path | None, typer.Option(help="A Markdown file in place of the stored draft.", exists=True, dir_okay=False)
    ] = None,
    questions: Annotated[int, typer.Option(min=1, max=MOST_QUESTIONS, help="Of so many last turns.")] = QUESTIONS,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Answer the last real questions with and without a draft, and show which answers change."""
    page = None
    if text is not None:
        page = DocumentText(key, language, text.read_text(encoding="utf-8"), None, (), True, Attributes())
    found = ImpactResponse.of(run(lambda factory: _impact(factory, key, language, page, questions, workspace)))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print(", ".join(f"{count} {effect}" for effect, count in found.counts.items()) + f" of {found.questions} questions")
    for change in found.changes:
        _show(change)


async def _impact(
    factory: Factory, key: str, language: Language, page: DocumentText | None, questions: int, slug: str | None
) -> Job:
    workspace = await get_workspace(factory, slug)
    ordered = await factory.impact.order(workspace.id, key=key, language=language, text=page, questions=questions)
    return await finish(factory, ordered)


def _show(change: ChangeBody) -> None:
    print(f"{change.effect:15} {change.count:3}×  {change.question}")
    for name, answer in (("before", change.before), ("after", change.after)):
        quotes = " / ".join(f"{one.document}: {' '.join(one.text.split())[:_SHOWN]}" for one in answer.quotes)
        print(f"      {name:6} p={answer.probability:.2f}  {quotes or '(no answer)'}")
