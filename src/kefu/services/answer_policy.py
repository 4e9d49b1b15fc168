"""How sure answers must be, as the owner of a workspace sets it: read, set by hand, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass

from kefu.domain.conversation import Language
from kefu.domain.errors import InvalidInputError
from kefu.domain.knowledge import Risk
from kefu.domain.policy import AnswerPolicy, AnswerThreshold, PolicyRecord
from kefu.kit.clock import Clock
from kefu.kit.jsonvalue import JsonObject
from kefu.storage.database import Database
from kefu.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy in force (None: the built-in thresholds), beside the knowledge of now."""

    record: PolicyRecord | None
    knowledge_version: int
    encoder: str

    @property
    def is_outdated(self) -> bool:
        """Whether the knowledge, or what reads it, is another than when the policy was set."""
        record = self.record
        return record is not None and (record.knowledge_version, record.encoder) != (
            self.knowledge_version,
            self.encoder,
        )


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Thresholds that were measured, on which knowledge, and by what report."""

    thresholds: Mapping[Language, Mapping[Risk, AnswerThreshold]]
    knowledge_version: int
    encoder: str
    report: JsonObject


class AnswerPolicyService:
    """A turn reads the policy with its workspace's row: what is set here counts from the next turn on, everywhere."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, workspace_id: str) -> PolicyView:
        async with self._database.read(workspace_id) as unit:
            return await _view(unit)

    async def set(
        self, workspace_id: str, thresholds: Mapping[Language, Mapping[Risk, float]], *, set_by: str
    ) -> PolicyView:
        """A person's own thresholds, in the place of all before. Raises InvalidInputError."""
        policy = AnswerPolicy(
            {
                language: {risk: AnswerThreshold(_checked(value)) for risk, value in of_risk.items()}
                for language, of_risk in thresholds.items()
                if of_risk
            }
        )
        if not policy.thresholds:
            raise InvalidInputError("There is no threshold in it; DELETE goes back to the built-in ones.")
        async with self._database.write(workspace_id) as unit:
            state = await unit.workspaces.knowledge_state()
            record = PolicyRecord(policy, set_by, self._clock.now(), state.version, state.encoder or "")
            await unit.answer_policies.put(record)
            return await _view(unit)

    async def adopt(self, workspace_id: str, calibrated: Calibrated, *, set_by: str) -> None:
        """Measured thresholds; of the policy before, what they do not name stays."""
        async with self._database.write(workspace_id) as unit:
            before = await unit.answer_policies.find()
            policy = (AnswerPolicy() if before is None else before.policy).with_thresholds(calibrated.thresholds)
            record = PolicyRecord(
                policy,
                set_by,
                self._clock.now(),
                calibrated.knowledge_version,
                calibrated.encoder,
                calibrated.report,
            )
            await unit.answer_policies.put(record)

    async def reset(self, workspace_id: str) -> bool:
        """Back to the built-in thresholds; False when they counted already."""
        async with self._database.write(workspace_id) as unit:
            return await unit.answer_policies.remove()


async def _view(unit: Unit) -> PolicyView:
    state = await unit.workspaces.knowledge_state()
    return PolicyView(await unit.answer_policies.find(), state.version, state.encoder or "")


def _checked(value: float) -> float:
    if not 0 < value <= 1:
        raise InvalidInputError("A threshold is a probability over 0 and at most 1.", field="thresholds")
    return value
