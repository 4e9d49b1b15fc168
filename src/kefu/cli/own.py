"""``kefu kb export`` and ``kefu kb eval``: the workspace's own knowledge, as files and as figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.factory import Factory
from kefu.services.evaluation.own import Judged, OwnFigures, Share, Verdict
from kefu.services.export import ExportReport

_Limit = Annotated[float | None, typer.Option(min=0, max=1)]


def export(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty, or not there yet.")],
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Write all documents, drafts and terms as files that `kb add` and `kb terms add` read again."""
    report = run(lambda factory: _export(factory, folder, workspace))
    if as_json:
        print_json(asdict(report))
        return
    print(f"{report.pages} pages, {report.entries} FAQ entries, {report.terms} terms.")
    for key in report.plain:
        print(f"  {key}: its text is kept, its headings are not")


def evaluate(
    file: Annotated[Path, typer.Argument(help='Lines of {"id", "text", "relevant": [key]}.', exists=True)],
    min_right: _Limit = None,
    max_wrong: _Limit = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Ask questions whose right documents are known; exit status 1 when a limit is not kept."""
    figures = run(lambda factory: _evaluate(factory, file, workspace))
    print_json(_row(figures)) if as_json else _show(figures)
    is_right = min_right is None or figures.right.share >= min_right
    if not is_right or (max_wrong is not None and figures.wrong.share > max_wrong):
        raise typer.Exit(1)


async def _export(factory: Factory, folder: Path, slug: str | None) -> ExportReport:
    return await factory.export.export((await get_workspace(factory, slug)).id, folder)


async def _evaluate(factory: Factory, file: Path, slug: str | None) -> OwnFigures:
    return await factory.own_evaluation.evaluate((await get_workspace(factory, slug)).id, file)


def _show(figures: OwnFigures) -> None:
    print(f"{figures.n} questions; {_line(figures.abstained)} abstained")
    print(f"  right          {_line(figures.right)} of those with an answer")
    print(f"  wrong          {_line(figures.wrong)} of the answers given")
    print(f"  kept silent    {_line(figures.kept_silent)} of those without one")
    for one in figures.judged:
        if one.verdict is not Verdict.RIGHT:
            print(f"{one.verdict:7} p={one.finding.probability:.2f}  {one.question.text}  → {_quoted(one)}")


def _line(share: Share) -> str:
    return f"{share.hits}/{share.n} = {share.share:.1%} ({share.low:.1%}–{share.high:.1%})"


def _quoted(one: Judged) -> list[str]:
    return sorted({quote.passage.chunk.document_key for quote in one.finding.quotes})


def _row(figures: OwnFigures) -> dict[str, object]:
    shares = {name: asdict(getattr(figures, name)) for name in ("right", "wrong", "abstained", "kept_silent")}
    judged = [
        {
            "id": one.question.id,
            "text": one.question.text,
            "verdict": one.verdict,
            "is_answered": one.finding.is_answerable,
            "probability": round(one.finding.probability, 4),
            "quoted": _quoted(one) if one.finding.is_answerable else [],
            "relevant": sorted(one.question.relevant),
        }
        for one in figures.judged
    ]
    return {"n": figures.n, **shares, "questions": judged}
