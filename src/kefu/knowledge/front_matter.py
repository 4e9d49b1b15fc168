"""What an owner writes above a page: its name, its dates, for whom it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import yaml

from kefu.domain.knowledge import Attributes, Availability, Risk
from kefu.knowledge.errors import DocumentInvalidError

_BLOCK = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_STATES = {None: False, "published": False, "draft": True}
_MAX_NAMES, _MAX_NAME = 50, 64


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields, and the file that they stand in, so that an error can name the line."""

    file: str
    source: str
    fields: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """One line; None when it is absent or empty."""
        value = self.fields.get(name)
        return str(value).strip() or None if value is not None else None

    @property
    def is_draft(self) -> bool:
        state = self.fields.get("status")
        if state is not None and state not in _STATES:
            raise self.error("status", "must be draft or published")
        return _STATES[None if state is None else str(state)]

    @property
    def attributes(self) -> Attributes:
        """Raises DocumentInvalidError with the line of the field that is wrong."""
        begins, ends = self._time("valid_from", days=0), self._time("valid_until", days=1)
        if begins is not None and ends is not None and ends <= begins:
            raise self.error("valid_until", "must be after valid_from")
        return Attributes(
            availability=Availability(begins, ends, frozenset(self._names("segments"))),
            tags=self._names("tags"),
            owner=self.text("owner"),
            origin=self.text("origin"),
            risk=self._risk,
        )

    @property
    def _risk(self) -> Risk:
        try:
            return Risk(self.text("risk") or Risk.GENERAL)
        except ValueError as error:
            raise self.error("risk", "must be general or strict") from error

    def error(self, name: str, reason: str) -> DocumentInvalidError:
        return DocumentInvalidError(file=self.file, reason=f"{name} {reason}", line=self._line_of(name))

    def _time(self, name: str, *, days: int) -> datetime | None:
        """A moment as it is; a day means its beginning, ``days`` later. Without a zone it is UTC."""
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC) + timedelta(days=days)
        raise self.error(name, "must be a day (2026-05-01) or a time (2026-05-01T08:00:00+08:00)")

    def _names(self, name: str) -> tuple[str, ...]:
        value = self.fields.get(name)
        if value is None:
            return ()
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, list) or len(names) > _MAX_NAMES:
            raise self.error(name, f"must be a list of at most {_MAX_NAMES} names")
        found = tuple(dict.fromkeys(str(one).strip() for one in names))
        if not all(0 < len(one) <= _MAX_NAME for one in found):
            raise self.error(name, f"must have names of 1 to {_MAX_NAME} characters")
        return found

    def _line_of(self, name: str) -> int | None:
        for number, line in enumerate(self.source.split("\n"), start=1):
            if line.startswith(f"{name}:"):
                return number
        return None


def split_front_matter(source: str, *, file: str) -> tuple[FrontMatter, str]:
    """The fields between two lines of ``---`` at the top, and the text below. Raises DocumentInvalidError."""
    match = _BLOCK.match(source)
    if match is None:
        return FrontMatter(file, source, {}), source
    try:
        fields = yaml.safe_load(match.group(1))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else None
        raise DocumentInvalidError(file=file, reason=f"front matter: {error.problem}", line=line) from error
    except ValueError as error:  # a date that is none (2026-02-31)
        raise DocumentInvalidError(file=file, reason=f"front matter: {error}") from error
    if not isinstance(fields, dict | None):
        raise DocumentInvalidError(file=file, reason="front matter must be lines of `name: value`", line=1)
    return FrontMatter(file, source, {str(name): value for name, value in (fields or {}).items()}), source[
        match.end() :
    ]
