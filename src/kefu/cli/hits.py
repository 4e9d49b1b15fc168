"""``kefu kb search --explain``: a hit test on the terminal."""

from kefu.cli.session import get_workspace
from kefu.domain.knowledge import Viewer
from kefu.factory import Factory
from kefu.knowledge.explaining import Hit, Place
from kefu.server.schemas_search import SearchResponse
from kefu.services.hit_testing import HitTest

_SHOWN = 150
_WEIGHED = 6
"""Features that are shown of an answer, those that weigh most."""


async def inspect(factory: Factory, query: str, *, slug: str | None, segments: list[str], limit: int) -> HitTest:
    viewer = Viewer(factory.clock.now(), frozenset(segments))
    workspace = await get_workspace(factory, slug)
    return await factory.hit_tests.inspect(workspace.id, query, viewer=viewer, limit=limit)


def to_row(test: HitTest) -> dict[str, object]:
    """As the API says it."""
    return SearchResponse.of(test).model_dump(mode="json")


def show(test: HitTest) -> None:
    for hit in test.found:
        _show_hit(hit)
    if test.kept_back:
        print("Not found:")
        for hit in test.kept_back:
            _show_hit(hit)
    finding = test.finding
    said = "answers" if finding.is_answerable else "abstains"
    print(f"{said}: p={finding.probability:.3f}, threshold {finding.threshold:.3f}")
    for correction in finding.corrections:
        print(f"  read as: {correction.typed} → {correction.meant} ({correction.how})")
    for quote in finding.quotes:
        print(f"  “{' '.join(quote.text.split())[:_SHOWN]}”  {quote.passage.chunk.document_key}")
    weighed = sorted(test.contributions.items(), key=lambda one: -abs(one[1]))[:_WEIGHED]
    print("  " + "  ".join(f"{name} {value:+.2f}" for name, value in weighed))


def _show_hit(hit: Hit) -> None:
    chunk = hit.chunk
    place = " › ".join((chunk.title, *chunk.heading_path))
    why = "" if hit.hidden is None else f"  [{hit.hidden}]"
    meaning = "-" if hit.semantic is None else _place(hit.semantic)
    print(f"{_place(hit.fused)}  words {_place(hit.lexical)}  meaning {meaning}  {chunk.document_key}  {place}{why}")
    if hit.by_words is not None:
        print(f"      words: {hit.by_words.kind} “{' '.join(hit.by_words.text.split())[:_SHOWN]}”")
    if hit.by_meaning is not None:
        print(f"      meaning: {hit.by_meaning.kind} “{' '.join(hit.by_meaning.text.split())[:_SHOWN]}”")
    print(f"      has {', '.join(hit.terms) or '-'}; lacks {', '.join(hit.missing) or '-'}")
    for synonym in hit.synonyms:
        print(f"      {'/'.join(synonym.asked)} = {'/'.join(synonym.found)}")


def _place(place: Place) -> str:
    return f"{place.score:.3f} (#{place.rank})"
