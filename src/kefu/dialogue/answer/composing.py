"""Step 9 with a model: it proposes sentences, the verifier decides, quotes stand in for what is missing."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kefu.dialogue.answer.citations import CitationList
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.answer.prompts import PromptBook
from kefu.dialogue.answer.quotes import Quote, select_quotes
from kefu.dialogue.answer.quoting import say_quotes
from kefu.dialogue.answer.sentences import ModelSentence, SentenceStream
from kefu.dialogue.answer.verify import Verdict, verify
from kefu.dialogue.events import Said
from kefu.dialogue.extending.guarding import Passage
from kefu.dialogue.guard.input import InputGuard
from kefu.dialogue.guard.output import without_markup
from kefu.dialogue.memory.context import Past, Recall, Recalled
from kefu.domain.errors import ModelError
from kefu.domain.knowledge import Citation
from kefu.domain.model import Completed, FinishReason, ModelRequest
from kefu.domain.turn import DeltaKind
from kefu.kit.strings import Strings
from kefu.models.port import ChatModel
from kefu.models.tokens import Meter

NO_ANSWER = "NO_ANSWER"
MAX_SENTENCES = 8
Screen = Callable[[str, DeltaKind], Awaitable[Passage]]
"""Asks the workspace's guards what may be said in the place of a sentence."""


async def screen_nothing(text: str, _kind: DeltaKind) -> Passage:
    """A workspace without guards."""
    return Passage(text)


@dataclass(slots=True)
class Composition:
    """What happened while a model composed: for the trace."""

    said: int = 0
    texts: set[str] = field(default_factory=set)
    rejected: list[str] = field(default_factory=list)
    held_back: int = 0
    """Sentences that a guard did not let pass."""
    failure: str | None = None
    completed: Completed | None = None
    recalled: Recalled | None = None
    """What of the past the model was shown."""
    cited: set[tuple[str, int, int]] = field(default_factory=set)


