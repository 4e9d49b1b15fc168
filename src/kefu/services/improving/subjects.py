"""How a finding names what it is about, so that the same thing found again is the same finding."""

from collections.abc import Sequence

from kefu.dialogue.events import Contradiction
from kefu.domain.improving import FindingDraft, FindingKind
from kefu.domain.knowledge import Availability, Chunk, Document
from kefu.kit.canonical import sha256_of
from kefu.kit.jsonvalue import JsonObject, as_list, as_object


def of_document(document: Document) -> JsonObject:
    return {
        "key": document.key,
        "language": document.language,
        "version": document.version,
        "document_id": document.id,
        "title": document.title,
        **_dates(document.attributes.availability),
    }


def of_chunk(chunk: Chunk) -> JsonObject:
    return {
        "key": chunk.document_key,
        "language": chunk.language,
        "version": chunk.document_version,
        "document_id": chunk.document_id,
        "title": chunk.title,
        **_dates(chunk.availability),
    }


def to_draft(
    kind: FindingKind, subjects: Sequence[JsonObject], evidence: JsonObject, *, named: Sequence[str]
) -> FindingDraft:
    """``named``: what makes it this one beside the documents' keys: the texts, or a date."""
    names = sorted(f"{one['key']}\0{one['language']}" for one in subjects)
    return FindingDraft(kind, sha256_of([kind, names, sorted(named)]), tuple(subjects), evidence)


def conflict_to_json(found: Contradiction) -> JsonObject:
    """Subjects and evidence of a finding, of what a turn or a review met; the evidence holds the whole sentences."""
    return {
        "subjects": [of_chunk(chunk) for chunk in found.chunks],
        "evidence": {
            "kind": found.kind,
            "one": found.quotes[0],
            "other": found.quotes[1],
            "one_says": found.says[0],
            "other_says": found.says[1],
        },
    }


def contradiction_draft(found: JsonObject) -> FindingDraft:
    """The finding that ``conflict_to_json`` tells of, whoever met it."""
    subjects = [as_object(one) for one in as_list(found["subjects"])]
    evidence = as_object(found["evidence"])
    named = (str(evidence["one"]), str(evidence["other"]))
    return to_draft(FindingKind.CONTRADICTION, subjects, evidence, named=named)


def heading_of(chunk: Chunk) -> str:
    """What stands above a passage: for a FAQ its question, else title and headings."""
    return chunk.questions[0] if chunk.questions else " ".join((chunk.title, *chunk.heading_path))


def _dates(availability: Availability) -> JsonObject:
    begins, ends = availability.valid_from, availability.valid_until
    return {
        "valid_from": None if begins is None else begins.isoformat(),
        "valid_until": None if ends is None else ends.isoformat(),
        "segments": [*sorted(availability.segments)],
    }
