"""Which encoder a workspace's vectors are compared by: the configured one, or the one that they were made with."""

from collections.abc import Callable
from threading import Lock

from kefu.domain.errors import ConfigurationError
from kefu.knowledge.embedding import Embedder, EmbedderError, NullEmbedder
from kefu.knowledge.index import to_label


class Encoders:
    """All methods but ``close`` may ask an endpoint: call them in a thread."""

    def __init__(self, configured: Embedder, *, open_builtin: Callable[[], Embedder] = NullEmbedder) -> None:
        self.configured = configured
        self._open_builtin = open_builtin
        self._builtin: Embedder | None = None
        self._lock = Lock()

    @property
    def is_none(self) -> bool:
        """Search by words alone is what the settings want."""
        return not self.configured.languages

    def is_configured(self, label: str) -> bool:
        """Whether the settings name the encoder of this label. One that is away is taken for it by its name."""
        try:
            return label == to_label(self.configured)
        except EmbedderError:
            return label.startswith(f"{self.configured.name}-")

    def find(self, label: str | None) -> Embedder:
        """The encoder of a label (None: the configured one). One that cannot be asked here leaves words alone."""
        if label is None or self.is_none or self.is_configured(label):
            return self.configured
        builtin = self._get_builtin()
        return builtin if to_label(builtin) == label else NullEmbedder()

    def get_label(self) -> str:
        """Of the configured encoder. Raises ConfigurationError without one, EmbedderError while it is away."""
        if self.is_none:
            raise ConfigurationError("There is no encoder to index with: see KEFU_EMBEDDER_KIND.")
        return to_label(self.configured)

    def close(self) -> None:
        if self._builtin is not None:
            self._builtin.close()

    def _get_builtin(self) -> Embedder:
        with self._lock:
            if self._builtin is None:
                self._builtin = self._open_builtin()
            return self._builtin
