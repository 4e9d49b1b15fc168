"""Documents whose time is over, and translations that are missing or behind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from kefu.domain.conversation import Language
from kefu.domain.improving import AskedQuestion, FindingDraft, FindingKind
from kefu.domain.knowledge import Document
from kefu.knowledge.deadlines import find_deadlines
from kefu.services.improving.subjects import of_document, to_draft

SOON = timedelta(days=14)
UNCHANGED = timedelta(days=180)
ASKED_OFTEN = 5
"""Citations among the questions looked at that make a text of half a year worth a look."""
_BEHIND = timedelta(days=1)


def find_stale(documents: Sequence[Document], asked: Sequence[AskedQuestion], now: datetime) -> Iterator[FindingDraft]:
    cited = Counter(document for question in asked for document in question.documents)
    for document in documents:
        yield from _ends(document, now)
        yield from _passed(document, now)
        age = now - document.created_at
        if age >= UNCHANGED and cited[document.id] >= ASKED_OFTEN:
            evidence = {"days": age.days, "cited": cited[document.id]}
            yield _of_version(FindingKind.UNCHANGED, document, evidence)


def find_translations(documents: Sequence[Document]) -> Iterator[FindingDraft]:
    """For a knowledge that is kept in both languages: a key that is in one only, or newer in one."""
    by_key: dict[str, dict[Language, Document]] = {}
    for document in documents:
        by_key.setdefault(document.key, {})[document.language] = document
    if not any(len(versions) > 1 for versions in by_key.values()):
        return
    for versions in by_key.values():
        yield from _compare(versions)


def _compare(versions: Mapping[Language, Document]) -> Iterator[FindingDraft]:
    ordered = sorted(versions.values(), key=lambda document: document.created_at)
    older, newer = ordered[0], ordered[-1]
    if len(ordered) == 1:
        evidence = {"missing": "en" if older.language == "zh" else "zh"}
        yield to_draft(FindingKind.TRANSLATION_MISSING, [of_document(older)], {**evidence}, named=())
    elif newer.created_at - older.created_at > _BEHIND:
        days = (newer.created_at - older.created_at).days
        subjects = [of_document(older), of_document(newer)]
        yield to_draft(FindingKind.TRANSLATION_OLDER, subjects, {"days": days}, named=(older.id, newer.id))


def _ends(document: Document, now: datetime) -> Iterator[FindingDraft]:
    ends = document.attributes.availability.valid_until
    if ends is not None and ends - now <= SOON:
        kind = FindingKind.ENDED if ends <= now else FindingKind.ENDING
        yield _of_version(kind, document, {"valid_until": ends.isoformat()})


def _passed(document: Document, now: datetime) -> Iterator[FindingDraft]:
    for day, words in find_deadlines(document.text):
        if day + timedelta(days=1) <= now:
            evidence = {"date": day.date().isoformat(), "text": words}
            yield _of_version(FindingKind.PASSED_DATE, document, evidence)


def _of_version(kind: FindingKind, document: Document, evidence: Mapping[str, str | int]) -> FindingDraft:
    """A newer version is looked at anew, also where this one was dismissed."""
    named = [document.id] if kind is FindingKind.UNCHANGED else [document.id, *map(str, evidence.values())]
    return to_draft(kind, [of_document(document)], {**evidence}, named=named)
