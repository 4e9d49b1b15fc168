"""Pages of invented companies with questions to them: what the reader learns from (training/reading/, our own work)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kefu_encoder.errors import EncoderError

Kind = Literal["near", "distant", "situation", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LANGUAGES = 2
"""Every text stands in Chinese (0) and in English (1)."""


class PageInvalidError(EncoderError):
    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in both languages; ``answers`` are the numbers of the units that answer it, none for kind "none"."""

    wordings: tuple[str, str]
    answers: frozenset[int]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Page:
    """One topic of one invented company, statement by statement, each in both languages."""

    id: str
    title: tuple[str, str]
    units: tuple[tuple[str, str], ...]
    asks: tuple[Ask, ...]


def read_pages(folder: Path) -> list[Page]:
    """All pages of ``*.jsonl``, in the order of files and lines. Raises PageInvalidError with the line."""
    pages = [page for path in sorted(folder.glob("*.jsonl")) for page in _read(path)]
    if not pages:
        raise PageInvalidError(str(folder), "there are no pages")
    return pages


def split_pages(pages: Sequence[Page], *, held_out: int = 10) -> tuple[list[Page], list[Page]]:
    """To learn from, and every ``held_out``-th page to validate on: no company's page is in both."""
    return [page for number, page in enumerate(pages) if number % held_out], list(pages[::held_out])


def _read(path: Path) -> Iterator[Page]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                yield _to_page(json.loads(line))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise PageInvalidError(f"{path}:{number}", str(error)) from error


def _to_page(data: dict[str, object]) -> Page:
    texts, asks, title = data["text"], data["ask"], data["title"]
    assert isinstance(texts, list)
    assert isinstance(asks, list)
    assert isinstance(title, list)
    units = tuple((str(chinese), str(english)) for chinese, english in texts)
    return Page(str(data["id"]), (str(title[0]), str(title[1])), units, tuple(_to_ask(ask, len(units)) for ask in asks))


def _to_ask(row: list[object], units: int) -> Ask:
    chinese, english, answers, kind = row
    assert isinstance(answers, list)
    found = frozenset(int(answer) for answer in answers)
    known = next((one for one in KINDS if one == kind), None)
    if known is None or (known == "none") == bool(found) or any(not 0 <= answer < units for answer in found):
        raise ValueError(f"the answers {answers} do not fit the kind {kind!r}")
    return Ask((str(chinese), str(english)), found, known)
