"""The prompt of the composing model. Its text lives in ``prompts/*.md``; passages and questions are data inside tags."""

import re
from importlib.resources import files

from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.memory.context import Recalled
from kefu.dialogue.state import Utterance
from kefu.domain.conversation import Author
from kefu.domain.model import ModelRequest, Prompt, Role, Tier

_TAG = re.compile(
    r"</?\s*(passage|question|system|known|message|conversation|flows|flow|slots|slot|asked|tools|tool|facts|result)\b[^>]*>",
    re.IGNORECASE,
)


class PromptBook:
    """System prompts by language, read once."""

    def __init__(self) -> None:
        folder = files("kefu.dialogue") / "prompts"
        self._system = {name: (folder / f"answer.{name}.md").read_text(encoding="utf-8") for name in ("zh", "en")}

    def answer_request(self, finding: Finding, *, recalled: Recalled) -> ModelRequest:
        """Ask for an answer from the quoted passages only. The stable part comes first, so that providers can cache it."""
        system = Prompt(Role.SYSTEM, self._system[finding.language])
        past = tuple(to_prompt(utterance) for utterance in recalled.utterances)
        question = Prompt(Role.USER, _question(finding, recalled.known))
        return ModelRequest((system, *past, question), tier=Tier.STANDARD)


def to_prompt(utterance: Utterance) -> Prompt:
    """What was said before, as a message of its speaker."""
    is_visitor = utterance.author is Author.VISITOR
    return Prompt(Role.USER if is_visitor else Role.ASSISTANT, as_data(utterance.text))


def _question(finding: Finding, known: tuple[str, ...]) -> str:
    facts = "\n".join(f"- {as_data(fact)}" for fact in known)
    blocks = [f"<known>\n{facts}\n</known>"] if known else []
    blocks += [
        f'<passage n="{number}" title="{as_data(passage.chunk.title)}">\n{as_data(passage.chunk.text)}\n</passage>'
        for number, passage in enumerate(finding.passages, start=1)
    ]
    return "\n".join([*blocks, f"<question>{as_data(finding.question)}</question>"])


def as_data(text: str) -> str:
    """Text from outside cannot close or open our tags."""
    return _TAG.sub("", text).replace('"', "'")