class Composer:
    """Streams verified sentences. Without a model, or when it fails, verbatim quotes answer in the same turn."""

    def __init__(
        self, model: ChatModel, *, guard: InputGuard, prompts: PromptBook, strings: Strings, recall: Recall
    ) -> None:
        self.model = model
        self.recall = recall
        self._guard = guard
        self._prompts = prompts
        self._strings = strings

    def using(self, model: ChatModel, meter: Meter) -> "Composer":
        return Composer(
            model, guard=self._guard, prompts=self._prompts, strings=self._strings, recall=self.recall.using(meter)
        )

    async def compose(
        self,
        finding: Finding,
        *,
        citations: CitationList,
        past: Past,
        is_trusted: bool,
        report: Composition,
        screen: Screen = screen_nothing,
    ) -> AsyncGenerator[tuple[Said, ...], None]:
        """Yield sentences as they are ready. ``is_trusted`` False keeps the question away from the model; what was not
        trusted in an earlier turn never reaches it either. Sources that contradict each other are quoted, not retold.
        """
        if self.model.is_configured and is_trusted and finding.disagreement is None:
            report.recalled = self.recall.choose(past, may_be_seen=self._guard.is_clean)
            request = self._prompts.answer_request(finding, recalled=report.recalled)
            async with aclosing(self._model_sentences(request, finding, report)) as sentences:
                async for sentence, verdict in sentences:
                    passage = await screen(without_markup(sentence.text), DeltaKind.MODEL)
                    if passage.text is None:
                        report.said, report.held_back = report.said - 1, report.held_back + 1
                        continue
                    said = self._to_said(sentence, verdict, finding, citations=citations, report=report)
                    yield (_replaced(said, sentence, passage),)
            if report.said and report.failure is None and not report.held_back:
                return
        rest = self._rest(finding, report)
        if rest is not None:
            lead = self._strings.get("rest_from_source", finding.language)
            opening = (Said(f"\n\n{lead}\n", DeltaKind.TEMPLATE, is_lead=True),) if report.said else ()
            yield (*opening, *say_quotes(rest, citations=citations, strings=self._strings))

    async def _model_sentences(
        self, request: ModelRequest, finding: Finding, report: Composition
    ) -> AsyncGenerator[tuple[ModelSentence, Verdict], None]:
        stream = SentenceStream()
        try:
            async with aclosing(self.model.stream(request)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Completed):
                        report.completed = chunk
                        self.recall.meter.learn(chunk.model, request, chunk.usage)
                        if chunk.finish is not FinishReason.STOP:
                            report.failure = f"finish_{chunk.finish}"  # a cut answer is no whole one
                        continue
                    for supported in self._judge(stream.feed(chunk.text), finding, report):
                        yield supported
                    if report.said >= MAX_SENTENCES:
                        return
        except ModelError as error:
            report.failure = error.code
            return
        if report.failure is None:
            for supported in self._judge(stream.finish(), finding, report):
                yield supported

    def _judge(
        self, sentences: list[ModelSentence], finding: Finding, report: Composition
    ) -> list[tuple[ModelSentence, Verdict]]:
        sources = {number: passage.chunk.text for number, passage in enumerate(finding.passages, start=1)}
        supported: list[tuple[ModelSentence, Verdict]] = []
        for sentence in sentences:
            if NO_ANSWER in sentence.text or sentence.text in report.texts:
                report.rejected.append(NO_ANSWER if NO_ANSWER in sentence.text else f"{sentence.text[:60]}: repeated")
                continue
            verdict = verify(
                sentence.raw,
                sources=sources,
                question=finding.question,
                language=finding.language,
                vocabulary=finding.vocabulary,
            )
            if verdict.is_supported and verdict.cited:
                report.said += 1
                report.texts.add(sentence.text)
                supported.append((sentence, verdict))
            else:
                report.rejected.append(f"{sentence.text[:60]}: {', '.join(verdict.reasons)}")
        return supported

    def _to_said(
        self,
        sentence: ModelSentence,
        verdict: Verdict,
        finding: Finding,
        *,
        citations: CitationList,
        report: Composition,
    ) -> Said:
        new: list[Citation] = []
        numbers: list[int] = []
        for cited in verdict.cited:
            quote = _supporting_quote(sentence, finding, cited)
            citation, is_new = citations.cite(quote)
            report.cited.add((citation.document_id, quote.start, quote.end))
            numbers.append(citation.number)
            if is_new:
                new.append(citation)
        marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers))
        lead = _lead(sentence, finding, is_first=report.said == 1)
        return Said(f"{lead}{without_markup(sentence.text)} {marks}", DeltaKind.MODEL, tuple(new))

    @staticmethod
    def _rest(finding: Finding, report: Composition) -> Finding | None:
        """The quotes that the model's sentences have not cited."""
        quotes = tuple(
            quote
            for quote in finding.quotes
            if (quote.passage.chunk.document_id, quote.start, quote.end) not in report.cited
        )
        if not quotes:
            return None
        return replace(finding, quotes=quotes)


def _replaced(said: Said, sentence: ModelSentence, passage: Passage) -> Said:
    """The sentence with a guard's text in its place, if there is one."""
    if not passage.is_replaced or passage.text is None:
        return said
    return replace(said, text=said.text.replace(without_markup(sentence.text), passage.text))


def _supporting_quote(sentence: ModelSentence, finding: Finding, cited: int) -> Quote:
    """The part of the cited passage that supports the sentence; the whole passage when none stands out."""
    passage = finding.passages[cited - 1]
    quotes = select_quotes(sentence.text, (passage,), language=finding.language, vocabulary=finding.vocabulary)
    chunk = passage.chunk
    return quotes[0] if quotes else Quote(passage, chunk.text, chunk.start, chunk.end)


def _lead(sentence: ModelSentence, finding: Finding, *, is_first: bool) -> str:
    if is_first:
        return ""
    if "\n" in sentence.lead:
        return "\n"
    return " " if finding.language == "en" else ""
