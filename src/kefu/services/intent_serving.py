"""Which intent model answers in this process: loaded once a version, swapped while turns go on.

A change is heard on the bus at once, and seen within a second by a look at all workspaces' versions: one statement a
second and process, none a turn. A swap is the exchange of one reference: a turn under way keeps the model it began with.
"""

import asyncio
from contextlib import suppress

import structlog
from cachetools import LRUCache

from kefu.dialogue.intents.artefact import ArtefactDamagedError, unpack
from kefu.dialogue.intents.classifier import TrainedClassifier, UntrainedClassifier
from kefu.dialogue.intents.mood import Mood
from kefu.dialogue.intents.port import IntentClassifier, Recognition
from kefu.domain.errors import NotFoundError, UnavailableError
from kefu.knowledge.embedding import Embedder
from kefu.storage.bus import Bus, ListenerTooSlowError
from kefu.storage.database import Database

CHANNEL = "intents"
_LOOK_SECONDS = 0.9
_LOADED = 64
"""Workspaces whose model stays in memory, 2 to 10 MB each."""
log = structlog.get_logger(__name__)


class IntentServing:
    """``start`` it in a process that answers; without it ``load`` looks for itself."""

    def __init__(self, database: Database, *, bus: Bus, embedder: Embedder) -> None:
        self._database = database
        self._bus = bus
        self._embedder = embedder
        self._mood = Mood.load()
        self._untrained = UntrainedClassifier(self._mood)
        self._loaded: LRUCache[str, tuple[int, IntentClassifier]] = LRUCache(maxsize=_LOADED)
        self._refused: dict[str, int] = {}
        """Versions that could not be loaded: they are not tried again each second."""
        self._lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._look(), name="intents-look"),
            asyncio.create_task(self._listen(), name="intents-listen"),
        ]

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def classifier_of(self, workspace_id: str) -> IntentClassifier:
        """What answers now; costs nothing. Before the first model: one that knows language and mood only."""
        found = self._loaded.get(workspace_id)
        return self._untrained if found is None else found[1]

    def version_of(self, workspace_id: str) -> int | None:
        """Which version answers in this process."""
        found = self._loaded.get(workspace_id)
        return None if found is None else found[0]

    async def load(self, workspace_id: str) -> IntentClassifier:
        """The newest state of one workspace, looked up now. Raises UnavailableError."""
        async with self._database.read(workspace_id) as unit:
            version = await unit.intent_models.active_version()
        if version is not None:
            await self._swap(workspace_id, version)
        return self.classifier_of(workspace_id)

    async def classify(self, classifier: IntentClassifier, text: str) -> Recognition:
        """In a thread: other turns go on meanwhile."""
        return await asyncio.to_thread(classifier.classify, text)

    async def recognise(self, workspace_id: str, text: str) -> Recognition:
        """One text by the model that answers now. For people who try it; a turn has its classifier."""
        return await self.classify(await self.load(workspace_id), text)

    async def refresh(self) -> None:
        """Load what other processes have activated since. Raises UnavailableError."""
        async with self._database.platform_view() as platform:
            versions = await platform.list_intent_versions()
        for workspace_id, version in versions.items():
            await self._swap(workspace_id, version)

    async def _swap(self, workspace_id: str, version: int) -> None:
        async with self._lock:
            if version in (self.version_of(workspace_id), self._refused.get(workspace_id)):
                return
            try:
                classifier = await self._read(workspace_id, version)
            except (ArtefactDamagedError, NotFoundError) as error:
                # The version before goes on answering; a person sees why in the log and activates another.
                self._refused[workspace_id] = version
                log.warning("intent_model_refused", workspace_id=workspace_id, version=version, detail=error.detail)
                return
            self._refused.pop(workspace_id, None)
            self._loaded[workspace_id] = (version, classifier)
            log.info("intent_model_loaded", workspace_id=workspace_id, version=version)

    async def _read(self, workspace_id: str, version: int) -> IntentClassifier:
        async with self._database.read(workspace_id) as unit:
            stored = await unit.intent_models.get(version)
            content = await unit.intent_models.read_content(stored)
        model = await asyncio.to_thread(unpack, content, sha256=stored.sha256)
        return await asyncio.to_thread(TrainedClassifier, model, embedder=self._embedder, mood=self._mood)

    async def _look(self) -> None:
        while True:
            try:
                await self.refresh()
            except UnavailableError as error:
                log.warning("intent_versions_not_read", detail=error.detail)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _listen(self) -> None:
        while True:
            async with self._bus.subscribe(CHANNEL) as listener:
                with suppress(ListenerTooSlowError):
                    while True:
                        await listener.receive()
                        self._wake.set()
