"""A workspace that may remember four facts, and a customer who talks to the dialogue alone."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from kefu.dialogue.abilities import Abilities
from kefu.dialogue.answer.composing import Composer
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.answer.prompts import PromptBook
from kefu.dialogue.answering import Answering
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.context import TurnContext
from kefu.dialogue.events import Finished, Said, TurnEvent
from kefu.dialogue.extending.extensions import Extensions
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.memory.context import Recall
from kefu.dialogue.outlook import Outlook
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.query.rewriting import Rewriter
from kefu.dialogue.query.understanding import Understanding
from kefu.dialogue.state import State, Utterance
from kefu.dialogue.turn import Engine
from kefu.domain.conversation import Author, Language, Message
from kefu.domain.profile import AllowedFact, Profile, ProfileChange
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.knowledge.embedding import NullEmbedder
from kefu.knowledge.reader import NullReader
from kefu.models.port import ChatModel
from kefu.models.scripted import ScriptedModel
from kefu.models.tokens import TokenMeter
from kefu.services.evaluation.answers import CorpusDocument, index_corpus
from tests.support.hard_turns import make_hard_turns, make_uncovered

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
ALLOWED = (
    AllowedFact("shoe_size", "quantity", {"zh": "鞋码", "en": "shoe size"}, {"zh": ("穿", "尺码"), "en": ("wear",)}, lasts=timedelta(days=365)),
    AllowedFact("city", "text", {"zh": "城市", "en": "city"}, {"zh": ("住在", "在"), "en": ("live in",)}),
    AllowedFact(
        "usual_size", "enum", {"zh": "衣服尺码", "en": "usual size"}, {"zh": ("穿",), "en": ("wear", "take")},
        values={"M": ("M", "M码", "中号", "medium"), "L": ("L", "L码", "大号", "large")},
    ),
    AllowedFact(
        "preferred_language", "enum", {"zh": "语言", "en": "language"}, {"en": ("prefer",), "zh": ("喜欢用", "想用")},
        values={"zh": ("中文", "Chinese"), "en": ("英文", "English")}, needs_consent=False,
    ),
)  # fmt: skip
PAGE = CorpusDocument("delivery", "配送", "# 配送\n\n标准配送需要 3 天。\n\nStandard delivery takes 3 days.")
STRINGS = Strings.load("kefu.dialogue")


async def _next_in_line(_context: TurnContext, _language: Language) -> Outlook:
    return Outlook(1, None, is_open=True, is_staffed=True, promised_at=None, time_zone="UTC")


def make_engine(model: ChatModel | None = None) -> Engine:
    guard, model = InputGuard.load(), model or ScriptedModel([], is_configured=False)
    composer = Composer(
        model, guard=guard, prompts=PromptBook(), strings=STRINGS, recall=Recall(TokenMeter(), budget=1500)
    )
    finder = Finder(Calibrator.load(), NullReader())
    understanding = Understanding(guard, Rewriter(model))
    return Engine(
        guard=guard,
        policies=PolicyRules.load(),
        mood=Mood.load(),
        proposer=Proposer(RuleProposer.load()),
        hard_turns=make_hard_turns(model, guard),
        answering=Answering(
            finder,
            composer,
            STRINGS,
            understanding=understanding,
            uncovered=make_uncovered(model, STRINGS),
            look=_next_in_line,
        ),
        strings=STRINGS,
        clock=Clock(),
    )


@dataclass(slots=True)
class Customer:
    """Says one message after the other; what a turn changes is there in the next one, as if it had been stored."""

    profile: Profile = field(default_factory=lambda: Profile(ALLOWED))
    state: State = field(default_factory=State)
    now: datetime = START
    turns: int = 0
    abilities: Abilities | None = None
    extensions: Extensions | None = None
    page: CorpusDocument = PAGE
    model: ChatModel | None = None
    history: tuple[Utterance, ...] = ()
    events: list[TurnEvent] = field(default_factory=list)
    last: Finished | None = None
    conversation: str = "conv_1"

    async def say(self, text: str, choice: str | None = None) -> str:
        self.turns += 1
        self.now += timedelta(minutes=1)
        message = Message("m", self.conversation, self.turns, "c", Author.VISITOR, text, self.now, choice)
        context = TurnContext(
            f"turn_{self.turns}",
            "ws",
            self.conversation,
            "Shop",
            (message,),
            self.state,
            self.now,
            profile=self.profile,
            history=self.history,
        )
        index = index_corpus([self.page], embedder=NullEmbedder())
        said: list[str] = []
        self.events = []
        engine = make_engine(self.model)
        async with aclosing(engine.run(context, index, self.abilities, self.extensions)) as batches:
            async for batch in batches:
                self.events += batch
                said += [event.text for event in batch if isinstance(event, Said)]
                self.last = next((event for event in batch if isinstance(event, Finished)), self.last)
        assert self.last is not None
        self._store(self.last, "".join(said))
        return "".join(said)

    def use_model(self, *replies: str) -> ScriptedModel:
        """Let a model compose that says this."""
        model = ScriptedModel(replies)
        self.model = model
        return model

    def facts(self) -> Mapping[str, object]:
        return {fact.name: fact.value for fact in self.profile.facts}

    def _store(self, ending: Finished, text: str) -> None:
        change = ending.profile or ProfileChange()
        kept = {fact.name for fact in change.kept}
        stays = [fact for fact in self.profile.facts if fact.name not in {*change.forgotten, *kept}]
        self.profile = replace(
            self.profile, facts=(*stays, *change.kept), consent=change.consent or self.profile.consent
        )
        self.state = replace(
            self.state,
            language=ending.language,
            open_question=ending.open_question,
            last_reply=text,
            waiting=change.waiting,
            dialogue=ending.dialogue,
        )
