"""Allowed facts as JSON and back: in the database, and in files of owners."""

from collections.abc import Mapping
from datetime import timedelta

from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError
from kefu.domain.profile import AllowedFact
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object

_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def allowed_to_json(fact: AllowedFact) -> JsonObject:
    return {
        "name": fact.name,
        "type": fact.type,
        "title": {language: fact.title[language] for language in _LANGUAGES},
        "cues": {language: [*words] for language, words in fact.cues.items()},
        "values": {value: [*words] for value, words in fact.values.items()},
        "days": None if fact.lasts is None else fact.lasts.days,
        "needs_consent": fact.needs_consent,
    }


def allowed_from_json(data: JsonObject) -> AllowedFact:
    """Raises InvalidInputError when it is no allowed fact."""
    try:
        days, title = data.get("days"), as_object(data["title"])
        return AllowedFact(
            name=str(data["name"]),
            type=str(data["type"]),
            title={language: str(title[language]) for language in _LANGUAGES},
            cues=_by_language(as_object(data.get("cues", {}))),
            values={
                value: tuple(map(str, as_list(words))) for value, words in as_object(data.get("values", {})).items()
            },
            lasts=None if days is None else timedelta(days=int(str(days))),
            needs_consent=data.get("needs_consent") is not False,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f"This is no allowed fact: {error}", field="facts") from error


def _by_language(data: Mapping[str, JsonValue]) -> dict[Language, tuple[str, ...]]:
    return {language: tuple(map(str, as_list(data.get(language, [])))) for language in _LANGUAGES}
