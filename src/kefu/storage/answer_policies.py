"""How sure the answers of a workspace must be. A turn reads its policy with the workspace's own row."""

from typing import get_args

from sqlalchemy import Row

from kefu.domain.conversation import Language
from kefu.domain.knowledge import Risk
from kefu.domain.policy import AnswerPolicy, AnswerThreshold, PolicyRecord
from kefu.kit.jsonvalue import JsonObject, as_list, as_object
from kefu.storage.repository import Repository
from kefu.storage.tables import answer_policies

_FIND = Repository.select(answer_policies)
_ADD = Repository.insert(answer_policies)
_REMOVE = Repository.delete(answer_policies)
_LANGUAGES: tuple[Language, ...] = get_args(Language)


class AnswerPolicyRepository(Repository):
    async def find(self) -> PolicyRecord | None:
        """None where the built-in thresholds count."""
        row = (await self._execute(_FIND)).one_or_none()
        return None if row is None else _to_record(row)

    async def put(self, record: PolicyRecord) -> None:
        """Set a policy in the place of the one before."""
        await self.remove()
        row = {
            "thresholds": _to_json(record.policy),
            "set_by": record.set_by,
            "set_at": record.set_at,
            "knowledge_version": record.knowledge_version,
            "encoder": record.encoder,
            "report": record.report,
        }
        await self._add(_ADD, row)

    async def remove(self) -> bool:
        """Go back to the built-in thresholds; False when they counted already."""
        return (await self._execute(_REMOVE)).rowcount > 0


def to_policy(thresholds: JsonObject) -> AnswerPolicy:
    """The policy that a row's thresholds say."""
    return AnswerPolicy(
        {
            language: {Risk(risk): _to_threshold(as_object(found)) for risk, found in as_object(of_risk).items()}
            for language in _LANGUAGES
            if (of_risk := thresholds.get(language))
        }
    )


def _to_threshold(found: JsonObject) -> AnswerThreshold:
    evidence = frozenset(str(kind) for kind in as_list(found["evidence"]))
    return AnswerThreshold(float(str(found["probability"])), evidence)


def _to_json(policy: AnswerPolicy) -> JsonObject:
    return {
        language: {
            risk.value: {"probability": one.probability, "evidence": [*sorted(one.evidence)]}
            for risk, one in of_risk.items()
        }
        for language, of_risk in policy.thresholds.items()
    }


def _to_record(row: Row[tuple[object, ...]]) -> PolicyRecord:
    return PolicyRecord(
        policy=to_policy(row.thresholds),
        set_by=row.set_by,
        set_at=row.set_at,
        knowledge_version=row.knowledge_version,
        encoder=row.encoder,
        report=row.report,
    )
