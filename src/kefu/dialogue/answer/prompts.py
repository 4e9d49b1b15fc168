"""The prompt of the composing model. Its text lives in ``prompts/*.md``; passages and questions are data inside tags."""

import re
from importlib.resources import files

from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.state import Utterance
from kefu.domain.conversation import Author
from kefu.domain.model import ModelRequest, Prompt, Role, Tier

_TAG = re.compile(r"</?\s*(passage|question|system)\b[^>]*>", re.IGNORECASE)
_HISTORY = 6


class PromptBook:
    """System prompts by language, read once."""

    def __init__(self) -> None:
        folder = files("kefu.dialogue") / "prompts"
        self._system = {name: (folder / f"answer.{name}.md").read_text(encoding="utf-8") for name in ("zh", "en")}

    def answer_request(self, finding: Finding, *, history: tuple[Utterance, ...]) -> ModelRequest:
        """Ask for an answer from the quoted passages only. The stable part comes first, so that providers can cache it."""
        system = Prompt(Role.SYSTEM, self._system[finding.language])
        past = tuple(_to_prompt(utterance) for utterance in history[-_HISTORY:])
        return ModelRequest((system, *past, Prompt(Role.USER, _question(finding))), tier=Tier.STANDARD)


def _to_prompt(utterance: Utterance) -> Prompt:
    is_visitor = utterance.author is Author.VISITOR
    return Prompt(Role.USER if is_visitor else Role.ASSISTANT, as_data(utterance.text))


def _question(finding: Finding) -> str:
    blocks = [
        f'<passage n="{number}" title="{as_data(passage.chunk.title)}">\n{as_data(passage.chunk.text)}\n</passage>'
        for number, passage in enumerate(finding.passages, start=1)
    ]
    return "\n".join([*blocks, f"<question>{as_data(finding.question)}</question>"])


def as_data(text: str) -> str:
    """Text from outside cannot close or open our tags."""
    return _TAG.sub("", text).replace('"', "'")
