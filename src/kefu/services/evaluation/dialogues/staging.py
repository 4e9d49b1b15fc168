"""What stands around dialogues, made once for all that share a setup: flows, knowledge, and a trained classifier."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.loading import list_flow_files, read_flow_file
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.intents.training import Example
from kefu.domain.errors import InvalidInputError
from kefu.kit.canonical import sha256_of
from kefu.knowledge.embedding import Embedder
from kefu.knowledge.index import KnowledgeIndex
from kefu.services.evaluation.answers import CorpusDocument, index_corpus
from kefu.services.evaluation.dialogues.files import Dialogue, Setup
from kefu.services.flow_training import FlowClassifiers, examples_of

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Stage:
    flows: Mapping[str, Flow]
    index: KnowledgeIndex
    classifier: IntentClassifier | None
    keys: Mapping[str, str]
    """Of the documents, by title: what a citation shows."""


class Staging:
    """Keeps the stages that it made."""

    def __init__(self, embedder: Embedder, *, classifiers: FlowClassifiers) -> None:
        self._embedder = embedder
        self._classifiers = classifiers
        self._made: dict[str, Stage] = {}

    def stage(self, dialogue: Dialogue) -> Stage:
        """Raises InvalidInputError, FlowInvalidError."""
        setup = dialogue.setup
        key = sha256_of([str(dialogue.folder), setup.flows, setup.documents, setup.examples])
        if key not in self._made:
            self._made[key] = self._make(setup, dialogue.folder)
        return self._made[key]

    def _make(self, setup: Setup, folder: Path) -> Stage:
        flows = _load(setup, folder)
        corpus = [CorpusDocument(key, _title(text), text) for key, text in setup.documents.items()]
        further = [
            Example(text, None if intent == _NONE else intent)
            for intent, texts in setup.examples.items()
            for text in texts
        ]
        classifier = self._classifiers.get([*further, *examples_of(flows)]) if flows else None
        return Stage(
            flows, index_corpus(corpus, embedder=self._embedder), classifier, {one.title: one.id for one in corpus}
        )


def _load(setup: Setup, folder: Path) -> dict[str, Flow]:
    flows: dict[str, Flow] = {}
    for place in setup.flows:
        for file in list_flow_files(folder / place):
            flow = read_flow_file(file)
            if flow.name in flows:
                raise InvalidInputError(
                    f"Two flows are called {flow.name}: {flows[flow.name].file}, {file}.", field="flows"
                )
            flows[flow.name] = flow
    return flows


def _title(text: str) -> str:
    first = next((line for line in text.splitlines() if line.startswith("# ")), "")
    return first.removeprefix("# ").strip()
