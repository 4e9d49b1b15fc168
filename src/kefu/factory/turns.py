"""Turns, and the customers' side of conversations."""

from functools import cached_property

from kefu.dialogue.answer.composing import Composer
from kefu.dialogue.answer.finding import Finder
from kefu.dialogue.answer.prompts import PromptBook
from kefu.dialogue.answering import Answering
from kefu.dialogue.calibrate import Calibrator
from kefu.dialogue.context import TurnContext
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.handoff import PolicyRules
from kefu.dialogue.hard_turns import HardTurns
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.loop.loop import LoopLimits, ToolLoop
from kefu.dialogue.memory.context import Recall
from kefu.dialogue.outlook import Outlook
from kefu.dialogue.ports import Look
from kefu.dialogue.propose.llm import MEMORY_TOKENS, ModelProposer
from kefu.dialogue.propose.merge import Proposer
from kefu.dialogue.propose.rules import RuleProposer
from kefu.dialogue.query.rewriting import Rewriter
from kefu.dialogue.query.understanding import Understanding
from kefu.dialogue.turn import Engine
from kefu.dialogue.uncovered import Uncovered
from kefu.domain.conversation import Language
from kefu.factory.acting import ActingParts
from kefu.insight.why import Explainer
from kefu.kit.strings import Strings
from kefu.knowledge.reader import NullReader
from kefu.models.port import ChatModel
from kefu.models.scripted import ScriptedModel
from kefu.models.tokens import TokenMeter
from kefu.services.chat_completions import ChatCompletionService
from kefu.services.conversations import ConversationService
from kefu.services.desk.queue import QueueService
from kefu.services.explaining import ExplainingService
from kefu.services.mcp.assistant import AssistantTools
from kefu.services.model_use import ModelUseService
from kefu.services.plugin_work.channels import ChannelService
from kefu.services.profiles import ProfileService
from kefu.services.receiving import ReceivingService
from kefu.services.replay import ReplayService
from kefu.services.replies import ReplyService
from kefu.services.runner import TurnRunner
from kefu.services.tokens import IdentityTokens
from kefu.services.turn import TurnService
from kefu.services.visitors import VisitorService
from kefu.services.waiting import WaitingService


async def _next_in_line(_context: TurnContext, _language: Language) -> Outlook:
    return Outlook(1, None, is_open=True, is_staffed=True, promised_at=None, time_zone="UTC")


class TurnParts(ActingParts):
    """Turns and conversations."""

    @cached_property
    def desk_queue(self) -> QueueService:
        return QueueService(self.database, strings=self.strings, abilities=self.abilities)

    @cached_property
    def engine(self) -> Engine:
        return self._make_engine(WaitingService(self.database, clock=self.clock).look, self.finder, self.model)

    @cached_property
    def rehearsal_engine(self) -> Engine:
        """The same for dialogues that are played and not stored: whoever is handed off is the next in line."""
        return self._make_engine(_next_in_line, self.finder, self.model)

    @cached_property
    def replay_engine(self) -> Engine:
        """The same for turns that are played again: no model and no reader is in its reach, and none is loaded."""
        finder = Finder(Calibrator.load(), NullReader())
        return self._make_engine(_next_in_line, finder, ScriptedModel((), is_configured=False))

    def _make_engine(self, look: Look, finder: Finder, model: ChatModel) -> Engine:
        guard = InputGuard.load()
        meter = TokenMeter()
        recall = Recall(meter, budget=self.settings.model.memory_tokens)
        composer = Composer(model, guard=guard, prompts=PromptBook(), strings=self.strings, recall=recall)
        return Engine(
            guard=guard,
            mood=Mood.load(),
            policies=PolicyRules.load(),
            proposer=Proposer(RuleProposer.load()),
            hard_turns=self._make_hard_turns(guard, meter, model),
            answering=Answering(
                finder,
                composer,
                self.strings,
                understanding=Understanding(guard, Rewriter(model)),
                uncovered=self._make_uncovered(model),
                look=look,
            ),
            strings=self.strings,
            clock=self.clock,
        )

    def _make_uncovered(self, model: ChatModel) -> Uncovered:
        limits = LoopLimits(self.settings.model.loop_timeout, self.settings.model.loop_tokens)
        return Uncovered(ToolLoop.load(model, limits=limits, clock=self.clock), self.strings)

    def _make_hard_turns(self, guard: InputGuard, meter: TokenMeter, model: ChatModel) -> HardTurns:
        recall = Recall(meter, budget=MEMORY_TOKENS)
        timeout_s = self.settings.model.command_timeout
        return HardTurns(ModelProposer.load(model, recall, timeout_s=timeout_s, clock=self.clock), guard)

    @cached_property
    def runner(self) -> TurnRunner:
        turns = TurnService(
            database=self.database,
            bus=self.bus,
            engine=self.engine,
            knowledge=self.knowledge,
            abilities=self.abilities,
            delivery=self.delivery,
            clock=self.clock,
        )
        return TurnRunner(turns, database=self.database, bus=self.bus, clock=self.clock)

    @cached_property
    def replays(self) -> ReplayService:
        return ReplayService(
            self.database, engine=self.replay_engine, abilities=self.abilities, plugins=self.plugin_host
        )

    @cached_property
    def explaining(self) -> ExplainingService:
        return ExplainingService(self.database, explainer=Explainer(Strings.load("kefu.insight")))

    @cached_property
    def receiving(self) -> ReceivingService:
        return ReceivingService(
            self.database, delivery=self.delivery, runner=self.runner, limits=self.limits, clock=self.clock
        )

    @cached_property
    def channels(self) -> ChannelService:
        return ChannelService(self.database, self.plugin_caller, receiving=self.receiving, clock=self.clock)

    @cached_property
    def replies(self) -> ReplyService:
        return ReplyService(self.delivery)

    @cached_property
    def conversations(self) -> ConversationService:
        return ConversationService(self.database, delivery=self.delivery, runner=self.runner, clock=self.clock)

    @cached_property
    def visitors(self) -> VisitorService:
        key = self.settings.optional_key("identity_key")
        identities = None if key is None else IdentityTokens(key, clock=self.clock)
        return VisitorService(self.database, tokens=self.tokens, identities=identities, clock=self.clock)

    @cached_property
    def chat_completions(self) -> ChatCompletionService:
        return ChatCompletionService(
            self.database, visitors=self.visitors, receiving=self.receiving, replies=self.replies, clock=self.clock
        )

    @cached_property
    def assistant_tools(self) -> AssistantTools:
        return AssistantTools(
            self.database, chat=self.chat_completions, knowledge=self.knowledge, limits=self.limits, clock=self.clock
        )

    @cached_property
    def model_use(self) -> ModelUseService:
        return ModelUseService(self.database, clock=self.clock)

    @cached_property
    def profiles(self) -> ProfileService:
        return ProfileService(self.database)
