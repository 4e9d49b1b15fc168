"""Outputs of flows as text and quick replies, in the language of the turn. Every sentence is a template."""

from collections.abc import Mapping
from typing import Protocol

from kefu.dialogue.flows.definition import HANDOFF, Flow, Wording
from kefu.dialogue.flows.outputs import Answer, Ask, Offer, Output, Preview, Required, Say
from kefu.dialogue.flows.port import Pending
from kefu.dialogue.flows.templates import fill, show
from kefu.domain.conversation import Language
from kefu.domain.turn import QuickReply
from kefu.kit.strings import Strings

MOST_REPLIES = 10
YES, NO, SKIP, OTHER = "flow:yes", "flow:no", "flow:skip", "flow:other"
"""What a pressed quick reply sends; a choice sends ``flow:choice:ID``."""
CHOICE = "flow:choice:"


class ToolTexts(Protocol):
    """The texts that plugins bring for their tools."""

    def text(self, tool: str, key: str, *, language: Language, fields: Mapping[str, str]) -> str:
        """Empty when there is none."""
        ...


class Speaking:
    """Words outputs. A flow's own wording comes first, then the strings of kefu."""

    def __init__(self, strings: Strings, flows: Mapping[str, Flow], texts: ToolTexts | None = None) -> None:
        self._strings = strings
        self._flows = flows
        self._texts = texts

    def text(self, output: Output, language: Language) -> str:
        """What is said; empty for outputs that only act."""
        match output:
            case Say():
                return self._said(output.wording, output.key, output.fields, language)
            case Ask():
                return self._asked(output, language)
            case Offer():
                return self._offered(output, language)
            case Preview():
                return self._previewed(output, language)
            case Required():
                suffix = "consent" if output.kind == "consent" else output.name
                return self._strings.get(f"flow_needs_{suffix}", language, title=self._title(output.flow, language))
        return ""

    def replies(self, output: Output, language: Language) -> tuple[QuickReply, ...]:
        """The quick replies under an output."""
        match output:
            case Ask(kind="slot", type="bool"):
                return self._yes_or_no("flow_yes", "flow_no", language)
            case Ask(kind="slot", choices=choices) | Ask(kind="clarify" | "close", choices=choices):
                shown = [QuickReply(c.label.get(language), f"{CHOICE}{c.id}") for c in choices[:MOST_REPLIES]]
                if output.skip is not None:
                    shown.append(QuickReply(output.skip.get(language), SKIP))
                if output.kind == "clarify":
                    shown.append(QuickReply(self._strings.get("flow_other", language), OTHER))
                return tuple(shown)
            case Ask() | Offer():
                return self._yes_or_no("flow_yes", "flow_no", language)
            case Preview():
                return self._yes_or_no("flow_confirm", "flow_deny", language)
        return ()

    def _yes_or_no(self, yes: str, no: str, language: Language) -> tuple[QuickReply, ...]:
        return (QuickReply(self._strings.get(yes, language), YES), QuickReply(self._strings.get(no, language), NO))

    def _said(self, wording: Wording | None, key: str, fields: Mapping[str, str], language: Language) -> str:
        return fill(wording.get(language), fields) if wording else self._strings.get(key, language, **fields)

    def _asked(self, ask: Ask, language: Language) -> str:
        lines = [self._strings.get("flow_not_among", language, named=ask.rejected)] if ask.rejected else []
        lines.append(self._said(ask.wording, ask.key, ask.fields, language))
        if ask.kind == "review":
            lines.extend(self._answers(ask.answers, language))
            lines.append(self._strings.get("flow_review_confirm", language))
        return "\n".join(lines)

    def _answers(self, answers: tuple[Answer, ...], language: Language) -> list[str]:
        return [
            self._strings.get(
                "flow_answer_line",
                language,
                number=number,
                question=answer.question.get(language) if answer.question is not None else "",
                answer=answer.display,
            )
            for number, answer in enumerate(answers, start=1)
        ]

    def _offered(self, offer: Offer, language: Language) -> str:
        if offer.wording is not None:
            return offer.wording.get(language)
        if offer.target == HANDOFF:
            return self._strings.get("flow_offer_handoff", language)
        return self._strings.get("flow_offer_flow", language, title=self._title(offer.target, language))

    def _previewed(self, preview: Preview, language: Language) -> str:
        lines: list[str] = []
        if preview.answers:
            lines = [self._strings.get("flow_review", language), *self._answers(preview.answers, language)]
        own = self._own_text(preview.pending, language)
        if own or not lines:  # answers that are shown for review are not listed a second time
            lines.append(own or self._listed(preview, language))
        lines.append(self._strings.get("flow_preview_confirm", language))
        return "\n".join(lines)

    def _own_text(self, pending: Pending, language: Language) -> str:
        """The tool's own words for what it would do; empty when it has none."""
        key, facts = pending.preview.get("text"), pending.preview.get("facts")
        if self._texts is None or not isinstance(key, str) or not key or not isinstance(facts, dict):
            return ""
        fields = {name: show(value, language) for name, value in facts.items()}
        return self._texts.text(pending.tool, key, language=language, fields=fields)

    def _listed(self, preview: Preview, language: Language) -> str:
        """The slots by their titles; without any, the facts by their names."""
        shown = preview.pending.preview.get("facts", preview.pending.preview)
        facts = shown if isinstance(shown, dict) else {}
        pairs = [(_title_of(line, language), line.display) for line in preview.lines if line.display]
        pairs = pairs or [(name, show(value, language)) for name, value in facts.items()]
        lines = [self._strings.get("flow_preview_line", language, name=name, value=value) for name, value in pairs]
        return "\n".join([self._strings.get("flow_preview", language), *lines])

    def _title(self, flow: str, language: Language) -> str:
        return self._flows[flow].title.get(language) if flow in self._flows else flow


def _title_of(line: Answer, language: Language) -> str:
    return line.question.get(language) if line.question is not None else line.slot
