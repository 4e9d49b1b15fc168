"""The slots and counters of a conversation while they are being changed."""

from collections.abc import Mapping

from kefu.dialogue.flows.definition import SlotSpec
from kefu.dialogue.flows.state import CONVERSATION, Frame, SlotValue


class SlotTable:
    """Slots by scope and name. The mappings that it was made from stay as they are."""

    def __init__(self, slots: Mapping[str, Mapping[str, SlotValue]]) -> None:
        self._slots = {scope: dict(values) for scope, values in slots.items()}

    def find(self, scope: str, name: str) -> SlotValue | None:
        return self._slots.get(scope, {}).get(name)

    def put(self, scope: str, name: str, value: SlotValue) -> None:
        self._slots.setdefault(scope, {})[name] = value

    def drop(self, scope: str, name: str) -> None:
        self._slots.get(scope, {}).pop(name, None)

    def forget(self, scope: str) -> None:
        self._slots.pop(scope, None)

    def place_of(self, frame: Frame, spec: SlotSpec, key: str) -> str:
        """The scope of a flow's slot. What outlives the flow lies in the conversation, unless the flow was interrupted
        when it was known: then it is the flow's own too.
        """
        is_own = spec.keep == "flow" or key in self._slots.get(frame.id, {})
        return frame.id if is_own else CONVERSATION

    def pin(self, frame_id: str) -> None:
        """What a flow knows now stays as it is for this flow, whatever another one makes known to the conversation."""
        self._slots[frame_id] = {**self._slots.get(CONVERSATION, {}), **self._slots.get(frame_id, {})}

    def seen_by(self, frame: Frame) -> Mapping[str, SlotValue]:
        """The conversation's values, and above them the flow's own."""
        return {**self._slots.get(CONVERSATION, {}), **self._slots.get(frame.id, {})}

    def to_mapping(self) -> Mapping[str, Mapping[str, SlotValue]]:
        return {scope: values for scope, values in self._slots.items() if values}


class Counters:
    """How often something happened, by topic."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(counts)

    def add(self, topic: str) -> int:
        """One more; the new number."""
        self._counts[topic] = self._counts.get(topic, 0) + 1
        return self._counts[topic]

    def forget(self, prefix: str) -> None:
        """Begin again with all topics that begin so."""
        self._counts = {topic: n for topic, n in self._counts.items() if not topic.startswith(prefix)}

    def to_mapping(self) -> Mapping[str, int]:
        return dict(self._counts)
