"""``kefu kb terms``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.session import get_workspace, print_json, run
from kefu.domain.knowledge import Term, TermKind
from kefu.factory import Factory
from kefu.knowledge.term_files import read_terms, to_term
from kefu.services.terms import TermReport

app = typer.Typer(help="The words of your trade, and what customers call them.", no_args_is_help=True)
WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", help="Which workspace; may be left out if there is one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("add")
def add(
    term: Annotated[str, typer.Argument(help="A term, or a .csv or .jsonl file of them.")],
    *,
    synonyms: Annotated[
        list[str] | None, typer.Option("--synonym", help="Another word for it; may be repeated.")
    ] = None,
    kind: Annotated[TermKind, typer.Option(help="What it names.")] = TermKind.TOPIC,
    lang: Annotated[str | None, typer.Option(help="zh or en; without it: recognised from the text.")] = None,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Add a term, or a file of them. One with the same text is replaced."""
    path = Path(term)
    if path.suffix.lower() in {".csv", ".jsonl"}:
        terms = read_terms(path)
    else:
        fields = {"text": term, "synonyms": synonyms or [], "kind": kind, "lang": lang}
        terms = [to_term(fields, file="term", line=None, language=None)]
    report = run(lambda factory: _add(factory, terms, workspace))
    if as_json:
        print_json(asdict(report))
    else:
        print(f"{report.added} new, {report.changed} changed, {report.unchanged} unchanged.")


@app.command("list")
def list_terms(workspace: WorkspaceOption = None, as_json: AsJson = False) -> None:
    """Show the workspace's own terms."""
    terms = run(lambda factory: _list(factory, workspace))
    if as_json:
        print_json([asdict(term) for term in terms])
        return
    for term in terms:
        print(f"{term.language}  {term.kind:8} {term.text}  {' | '.join(term.synonyms)}")


@app.command("remove")
def remove(text: str, language: str, workspace: WorkspaceOption = None) -> None:
    """Forget a term."""
    removed = run(lambda factory: _remove(factory, text, language, workspace))
    print("Removed." if removed else "There is no such term.")
    if not removed:
        raise typer.Exit(1)


async def _add(factory: Factory, terms: list[Term], slug: str | None) -> TermReport:
    return await factory.terms.add((await get_workspace(factory, slug)).id, terms)


async def _list(factory: Factory, slug: str | None) -> list[Term]:
    return await factory.terms.list_all((await get_workspace(factory, slug)).id)


async def _remove(factory: Factory, text: str, language: str, slug: str | None) -> bool:
    return await factory.terms.remove((await get_workspace(factory, slug)).id, text=text, language=language)
