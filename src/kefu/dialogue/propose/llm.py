"""The model as a proposer: one call of the economy tier says, as JSON, what a hard message asks for."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from kefu.dialogue.answer.prompts import as_data, to_prompt
from kefu.dialogue.flows.definition import Flow, SlotSpec
from kefu.dialogue.flows.slot_types import to_shown
from kefu.dialogue.flows.state import Shown
from kefu.dialogue.hearing import Heard
from kefu.dialogue.memory.context import Past, Recall
from kefu.dialogue.propose.checking import Checked, check
from kefu.dialogue.propose.proposals import COMMANDS, Proposal, read_proposals
from kefu.dialogue.propose.situation import Situation
from kefu.domain.conversation import Language
from kefu.domain.model import ModelRequest, Prompt, Role, Tier
from kefu.kit.clock import Clock
from kefu.models.port import ChatModel
from kefu.models.structured import Asking, StructuredModel
from kefu.models.tokens import Meter

MEMORY_TOKENS = 400
"""Of the past that is shown: what was said last, and what is known."""
_MOST_TOKENS = 400
_MOST_FLOWS, _MOST_CHOICES, _MOST_EXAMPLES = 40, 30, 2


@dataclass(frozen=True, slots=True)
class Modelled:
    """What a model proposed for one turn, checked; ``asking`` says what it took, and what went wrong."""

    checked: Checked
    asking: Asking


class ModelProposer:
    """Asks once a turn, within ``timeout_s``. Whatever goes wrong, the turn goes on with what the rules have read."""

    def __init__(
        self,
        model: StructuredModel[tuple[Proposal, ...]],
        recall: Recall,
        *,
        timeout_s: float,
        system: Mapping[Language, str],
    ) -> None:
        self._model = model
        self._recall = recall
        self._timeout_s = timeout_s
        self._system = system

    @classmethod
    def load(cls, model: ChatModel, recall: Recall, *, timeout_s: float, clock: Clock) -> "ModelProposer":
        """With the built-in prompts."""
        folder = files("kefu.dialogue") / "prompts"
        languages: tuple[Language, ...] = ("zh", "en")
        system = {name: (folder / f"commands.{name}.md").read_text(encoding="utf-8") for name in languages}
        return cls(StructuredModel(model, read_proposals, clock=clock), recall, timeout_s=timeout_s, system=system)

    def using(self, model: ChatModel, meter: Meter) -> "ModelProposer":
        """The same for one turn."""
        structured, recall = self._model.using(model), self._recall.using(meter)
        return ModelProposer(structured, recall, timeout_s=self._timeout_s, system=self._system)

    @property
    def is_configured(self) -> bool:
        return self._model.is_configured

    async def propose(
        self,
        heard: Heard,
        situation: Situation,
        *,
        past: Past,
        may_be_seen: Callable[[str], bool],
        started: tuple[str, ...],
    ) -> Modelled:
        """``may_be_seen`` says which texts of earlier turns may reach a model; ``started``: flows that the rules start."""
        recalled = self._recall.choose(past, may_be_seen=may_be_seen, tier=Tier.ECONOMY)
        request = ModelRequest(
            (
                Prompt(Role.SYSTEM, self._system[heard.language]),
                *(to_prompt(utterance) for utterance in recalled.utterances),
                Prompt(Role.USER, "\n".join(_blocks(heard, situation, known=recalled.known, started=started))),
            ),
            tier=Tier.ECONOMY,
            max_tokens=_MOST_TOKENS,
            schema=COMMANDS,
        )
        asking = Asking()
        found: tuple[Proposal, ...] | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._model.ask(request, asking)
        except TimeoutError:
            asking.failure = "model_timeout"
        return Modelled(Checked() if found is None else check(found, heard, situation, started=started), asking)


def _blocks(heard: Heard, situation: Situation, *, known: tuple[str, ...], started: tuple[str, ...]) -> Iterator[str]:
    language = heard.language
    flows = [flow for flow in situation.flows.values() if not situation.is_open(flow.name)][:_MOST_FLOWS]
    if flows and not situation.is_strict:
        yield "<flows>\n" + "\n".join(_flow_line(flow, language) for flow in flows) + "\n</flows>"
    if known:
        yield "<known>\n" + "\n".join(f"- {as_data(line)}" for line in known) + "\n</known>"
    opened = [*(situation.open_flows[:1]), *(situation.flows[name] for name in started)]
    for flow in opened:
        lines = "\n".join(_slot_line(spec, situation, language) for spec in flow.slots.values())
        yield f'<slots flow="{flow.name}">\n{lines}\n</slots>'
    expected = situation.expectation
    if expected is not None:
        shown = _choices(expected.choices, language)
        asked = "" if expected.spec is None or expected.spec.ask is None else expected.spec.ask.get(language)
        yield f'<asked kind="{expected.kind}" slot="{expected.slot.partition("[")[0]}">{as_data(asked)}{shown}</asked>'
    yield f"<message>{as_data(heard.original)}</message>"


def _flow_line(flow: Flow, language: Language) -> str:
    examples = " / ".join(flow.start.examples.get(language, ())[:_MOST_EXAMPLES])
    return f"- {flow.name}: {as_data(flow.title.get(language))} ({as_data(examples)})"


def _slot_line(spec: SlotSpec, situation: Situation, language: Language) -> str:
    asked = "" if spec.ask is None else as_data(spec.ask.get(language))
    shown = situation.shown.get(spec.name, ()) or tuple(map(to_shown, spec.values))
    return f"- {spec.name} ({spec.type}): {asked}{_choices(shown, language)}"


def _choices(shown: tuple[Shown, ...], language: Language) -> str:
    listed = "; ".join(f"{as_data(one.id)} = {as_data(one.label.get(language))}" for one in shown[:_MOST_CHOICES])
    return f" [{listed}]" if listed else ""
