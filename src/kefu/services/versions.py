"""How a parsed text becomes a version of a document: the one way in, for imports, the API and people.

And how it is said that what may be answered has changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kefu.domain.knowledge import Attributes, Document
from kefu.domain.turn import OutboxDraft
from kefu.kit.canonical import sha256_of
from kefu.kit.clock import Clock
from kefu.kit.ids import new_id
from kefu.knowledge.blocks import ParsedDocument
from kefu.knowledge.chunking import CHUNKER, to_chunks
from kefu.storage.unit import Unit

KNOWLEDGE_CHANGED = "knowledge_changed"
"""Outbox topic: open gaps are asked again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """``is_new``: the key had no such document before. ``is_changed``: text or attributes are other than they were."""

    document: Document
    is_new: bool
    is_changed: bool


async def store_version(unit: Unit, parsed: ParsedDocument, *, clock: Clock) -> Stored:
    """Add a version unless the present one says the same and was cut by the same rules.

    Other attributes of the same text make no version. The caller raises the knowledge version if something changed.
    """
    draft = parsed.draft
    find = unit.documents.find_draft if draft.is_draft else unit.documents.find_current
    present = await find(draft.key, draft.language)
    content_hash = _hash_of(parsed)
    if present is not None and present.content_hash == content_hash:
        is_changed = await _update_attributes(unit, present, draft.attributes)
        return Stored(await unit.documents.get(present.id), is_new=False, is_changed=is_changed)
    document = Document(
        id=new_id("doc"),
        workspace_id=unit.workspace_id,
        key=draft.key,
        version=await unit.documents.last_version(draft.key, draft.language) + 1,
        kind=draft.kind,
        title=draft.title,
        language=draft.language,
        text=draft.text,
        content_hash=content_hash,
        created_at=clock.now(),
        is_current=not draft.is_draft,
        is_draft=draft.is_draft,
        attributes=draft.attributes,
    )
    await unit.documents.add_version(document, to_chunks(parsed, document))
    return Stored(document, is_new=document.version == 1, is_changed=True)


async def withdraw(unit: Unit, names: Iterable[tuple[str, str]]) -> int:
    """Take documents (key, language), and drafts of them, out of use; how many there were.

    Their versions stay, for old citations. Raises the knowledge version if anything was answered from.
    """
    count, version = 0, None
    for key, language in names:
        has_draft = await unit.documents.drop_draft(key, language)
        is_current = await unit.documents.find_current(key, language) is not None
        if is_current:
            version = version or await raise_knowledge_version(unit)
            await unit.documents.remove(key, language, in_version=version)
        count += has_draft or is_current
    return count


async def raise_knowledge_version(unit: Unit) -> int:
    """What may be answered has changed: the next turn hears of it, and what was asked in vain is asked again."""
    if await unit.gap_clusters.has_open():
        await unit.outbox.add(OutboxDraft(KNOWLEDGE_CHANGED))
    return await unit.workspaces.bump_knowledge_version()


async def _update_attributes(unit: Unit, present: Document, attributes: Attributes) -> bool:
    if present.attributes == attributes:
        return False
    await unit.documents.set_attributes(present.id, attributes)
    return True


def _hash_of(parsed: ParsedDocument) -> str:
    draft = parsed.draft
    blocks = [[block.kind, block.start, block.end, block.heading_path] for block in parsed.blocks]
    return sha256_of([CHUNKER, draft.kind, draft.title, draft.text, draft.questions, blocks])
