"""Step 9 without a model: verbatim quotes with a lead-in and numbered citations."""

from collections.abc import Iterator
from itertools import groupby

from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.answer.quotes import Quote
from kefu.dialogue.answer.units import stands_under
from kefu.dialogue.events import Said
from kefu.domain.turn import DeltaKind
from kefu.kit.strings import Strings


def say_quotes(finding: Finding, *, citations: CitationList, strings: Strings) -> Iterator[Said]:
    """One ``Said`` a source document, and a heading whose list items are quoted; its quotes in the document's order."""
    if finding.disagreement is not None:
        yield Said(strings.get("sources_disagree", finding.language) + "\n\n", DeltaKind.TEMPLATE, is_lead=True)
    by_source = groupby(finding.quotes, key=lambda quote: (quote.passage.chunk.document_id, _source(quote)))
    for number, (_, group) in enumerate(by_source):
        quotes = list(group)
        if number:
            yield Said("\n\n", DeltaKind.TEMPLATE, is_lead=True)
        lead = _lead(quotes[0], finding, strings)
        if lead:
            yield Said(lead, DeltaKind.TEMPLATE, is_lead=True)
        for place, quote in enumerate(quotes):
            yield _say(quote, citations, separator=_separator(quote) if place else "")


def _lead(quote: Quote, finding: Finding, strings: Strings) -> str:
    chunk = quote.passage.chunk
    if chunk.language != finding.language:
        return strings.get("quote_lead_foreign", finding.language, title=_source(quote))
    if chunk.questions:
        return ""  # a FAQ's answer speaks for itself
    return strings.get("quote_lead", finding.language, title=_source(quote)) + ("\n" if _is_block(quote.text) else "")


def _source(quote: Quote) -> str:
    """The document's title, and for a list item what it stands under: alone, what is not allowed would read as allowed."""
    return " › ".join((quote.passage.chunk.title, *stands_under(quote.passage.chunk, quote.start)))


def _say(quote: Quote, citations: CitationList, *, separator: str) -> Said:
    citation, is_new = citations.cite(quote)
    gap = "\n" if _is_table(quote.text) else " "
    return Said(f"{separator}{quote.text}{gap}[{citation.number}]", DeltaKind.QUOTE, (citation,) if is_new else ())


def _separator(quote: Quote) -> str:
    return "\n" if _is_block(quote.text) or quote.passage.chunk.language == "zh" else " "


def _is_block(text: str) -> bool:
    return _is_table(text) or text.lstrip()[:2] in {"- ", "* ", "1."} or "\n" in text


def _is_table(text: str) -> bool:
    return text.lstrip().startswith("|")
