"""Up to five rounds of one model with reading tools, behind the gate, within a time and a number of tokens."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from kefu.dialogue.abilities import GatedTools
from kefu.dialogue.answer.prompts import as_data
from kefu.dialogue.answer.verify import verify
from kefu.dialogue.flows.speaking import ToolTexts
from kefu.dialogue.guard.output import without_markup
from kefu.dialogue.loop.sheet import FactSheet
from kefu.dialogue.loop.steps import STEP, Step, read_step
from kefu.dialogue.tools.results import ToolCalled, ToolFacts
from kefu.domain.conversation import Language
from kefu.domain.model import ModelRequest, Prompt, Role, Tier
from kefu.kit.clock import Clock
from kefu.models.port import ChatModel
from kefu.models.structured import Asking, StructuredModel
from kefu.models.tokens import estimate_request

MOST_ROUNDS = 5
_MOST_TOKENS = 500
_MOST_TOOLS = 30
_FAILED = "failed: {code}"
_TWICE = "asked already"


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """``tokens`` of all rounds together, prompts included."""

    seconds: float = 20.0
    tokens: int = 12_000


@dataclass(slots=True)
class Looped:
    """``sentences`` have been verified against ``sheet``; ``ended`` says why it was over."""

    sheet: FactSheet
    sentences: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    asking: Asking = field(default_factory=Asking)
    rounds: int = 0
    ended: str = "rounds"


class ToolLoop:
    """Looks up what a question asks for. It can change nothing: writes are not in its language, and not in its tools."""

    def __init__(self, model: StructuredModel[Step], *, limits: LoopLimits, system: Mapping[Language, str]) -> None:
        self._model = model
        self._limits = limits
        self._system = system

    @classmethod
    def load(cls, model: ChatModel, *, limits: LoopLimits, clock: Clock) -> "ToolLoop":
        """With the built-in prompts."""
        folder = files("kefu.dialogue") / "prompts"
        languages: tuple[Language, ...] = ("zh", "en")
        system = {name: (folder / f"loop.{name}.md").read_text(encoding="utf-8") for name in languages}
        return cls(StructuredModel(model, read_step, clock=clock), limits=limits, system=system)

    def using(self, model: ChatModel) -> "ToolLoop":
        """The same for one turn."""
        return ToolLoop(self._model.using(model), limits=self._limits, system=self._system)

    @property
    def is_configured(self) -> bool:
        return self._model.is_configured

    async def run(
        self,
        question: str,
        tools: GatedTools,
        offered: Sequence[ToolFacts],
        *,
        language: Language,
        texts: ToolTexts | None,
    ) -> Looped:
        """Whatever the model does, it ends: after five rounds, its time or its tokens, with what the tools gave so far."""
        looped = Looped(FactSheet(language, texts))
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._run(question, tools, offered, looped)
        except TimeoutError:
            looped.ended = "time"
        return looped

    async def _run(self, question: str, tools: GatedTools, offered: Sequence[ToolFacts], looped: Looped) -> None:
        names = {tool.name for tool in offered}
        said: list[str] = []
        seen: set[str] = set()
        while looped.rounds < MOST_ROUNDS:
            request = self._request(question, offered, said, looped.sheet.language)
            if looped.asking.tokens + estimate_request(request) + _MOST_TOKENS > self._limits.tokens:
                looped.ended = "tokens"
                return
            looped.rounds += 1
            step = await self._model.ask(request, looped.asking)
            if step is None or not step.tool:
                looped.ended = looped.asking.failure or "answer"
                _judge(() if step is None else step.answer, looped)
                return
            said.append(await _call(step, tools, names=names, seen=seen, sheet=looped.sheet))

    def _request(
        self, question: str, offered: Sequence[ToolFacts], said: Sequence[str], language: Language
    ) -> ModelRequest:
        listed = "\n".join(_to_line(tool) for tool in offered[:_MOST_TOOLS])
        blocks = [f"<tools>\n{listed}\n</tools>", *said, f"<question>{as_data(question)}</question>"]
        prompts = (Prompt(Role.SYSTEM, self._system[language]), Prompt(Role.USER, "\n".join(blocks)))
        return ModelRequest(prompts, tier=Tier.STANDARD, max_tokens=_MOST_TOKENS, schema=STEP)


async def _call(step: Step, tools: GatedTools, *, names: set[str], seen: set[str], sheet: FactSheet) -> str:
    """What the model is told of its call. A tool that was not offered is not even asked for at the gate."""
    key = json.dumps([step.tool, step.arguments], sort_keys=True)
    is_known = step.tool in names
    name = step.tool if is_known else "unknown"
    if not is_known or key in seen:
        return f'<result tool="{name}">{_TWICE if is_known else _FAILED.format(code="no such tool")}</result>'
    seen.add(key)
    result = await tools.read(step.tool, step.arguments)
    last = tools.log[-1]
    if result.status != "succeeded" or not isinstance(last, ToolCalled):
        return f'<result tool="{name}">{_FAILED.format(code=as_data(result.code))}</result>'
    number = sheet.add(step.tool, last.facts)
    lines = "\n".join(as_data(line) for line in sheet.calls[-1])
    return f'<result n="{number}" tool="{name}">\n{lines}\n</result>'


def _judge(answer: Sequence[str], looped: Looped) -> None:
    """Law 3: a sentence says what the tools gave, and its figures are theirs, not even the customer's own."""
    sheet = looped.sheet
    for sentence in answer:
        verdict = verify(sentence, sources=sheet.sources, question="", language=sheet.language)
        if verdict.is_supported and verdict.cited:
            looped.sentences.append(without_markup(_without_marks(sentence)))
        else:
            looped.rejected.append(f"{sentence[:60]}: {', '.join(verdict.reasons)}")


def _without_marks(sentence: str) -> str:
    for opening, closing in (("[", "]"), ("【", "】")):
        while opening in sentence and closing in sentence.partition(opening)[2]:
            before, _, rest = sentence.partition(opening)
            sentence = before.rstrip() + rest.partition(closing)[2]
    return sentence.strip()


def _to_line(tool: ToolFacts) -> str:
    wanted = tool.arguments.get("properties") or {}
    return f"- {tool.name}: {as_data(tool.description)} {as_data(json.dumps(wanted, ensure_ascii=False))}"
