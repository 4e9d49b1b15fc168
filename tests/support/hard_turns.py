"""The model's parts in a turn, as tests need them."""

from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.hard_turns import HardTurns
from kefu.dialogue.loop.loop import LoopLimits, ToolLoop
from kefu.dialogue.memory.context import Recall
from kefu.dialogue.propose.llm import MEMORY_TOKENS, ModelProposer
from kefu.dialogue.uncovered import Uncovered
from kefu.kit.clock import Clock
from kefu.kit.strings import Strings
from kefu.models.port import ChatModel
from kefu.models.tokens import TokenMeter


def make_hard_turns(model: ChatModel, guard: InputGuard, *, timeout_s: float = 1.0) -> HardTurns:
    recall = Recall(TokenMeter(), budget=MEMORY_TOKENS)
    return HardTurns(ModelProposer.load(model, recall, timeout_s=timeout_s, clock=Clock()), guard)


def make_uncovered(model: ChatModel, strings: Strings) -> Uncovered:
    return Uncovered(ToolLoop.load(model, limits=LoopLimits(), clock=Clock()), strings)
