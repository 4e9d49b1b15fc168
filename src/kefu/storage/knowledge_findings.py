"""What is wrong with the knowledge: found by reviews and by turns, decided by people."""

from collections.abc import Collection, Sequence

from sqlalchemy import Integer, Row, bindparam

from kefu.domain.errors import NotFoundError
from kefu.domain.improving import FindingDraft, FindingKind, FindingState, KnowledgeFinding
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import knowledge_findings

_IS_THIS = knowledge_findings.c.id == bindparam("of_id")
_ADD = Repository.insert(knowledge_findings)
_GET = Repository.select(knowledge_findings).where(_IS_THIS)
_FIND = Repository.select(knowledge_findings).where(knowledge_findings.c.fingerprint == bindparam("of_fingerprint"))
_LIST = (
    Repository.select(knowledge_findings)
    .where(
        knowledge_findings.c.state == bindparam("of_state"),
        knowledge_findings.c.kind.in_(bindparam("of_kinds", expanding=True)),
    )
    .order_by(knowledge_findings.c.id.desc())
    .limit(bindparam("at_most", type_=Integer))
)
_THIS = Repository.update(knowledge_findings).where(_IS_THIS)
_SET_STATE = _THIS.values(state=bindparam("to_state"), changed_at=bindparam("now"))
_SEE_AGAIN = _THIS.values(
    subjects=bindparam("new_subjects", type_=knowledge_findings.c.subjects.type),
    evidence=bindparam("new_evidence", type_=knowledge_findings.c.evidence.type),
    last_seen=bindparam("now"),
)


class KnowledgeFindingRepository(Repository):
    async def record(self, draft: FindingDraft) -> bool:
        """Store what was found; True when it is new or back after it was fixed. A dismissed one stays dismissed."""
        row = (await self._execute(_FIND, of_fingerprint=draft.fingerprint)).one_or_none()
        now = self._clock.now()
        if row is None:
            values = {
                "id": new_id("find"),
                "kind": draft.kind,
                "fingerprint": draft.fingerprint,
                "state": FindingState.OPEN,
                "subjects": list(draft.subjects),
                "evidence": draft.evidence,
                "first_seen": now,
                "last_seen": now,
                "changed_at": now,
            }
            await self._add(_ADD, values)
            return True
        values = {"new_subjects": list(draft.subjects), "new_evidence": draft.evidence, "now": now}
        await self._execute(_SEE_AGAIN, of_id=row.id, **values)
        if row.state == FindingState.FIXED:
            await self.set_state(row.id, FindingState.OPEN)
            return True
        return False

    async def get(self, finding_id: str) -> KnowledgeFinding:
        row = (await self._execute(_GET, of_id=finding_id)).one_or_none()
        if row is None:
            raise NotFoundError("finding", finding_id)
        return _to_finding(row)

    async def list_newest(
        self, *, state: FindingState, kinds: Collection[FindingKind], limit: int
    ) -> Sequence[KnowledgeFinding]:
        rows = await self._execute(_LIST, of_state=state, of_kinds=list(kinds), at_most=limit)
        return [_to_finding(row) for row in rows]

    async def set_state(self, finding_id: str, state: FindingState) -> None:
        await self._execute(_SET_STATE, of_id=finding_id, to_state=state, now=self._clock.now())


def _to_finding(row: Row[tuple[object, ...]]) -> KnowledgeFinding:
    return KnowledgeFinding(
        id=row.id,
        kind=FindingKind(row.kind),
        state=FindingState(row.state),
        fingerprint=row.fingerprint,
        subjects=tuple(row.subjects),
        evidence=row.evidence,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_at=row.changed_at,
    )
