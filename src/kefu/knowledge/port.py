"""What a turn needs of the knowledge: a snapshot of now, or what an earlier one gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Passage
from kefu.domain.policy import AnswerPolicy
from kefu.knowledge.spelling.correction import Correction
from kefu.knowledge.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Proven:
    """A member of a class that a question asks for, with the sentence of a chunk that says what is asked of it."""

    name: str
    sentence: str
    start: int
    end: int
    chunk: Chunk
    score: float


class KnowledgePort(Protocol):
    """``KnowledgeIndex`` is one."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Of the knowledge, of its encoder and of the workspace's own terms, by name."""
        ...

    @property
    def policy(self) -> AnswerPolicy | None: ...

    def vocabulary(self, language: Language) -> Vocabulary: ...

    def search(self, query: str, *, language: Language, limit: int) -> list[Passage]: ...

    def search_others(self, query: str, *, language: Language, limit: int) -> list[Passage]: ...

    def correct(self, plain: str, *, language: Language) -> tuple[Correction, ...]: ...

    def likeness(self, query: str, text: str, *, language: Language) -> float | None: ...

    def look_up(self, question: str, *, language: Language) -> tuple[Proven, ...]:
        """Empty when the question asks for no list, or none is known."""
        ...

    def find_first(self, document_key: str, *, language: Language) -> Chunk | None: ...
