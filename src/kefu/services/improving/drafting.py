"""A FAQ draft from what a person answered: their words, the questions that were asked, without personal data.

A person publishes it; nothing is answered from a draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kefu.dialogue.guard.personal import PersonalMark, find_personal, mask_personal
from kefu.domain.conversation import Author, Language, Message
from kefu.domain.errors import InvalidInputError
from kefu.domain.improving import GapCluster, GapState
from kefu.domain.knowledge import Attributes
from kefu.kit.canonical import sha256_of
from kefu.kit.text import detect_language
from kefu.services.documents import DocumentService, DocumentText
from kefu.services.versions import Stored
from kefu.storage.database import Database
from kefu.storage.unit import Unit

_WORDINGS = 20
_LONGEST_WORDING = 500
_READ = 100


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What a draft is made from: a stored message that no visitor wrote, or a reply as text; questions by hand or of a gap."""

    message_id: str | None = None
    reply: str | None = None
    questions: tuple[str, ...] = ()
    gap_id: str | None = None
    key: str | None = None
    masks: bool = True
    """False keeps personal data in the answer, and only marks it."""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """The stored draft, and what in the reply looked like personal data: to be looked at before it is published."""

    stored: Stored
    questions: tuple[str, ...]
    marks: tuple[PersonalMark, ...]
    gap: GapCluster | None


class DraftingService:
    """Makes drafts from replies."""

    def __init__(self, database: Database, *, documents: DocumentService) -> None:
        self._database = database
        self._documents = documents

    async def draft(self, workspace_id: str, request: DraftRequest) -> AnswerDraft:
        """Store a draft, and mark its gap as drafted. Raises NotFoundError, InvalidInputError."""
        if (request.message_id is None) == (request.reply is None):
            raise InvalidInputError("Name a message or give a reply, one of the two.", field="reply")
        async with self._database.read(workspace_id) as unit:
            message = None if request.message_id is None else await _get_reply(unit, request.message_id)
            gap = None if request.gap_id is None else await unit.gap_clusters.get(request.gap_id)
            questions = await _questions(unit, request, gap=gap, message=message)
        reply = (request.reply or "" if message is None else message.text).strip()
        if not questions or not reply:
            raise InvalidInputError("A draft needs a question and an answer.", field="questions")
        text = _to_text(
            request, reply, questions, language=detect_language(questions[0]) if gap is None else gap.language
        )
        stored = await self._documents.put(workspace_id, text)
        if gap is not None:
            async with self._database.write(workspace_id) as unit:
                await unit.gap_clusters.set_state(gap, GapState.DRAFTED, draft_key=text.key)
                gap = await unit.gap_clusters.get(gap.id)
        return AnswerDraft(stored, questions, find_personal(reply), gap)


async def _get_reply(unit: Unit, message_id: str) -> Message:
    message = await unit.messages.get(message_id)
    if message.author is Author.VISITOR:
        raise InvalidInputError("A visitor's message is no answer.", field="message_id")
    return message


async def _questions(
    unit: Unit, request: DraftRequest, *, gap: GapCluster | None, message: Message | None
) -> tuple[str, ...]:
    """Those given, else the gap's wordings, else what the visitor had asked before the reply; without personal data."""
    found: Sequence[str] = request.questions
    if not found and gap is not None:
        found = [gap.question, *(one.question for one in await unit.gaps.list_of_cluster(gap.id, limit=_READ))]
    if not found and message is not None:
        before = await unit.messages.find_before(message, author=Author.VISITOR)
        found = [] if before is None else [before.text]
    clean = (" ".join(mask_personal(one).split())[:_LONGEST_WORDING] for one in found)
    return tuple(dict.fromkeys(one for one in clean if one))[:_WORDINGS]


def _to_text(request: DraftRequest, reply: str, questions: tuple[str, ...], *, language: Language) -> DocumentText:
    origin = None if request.message_id is None else f"message:{request.message_id}"
    name = request.key or f"replies/{sha256_of([questions[0], language])[:12]}"
    return DocumentText(
        key=name,
        language=language,
        text=mask_personal(reply) if request.masks else reply,
        title=None,
        questions=questions,
        is_draft=True,
        attributes=replace(Attributes(), origin=origin),
    )
