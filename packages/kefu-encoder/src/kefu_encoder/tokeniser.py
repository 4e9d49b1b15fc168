"""Text to token ids: MiniLM's wordpieces for all but Han, our own Chinese rows for Han."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kefu_encoder.chinese import HAN, has_han, to_plain
from kefu_encoder.folder import ModelFolder
from kefu_encoder.words import UNKNOWN, WordList

MAX_TOKENS = 256
"""MiniLM was trained on at most 256 wordpieces; what follows is cut."""
FIRST_ROW = 30_522
"""The id of the first Chinese row; smaller ids are MiniLM's."""
_START, _END, _UNKNOWN_PIECE = 101, 102, 100
_MOST_CHARACTERS = 8_192
"""Of a text with Han no more is read: far above MAX_TOKENS words, and it bounds the work for a very long text."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Padded ids and mask, int64 [batch, longest]."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]


class Tokeniser:
    """A text without Han gets exactly the ids of all-MiniLM-L6-v2; in others Han becomes words of the word list.

    ``words`` None: Han goes through MiniLM's wordpieces too, which hardly know it.
    """

    def __init__(self, path: Path, words: WordList | None = None) -> None:
        self._pieces = Tokenizer.from_file(str(path))
        self._pieces.no_padding()
        self._pieces.enable_truncation(MAX_TOKENS)
        self._words = words

    @classmethod
    def of(cls, folder: ModelFolder) -> "Tokeniser":
        """The one that the networks of this folder were built for."""
        return cls(folder.tokenizer, WordList.from_text(folder.words.read_text(encoding="utf-8")))

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text with its start and end marks; never empty."""
        chinese = [self._words is not None and has_han(text) for text in texts]
        plain = iter(self._wordpieces([text for text, han in zip(texts, chinese, strict=True) if not han], marks=True))
        return [self.mark(self.pieces(text)) if han else next(plain) for text, han in zip(texts, chinese, strict=True)]

    def pieces(self, text: str) -> list[int | str]:
        """A text with Han as wordpiece ids and Chinese words, in order."""
        found: list[int | str] = []
        for part in _parts(to_plain(text[:_MOST_CHARACTERS])):
            if self._words is not None and HAN.match(part):
                found.extend(self._words.cut(part))
            else:
                found.extend(self._wordpieces([part], marks=False)[0])
        return found

    def mark(self, pieces: Sequence[int | str]) -> list[int]:
        """Ids of the pieces between the start and the end mark, cut to MAX_TOKENS."""
        ids = [piece if isinstance(piece, int) else self._id(piece) for piece in pieces[: MAX_TOKENS - 2]]
        return [_START, *ids, _END]

    def _id(self, word: str) -> int:
        row = self._words.row(word) if self._words is not None else UNKNOWN
        return _UNKNOWN_PIECE if row == UNKNOWN else FIRST_ROW + row

    def _wordpieces(self, texts: Sequence[str], *, marks: bool) -> list[list[int]]:
        return [encoding.ids for encoding in self._pieces.encode_batch(list(texts), add_special_tokens=marks)]


def _parts(text: str) -> Iterator[str]:
    """Runs of Han and what stands between them, without blank parts."""
    start = 0
    for match in HAN.finditer(text):
        if between := text[start : match.start()].strip():
            yield between
        yield match[0]
        start = match.end()
    if rest := text[start:].strip():
        yield rest


def to_batch(rows: Sequence[Sequence[int]]) -> TokenBatch:
    """Pad rows with 0 to the longest of them."""
    shape = (len(rows), max(len(row) for row in rows))
    ids = np.zeros(shape, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return TokenBatch(ids=ids, mask=mask)
