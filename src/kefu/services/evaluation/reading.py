"""The user's own data: JSON Lines, UTF-8, one clear error for a bad line."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

import orjson

from kefu.dialogue.intents.training import Example
from kefu.domain.errors import InvalidInputError
from kefu.kit.jsonvalue import JsonObject, JsonValue
from kefu.services.evaluation.answers import CorpusDocument, LabelledQuestion


def read_corpus(path: Path) -> list[CorpusDocument]:
    """Lines of {"id", "title", "text"}; the title may be empty. Raises InvalidInputError with file and line."""
    return [
        CorpusDocument(_text(line, "id", place), str(line.get("title") or ""), _text(line, "text", place))
        for place, line in _parse_lines(path.read_bytes(), name=str(path))
    ]


def read_questions(path: Path) -> list[LabelledQuestion]:
    """Lines of {"id", "text", "relevant": [id]}; ``kind`` is optional. Raises InvalidInputError with file and line."""
    return parse_questions(path.read_bytes(), name=str(path))


def parse_questions(raw: bytes, *, name: str) -> list[LabelledQuestion]:
    """As ``read_questions``, of what somebody sent under a name."""
    return [
        LabelledQuestion(
            _text(line, "id", place), _text(line, "text", place), _ids(line, place), str(line.get("kind", ""))
        )
        for place, line in _parse_lines(raw, name=name)
    ]


def read_examples(path: Path) -> list[Example]:
    """Lines of {"text", "intent"}; intent null: out of scope. Raises InvalidInputError with file and line."""
    return [
        Example(_text(line, "text", place), _intent(line, place))
        for place, line in _parse_lines(path.read_bytes(), name=str(path))
    ]


def _parse_lines(raw: bytes, *, name: str) -> Iterator[tuple[str, JsonObject]]:
    for number, text in enumerate(raw.removeprefix(BOM_UTF8).splitlines(), start=1):
        if not text.strip():
            continue
        place = f"{name}:{number}"
        try:
            value: JsonValue = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise InvalidInputError(f"{place}: not JSON ({error}).") from error
        if not isinstance(value, dict):
            raise InvalidInputError(f"{place}: expected an object.")
        yield place, value


def _text(line: JsonObject, name: str, place: str) -> str:
    value = line.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(f"{place}: {name!r} must be text.")
    return value


def _intent(line: JsonObject, place: str) -> str | None:
    if "intent" not in line:
        raise InvalidInputError(f"{place}: 'intent' is missing; write null for what has none.")
    return None if line["intent"] is None else _text(line, "intent", place)


def _ids(line: JsonObject, place: str) -> frozenset[str]:
    value = line.get("relevant")
    if not isinstance(value, list):
        raise InvalidInputError(f"{place}: 'relevant' must be a list of ids.")
    return frozenset(str(one) for one in value)
