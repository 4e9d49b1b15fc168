"""Passages for tests of the answer core: a text as a chunk somewhere in a document."""

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Chunk, Passage

START = 40
"""Where each chunk begins in its document, so that a wrong offset shows."""


def passage(
    text: str,
    *,
    key: str = "shop/page",
    language: Language = "zh",
    title: str = "",
    heading: tuple[str, ...] = (),
    questions: tuple[str, ...] = (),
    score: float = 0.5,
    semantic: float = 0.0,
) -> Passage:
    chunk = Chunk(
        id=f"chunk_{key}",
        workspace_id="ws",
        document_id=f"doc_{key}",
        document_key=key,
        document_version=1,
        ordinal=0,
        title=title,
        heading_path=heading,
        language=language,
        text=text,
        start=START,
        end=START + len(text),
        questions=questions,
    )
    return Passage(chunk=chunk, score=score, lexical=score, semantic=semantic)
