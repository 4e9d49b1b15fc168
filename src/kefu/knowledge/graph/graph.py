"""The graph of a snapshot: what leads from a question to chunks, and who belongs on a list that is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.graph import Edge, EdgeStatus
from kefu.domain.knowledge import ALWAYS, Availability, Chunk, Viewer
from kefu.knowledge.graph.asking import read_list_question
from kefu.knowledge.graph.side import GraphSide, Lead, Listed
from kefu.knowledge.vocabulary import Vocabulary

MOST_LISTED = 12
"""Members of a list that are answered with; a class with more is no answer but a catalogue."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to a question for a list: each member with the edge that proves it."""

    members: tuple[Listed, ...]


class KnowledgeGraph:
    """Immutable, like the snapshot that it is a part of; a viewer's copy hides what is not for them."""

    def __init__(
        self, edges: Iterable[Edge], chunks: Sequence[Chunk], vocabularies: Mapping[Language, Vocabulary]
    ) -> None:
        of_language: dict[Language, list[Edge]] = {language: [] for language in vocabularies}
        for edge in edges:
            if edge.status is not EdgeStatus.REJECTED:
                of_language[edge.subject.language].append(edge)
        by_id = {chunk.id: chunk for chunk in chunks} if any(of_language.values()) else {}
        self._sides = {
            language: GraphSide(found, by_id, vocabularies[language])
            for language, found in of_language.items()
            if found
        }
        self._vocabularies = vocabularies
        self._limited = _by_availability(by_id.values())
        self._hidden: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Number of edges."""
        return sum(side.size for side in self._sides.values())

    def seen_by(self, viewer: Viewer, *, without: frozenset[str]) -> "KnowledgeGraph":
        """This graph as a viewer may use it; ``without``: ids of documents that are out of use by now."""
        hidden = without.union(*(found for dates, found in self._limited.items() if not dates.covers(viewer)))
        if not hidden or not self._sides:
            return self
        restricted = copy(self)
        restricted._hidden = hidden  # noqa: SLF001 - our own copy
        return restricted

    def leads(self, question: str, *, language: Language) -> list[Lead]:
        """Chunks that the graph leads to; those that prove members of a list that is asked for come with them."""
        side = self._sides.get(language)
        if side is None:
            return []
        listing = self.look_up(question, language=language)
        proving = [_to_lead(one) for one in listing.members] if listing else []
        return [*side.leads(question, hidden=self._hidden), *proving]

    def look_up(self, question: str, *, language: Language) -> Listing | None:
        """The members of a class that a question asks for; None when it asks for no list, or there is none here."""
        side = self._sides.get(language)
        vocabulary = self._vocabularies[language]
        asked = None if side is None else read_list_question(question, vocabulary, classes=side.classes)
        if side is None or asked is None:
            return None
        members = side.members(asked, hidden=self._hidden)
        return Listing(tuple(members)) if 0 < len(members) <= MOST_LISTED else None


def _to_lead(listed: Listed) -> Lead:
    return Lead(listed.chunk.id, listed.score, f"{listed.edge.subject.name} is one of those asked for")


def _by_availability(chunks: Iterable[Chunk]) -> dict[Availability, frozenset[str]]:
    found: dict[Availability, set[str]] = {}
    for chunk in chunks:
        if chunk.availability != ALWAYS:
            found.setdefault(chunk.availability, set()).add(chunk.document_id)
    return {availability: frozenset(ids) for availability, ids in found.items()}
