"""What knowledge, classifier, model and queue answered, as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import get_args

from kefu.dialogue.intents.port import Recognition
from kefu.dialogue.outlook import Outlook
from kefu.domain.conversation import Language
from kefu.domain.knowledge import ALWAYS, Availability, Chunk, Passage, Risk
from kefu.domain.model import Completed, FinishReason, Usage
from kefu.domain.policy import AnswerPolicy, AnswerThreshold
from kefu.kit.jsonvalue import JsonObject, JsonValue, as_list, as_object
from kefu.knowledge.port import Proven
from kefu.knowledge.spelling.correction import Correction, How

_HOWS: dict[str, How] = {how: how for how in get_args(How)}


class MissingChunkError(Exception):
    """A passage that the turn was given is no longer stored."""

    def __init__(self, chunk_id: str) -> None:
        super().__init__(chunk_id)
        self.chunk_id = chunk_id


# ── Knowledge ────────────────────────────────────────────────────────────────────────────────────────────────────────


def chunk_to_json(chunk: Chunk) -> JsonObject:
    """Its text stays where it is stored: a version's chunks never change, but its document's attributes may."""
    valid_from = chunk.availability.valid_from
    data: JsonObject = {"id": chunk.id}
    if chunk.risk is not Risk.GENERAL:
        data["risk"] = chunk.risk.value
    if valid_from is not None:
        data["from"] = valid_from.isoformat()
    return data


def chunk_from_json(data: JsonObject, chunks: Mapping[str, Chunk]) -> Chunk:
    """Raises MissingChunkError."""
    name = str(data["id"])
    if name not in chunks:
        raise MissingChunkError(name)
    valid_from = data.get("from")
    availability = ALWAYS if valid_from is None else Availability(datetime.fromisoformat(str(valid_from)))
    return replace(chunks[name], risk=Risk(str(data.get("risk", Risk.GENERAL))), availability=availability)


def passage_to_json(passage: Passage) -> JsonObject:
    data: JsonObject = {
        **chunk_to_json(passage.chunk),
        "scores": [passage.score, passage.lexical, passage.semantic, passage.graph],
    }
    if passage.way:
        data["way"] = passage.way
    return data


def passage_from_json(data: JsonObject, chunks: Mapping[str, Chunk]) -> Passage:
    score, lexical, semantic, graph = map(_float, as_list(data["scores"]))
    return Passage(chunk_from_json(data, chunks), score, lexical, semantic, graph, str(data.get("way", "")))


def proven_to_json(proven: Proven) -> JsonObject:
    place: list[JsonValue] = [proven.start, proven.end, proven.score]
    return {**chunk_to_json(proven.chunk), "name": proven.name, "sentence": proven.sentence, "place": place}


def proven_from_json(data: JsonObject, chunks: Mapping[str, Chunk]) -> Proven:
    start, end, score = as_list(data["place"])
    chunk = chunk_from_json(data, chunks)
    return Proven(str(data["name"]), str(data["sentence"]), _int(start), _int(end), chunk, _float(score))


def correction_to_json(correction: Correction) -> JsonObject:
    return dict(asdict(correction))


def correction_from_json(data: JsonObject) -> Correction:
    return Correction(
        _int(data["start"]),
        _int(data["end"]),
        str(data["typed"]),
        str(data["meant"]),
        _HOWS[str(data["how"])],
    )


def policy_to_json(policy: AnswerPolicy | None) -> JsonValue:
    if policy is None:
        return None
    return {
        language: {risk.value: [one.probability, [*sorted(one.evidence)]] for risk, one in thresholds.items()}
        for language, thresholds in policy.thresholds.items()
    }


def policy_from_json(data: JsonValue) -> AnswerPolicy | None:
    if data is None:
        return None
    thresholds: dict[Language, dict[Risk, AnswerThreshold]] = {}
    for language, found in as_object(data).items():
        thresholds[language_of(language)] = {
            Risk(risk): AnswerThreshold(_float(as_list(one)[0]), frozenset(map(str, as_list(as_list(one)[1]))))
            for risk, one in as_object(found).items()
        }
    return AnswerPolicy(thresholds)


# ── Classifier, model, queue ─────────────────────────────────────────────────────────────────────────────────────────


def recognition_to_json(found: Recognition) -> JsonObject:
    return {
        "candidates": [[name, probability] for name, probability in found.candidates],
        "in_scope": found.in_scope,
        "is_accepted": bool(found.is_accepted),
        "language": found.language,
        "anger": found.anger,
        "other": found.other,
    }


def recognition_from_json(data: JsonObject) -> Recognition:
    pairs = [as_list(one) for one in as_list(data["candidates"])]
    return Recognition(
        tuple((str(name), _float(probability)) for name, probability in pairs),
        _float(data["in_scope"]),
        is_accepted=bool(data["is_accepted"]),
        language=language_of(str(data["language"])),
        anger=_float(data["anger"]),
        other=_float(data["other"]),
    )


def completed_to_json(completed: Completed) -> JsonObject:
    return {"model": completed.model, "finish": completed.finish.value, "usage": dict(asdict(completed.usage))}


def completed_from_json(data: JsonObject) -> Completed:
    usage = as_object(data["usage"])
    return Completed(
        str(data["model"]),
        FinishReason(str(data["finish"])),
        Usage(
            _int(usage["prompt_tokens"]),
            _int(usage["completion_tokens"]),
            _int(usage["cached_tokens"]),
            is_estimated=bool(usage["is_estimated"]),
        ),
    )


def outlook_to_json(outlook: Outlook) -> JsonObject:
    return {
        "place": outlook.place,
        "wait_s": None if outlook.wait is None else outlook.wait.total_seconds(),
        "is_open": outlook.is_open,
        "is_staffed": outlook.is_staffed,
        "promised_at": None if outlook.promised_at is None else outlook.promised_at.isoformat(),
        "time_zone": outlook.time_zone,
    }


def outlook_from_json(data: JsonObject) -> Outlook:
    wait, promised = data["wait_s"], data["promised_at"]
    return Outlook(
        place=_int(data["place"]),
        wait=None if wait is None else timedelta(seconds=_float(wait)),
        is_open=bool(data["is_open"]),
        is_staffed=bool(data["is_staffed"]),
        promised_at=None if promised is None else datetime.fromisoformat(str(promised)),
        time_zone=str(data["time_zone"]),
    )


def language_of(name: str) -> Language:
    return "en" if name == "en" else "zh"


def _float(value: JsonValue) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    return float(value)


def _int(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number, found {type(value).__name__}")
    return value
