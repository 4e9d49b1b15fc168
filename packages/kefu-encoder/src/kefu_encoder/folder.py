"""Where the built model lies and what belongs to it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kefu_encoder.errors import ModelNotBuiltError

Precision = Literal["fp32", "int8"]
ENVIRONMENT = "KEFU_ENCODER_DIR"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Names of the files in one model folder."""

    path: Path

    @property
    def tokenizer(self) -> Path:
        return self.path / "tokenizer.json"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def words(self) -> Path:
        """The Chinese word list, in the order of the rows."""
        return self.path / "words.tsv"

    def network(self, precision: Precision) -> Path:
        return self.path / f"minilm.{precision}.onnx"

    @property
    def reader(self) -> Path:
        """The reader's network, int8."""
        return self.path / "reader.int8.onnx"

    def require(self, network: Path) -> None:
        """Raise ModelNotBuiltError when a file that an encoder or a reader needs is absent."""
        for file in (self.manifest, self.tokenizer, self.words, network):
            if not file.is_file():
                raise ModelNotBuiltError(folder=self.path, missing=file.name)


def default_folder() -> ModelFolder:
    """``KEFU_ENCODER_DIR``, else ``model/`` beside this file."""
    configured = os.environ.get(ENVIRONMENT)
    return ModelFolder(Path(configured) if configured else Path(__file__).parent / "model")
