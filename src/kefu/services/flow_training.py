"""From the examples in flows to what recognises wishes: lessons for a workspace's model, and a classifier of their own."""

import os
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import structlog
from cachetools import LRUCache

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.intents.artefact import ArtefactDamagedError, digest, pack, unpack
from kefu.dialogue.intents.classifier import TrainedClassifier, label_of
from kefu.dialogue.intents.model import Model
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier
from kefu.dialogue.intents.training import Example, train
from kefu.dialogue.propose.wishes import intents_of
from kefu.kit.canonical import sha256_of
from kefu.knowledge.embedding import Embedder
from kefu.plugins.manifest import Intent

_FEWEST_OTHERS = 40
"""What is no wish is to have about as many examples as all wishes together have: more would drown them."""
_LIBRARIES = ("numpy", "scikit-learn", "scipy", "fasttext-community", "rjieba")
_KEPT = 32
"""Classifiers in memory, and files in the folder: the newest."""
_DIGEST = 64
log = structlog.get_logger(__name__)


def examples_of(
    flows: Mapping[str, Flow], questions: Iterable[str] = (), *, intents: Iterable[Intent] = ()
) -> list[Example]:
    """What flows give as examples, and plugins for intents; ``questions`` are those of the company's FAQs.

    What an author says is no wish has no intent, as have the questions and common talk: they are looked up.
    """
    named = tuple(intents)
    found = [
        Example(text, intents_of(flow)[0])
        for flow in flows.values()
        for texts in flow.start.examples.values()
        for text in texts
    ]
    found += [Example(text, one.name) for one in named for texts in one.examples.values() for text in texts]
    if not found:
        return []
    others = [text for one in named for texts in one.not_examples.values() for text in texts]
    others += [text for flow in flows.values() for texts in flow.start.not_examples.values() for text in texts]
    most = max(_FEWEST_OTHERS, 2 * len(found))
    asked = sorted((*questions, *_background()), key=sha256_of)[: max(0, most - len(others))]
    return [*found, *(Example(text, None) for text in (*others, *asked))]


@cache
def _background() -> tuple[str, ...]:
    """What asks for nothing, in both languages: without it a few flows would look like all that can be said."""
    lists = tomllib.loads(files("kefu.services").joinpath("background.toml").read_text(encoding="utf-8"))
    return tuple(text for texts in lists.values() for text in texts)


class FlowClassifiers:
    """For workspaces without a model of their own: trained once for the same examples, then read from a file.

    A file is named by what its classifier came from: examples, encoder, and the code and libraries that trained it.
    """

    def __init__(self, folder: Path, *, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self._mood = Mood.load()
        self._known: LRUCache[str, IntentClassifier] = LRUCache(maxsize=_KEPT)
        self._lock = threading.Lock()

    def get(self, examples: Sequence[Example]) -> IntentClassifier | None:
        """Blocking, and some seconds where nobody has trained it yet. None without an example of any intent.

        Raises InvalidInputError when there is too little to learn from.
        """
        if all(example.intent is None for example in examples):
            return None
        encoder = label_of(self._embedder)
        key = sha256_of([_recipe(), encoder or "", sorted([one.text, one.intent or ""] for one in examples)])
        with self._lock:
            if key not in self._known:
                model = self._read(key) or self._train(key, examples, encoder)
                self._known[key] = TrainedClassifier(model, embedder=self._embedder, mood=self._mood)
            return self._known[key]

    def _read(self, key: str) -> Model | None:
        try:
            content = (self._folder / key).read_bytes()
            return unpack(content[_DIGEST:], sha256=content[:_DIGEST].decode(errors="replace"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ArtefactDamagedError as error:
            log.warning("flow_classifier_damaged", file=key, detail=error.detail)
            return None

    def _train(self, key: str, examples: Sequence[Example], encoder: str | None) -> Model:
        model = train(examples, embedder=self._embedder).model
        if model.encoder == encoder:  # else the encoder was away: the next process has it again
            try:
                self._keep(key, pack(model))
            except OSError as error:
                log.warning("flow_classifier_not_kept", folder=str(self._folder), detail=str(error))
        return model

    def _keep(self, key: str, content: bytes) -> None:
        """Whole or not at all, whoever else writes it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{key}.{os.getpid()}.part"
        part.write_bytes(digest(content).encode() + content)
        part.replace(self._folder / key)
        kept = sorted(self._folder.glob("*"), key=_age)
        for old in kept[_KEPT:]:
            old.unlink(missing_ok=True)


def _age(path: Path) -> float:
    """Newest first; what is gone meanwhile comes last."""
    try:
        return -path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@cache
def _recipe() -> str:
    """Of the code that trains: another version may make another model."""
    sources = [one for one in files("kefu.dialogue.intents").iterdir() if one.name.endswith(".py")]
    texts = [one.read_text(encoding="utf-8") for one in sorted(sources, key=lambda one: one.name)]
    return sha256_of([*map(version, _LIBRARIES), *texts])
