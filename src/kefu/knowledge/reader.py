"""The one way to a reader: it reads a question and a text together and says how surely the text answers."""

from collections.abc import Sequence
from typing import Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field

from kefu_encoder import ModelNotBuiltError
from kefu_encoder import Reader as PairReader

_log = structlog.get_logger(__name__)


class ReaderSettings(BaseModel):
    """``KEFU_READER_*``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["builtin", "none"] = Field(
        default="builtin",
        description="builtin: the pieces that may answer are read together with the question by the model that comes with "
        "kefu, which costs some 12 ms a question. none: words and vectors alone decide; fewer questions are answered.",
    )


class Reader(Protocol):
    """Chinese and English, also across the two. Called from several threads."""

    def read(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """Log odds that each text answers the question, against "nothing here does"; None: there is no reader."""
        ...


class NullReader(Reader):
    """Nothing is read."""

    def read(self, question: str, texts: Sequence[str]) -> None:
        """None."""


class BuiltinReader(Reader):
    """Adapter to packages/kefu-encoder."""

    def __init__(self, reader: PairReader) -> None:
        self._reader = reader

    def read(self, question: str, texts: Sequence[str]) -> list[float]:
        logits: list[float] = self._reader.read(question, texts).tolist()
        return logits


def create_reader(settings: ReaderSettings | None = None) -> Reader:
    """The reader that the settings name. The built-in one may be absent: then nothing is read."""
    if (settings or ReaderSettings()).kind == "none":
        return NullReader()
    try:
        reader = PairReader()
    except ModelNotBuiltError as error:
        _log.warning("reader_not_built", detail=str(error))
        return NullReader()
    reader.warm_up()
    return BuiltinReader(reader)
