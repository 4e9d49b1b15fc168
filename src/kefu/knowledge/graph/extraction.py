"""Chunks to edges: first the names that their form gives, then what rows, lines and sentences say of them."""

from collections.abc import Iterable, Iterator, Sequence

from kefu.domain.conversation import Language
from kefu.domain.graph import Extractor
from kefu.knowledge.graph.drafts import EdgeDraft, Name, Text
from kefu.knowledge.graph.pipelines import Spotter
from kefu.knowledge.graph.sentences import read_sentence
from kefu.knowledge.graph.structure import (
    find_row,
    lines_of,
    read_item,
    read_labelled,
    read_row,
    sentences_of,
    subject_of,
)

MOST_EDGES = 2_000
"""Of one document; what is more is left out."""


class GraphReader:
    """Reads documents of both languages. A language's pipeline is made when the first text needs it."""

    def __init__(self, names: dict[Language, Sequence[Name]]) -> None:
        self._names = names
        self._spotters: dict[Language, Spotter] = {}

    def read(self, texts: Iterable[Text]) -> list[EdgeDraft]:
        """The edges of one document, equal statements once: the surest of them."""
        best: dict[str, EdgeDraft] = {}
        for text in texts:
            for draft in self._read(text):
                known = best.get(draft.fact)
                if known is None or known.confidence < draft.confidence:
                    best[draft.fact] = draft
                if len(best) >= MOST_EDGES:
                    return list(best.values())
        return list(best.values())

    def _read(self, text: Text) -> Iterator[EdgeDraft]:
        spotter = self._spotter(text.language)
        topic = subject_of(text)
        rows = {line.start: find_row(line) for line in lines_of(text)}
        told = [draft for row in rows.values() if row is not None for draft in read_row(text, row)]
        spotter.learn([topic] if topic else [])
        spotter.learn(name for draft in told for name in (draft.subject, draft.object) if name)
        yield from told
        for line in lines_of(text):
            if rows[line.start] is None:
                labelled = read_labelled(text, line, topic) if topic else None
                found = (
                    [labelled]
                    if labelled
                    else [
                        draft
                        for sentence in sentences_of(line)
                        for draft in read_sentence(text, sentence, spotter=spotter, topic=topic)
                    ]
                )
                yield from found
                is_told = any(draft.extractor is not Extractor.NEARNESS for draft in found)
                item = read_item(text, line, topic) if topic and not is_told else None
                yield from [item] if item else []

    def _spotter(self, language: Language) -> Spotter:
        if language not in self._spotters:
            self._spotters[language] = Spotter(language)
            self._spotters[language].learn(self._names.get(language, ()))
        return self._spotters[language]
