"""Numbers for sources, in the order in which a turn first uses them."""

from kefu.dialogue.answer.quotes import Quote
from kefu.domain.knowledge import Chunk, Citation


class CitationList:
    """Gives each quoted range one number; ``turn_id`` makes the ids stable under replay."""

    def __init__(self, turn_id: str) -> None:
        self._turn_id = turn_id
        self._by_range: dict[tuple[str, int, int], Citation] = {}

    def cite(self, quote: Quote) -> tuple[Citation, bool]:
        """The quote's citation, and whether this is its first use."""
        return self._cite(quote.passage.chunk, quote.start, quote.end, quote.text)

    def cite_chunk(self, chunk: Chunk) -> tuple[Citation, bool]:
        """The same for a whole chunk."""
        return self._cite(chunk, chunk.start, chunk.end, chunk.text)

    def _cite(self, chunk: Chunk, start: int, end: int, text: str) -> tuple[Citation, bool]:
        key = (chunk.document_id, start, end)
        found = self._by_range.get(key)
        if found is not None:
            return found, False
        number = len(self._by_range) + 1
        citation = Citation(
            id=f"cit_{self._turn_id.removeprefix('turn_')}_{number}",
            number=number,
            chunk_id=chunk.id,
            document_id=chunk.document_id,
            title=chunk.title,
            version=chunk.document_version,
            heading_path=chunk.heading_path,
            start=start,
            end=end,
            quote=text,
        )
        self._by_range[key] = citation
        return citation, True
