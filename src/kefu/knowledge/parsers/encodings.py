"""Bytes to text without a guess that could be quoted to a customer."""

import codecs
import re
from dataclasses import dataclass

import rjieba

from kefu.kit.text import HAN, normalise
from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.source import SourceFile

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HAN_RUN = re.compile(f"[{HAN}]+")
_KANA = re.compile("[\u3041-\u30ff]")
_SAMPLE = 20_000
_LEAST_IN_WORDS = 0.4
"""Share of the Chinese characters that lie in words of a dictionary. Chinese has 0.8; Korean, Japanese, Thai and
traditional Chinese in Big5, read as GB18030 by mistake, have 0.15 at most."""
_MOST_KANA = 0.02


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with LF as line ends. ``encoding`` is named when it is not UTF-8."""

    text: str
    encoding: str | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        return (f"read as {self.encoding}",) if self.encoding else ()


def decode(source: SourceFile) -> Decoded:
    """UTF-8; UTF-16 and UTF-32 with a byte order mark; GB18030 (GBK, GB2312) when what comes out is Chinese.

    Anything else is refused: a wrong guess would be quoted to customers.
    """
    raw = source.data
    mark, encoding = next((known for known in _BYTE_ORDER_MARKS if raw.startswith(known[0])), (b"", "utf-8"))
    try:
        text = raw[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if mark:
            raise source.refuse(Problem.UNKNOWN_ENCODING, f"begins as {encoding.upper()} but is not") from error
        return _decode_gb18030(source, error)
    taken = None if encoding == "utf-8" else encoding.upper().removesuffix("-LE").removesuffix("-BE")
    return Decoded(_checked(source, text), taken)


def is_chinese(text: str) -> bool:
    """Whether the Chinese characters of a text form words, and are not those of another language misread."""
    sample = normalise(text[:_SAMPLE]).text
    runs = _HAN_RUN.findall(sample)
    count = sum(map(len, runs))
    if count == 0 or len(_KANA.findall(sample)) > _MOST_KANA * count:
        return False
    in_words = sum(len(word) for run in runs for word in rjieba.cut(run, False) if len(word) > 1)
    return in_words >= _LEAST_IN_WORDS * count


def _decode_gb18030(source: SourceFile, error: UnicodeDecodeError) -> Decoded:
    line = source.data.count(b"\n", 0, error.start) + 1
    try:
        text = source.data.decode("gb18030")
    except UnicodeDecodeError:
        raise source.refuse(
            Problem.UNKNOWN_ENCODING, "not UTF-8, and not GB18030; save it as UTF-8", line=line
        ) from error
    if not is_chinese(text):
        raise source.refuse(
            Problem.UNKNOWN_ENCODING, "not UTF-8, and read as GB18030 it is no Chinese; save it as UTF-8", line=line
        ) from error
    return Decoded(_checked(source, text), "GB18030")


def _checked(source: SourceFile, text: str) -> str:
    if "\0" in text:
        reason = "contains NUL: not a text file, or UTF-16 without a byte order mark; save it as UTF-8"
        raise source.refuse(Problem.UNKNOWN_ENCODING, reason, line=text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")
