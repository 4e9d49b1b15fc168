"""Step 8, before anything is looked up: a question that leans on the conversation is made to stand alone."""

from dataclasses import dataclass
from typing import Literal

from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.query.followup import fill, find_gap
from kefu.dialogue.query.rewriting import Rewriter, Rewriting
from kefu.knowledge.vocabulary import Vocabulary
from kefu.models.port import ChatModel

How = Literal["typed", "rules", "model"]


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a question: the last one asked, standing alone, and the reply to it."""

    question: str | None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class StandAlone:
    """``text`` is what is looked up. ``lack`` is what the message lacked; None when it was complete."""

    text: str
    how: How
    lack: str | None = None
    previous: str | None = None
    proposed: Rewriting | None = None
    """What a model said, used or not."""


class Understanding:
    """Rules find what is incomplete; a model, where there is one, may then put it better than they do."""

    def __init__(self, guard: InputGuard, rewriter: Rewriter) -> None:
        self._guard = guard
        self._rewriter = rewriter

    def using(self, model: ChatModel) -> "Understanding":
        return Understanding(self._guard, self._rewriter.using(model))

    async def stand_alone(
        self, question: str, *, before: Before, vocabulary: Vocabulary, is_trusted: bool, may_ask_model: bool
    ) -> StandAlone:
        """A complete question is never changed. Text that is not trusted never reaches the model."""
        gap = find_gap(question, vocabulary)
        if gap is None or not before.question:
            return StandAlone(question, "typed", None if gap is None else gap.lack)
        by_rule = fill(gap, before.question, vocabulary)
        proposed = None
        if self._rewriter.is_configured and may_ask_model and is_trusted and self._guard.is_clean(before.question):
            reply = before.reply or ""
            proposed = await self._rewriter.rewrite(
                question,
                previous=before.question,
                reply=reply if self._guard.is_clean(reply) else "",
                vocabulary=vocabulary,
            )
            if proposed.failure is None:
                return StandAlone(proposed.text, "model", gap.lack, before.question, proposed)
        if by_rule is None:
            return StandAlone(question, "typed", gap.lack, before.question, proposed)
        return StandAlone(by_rule.text, "rules", gap.lack, before.question, proposed)
