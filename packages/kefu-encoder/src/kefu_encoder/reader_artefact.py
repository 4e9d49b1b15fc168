"""What the reader learned, as files: low-rank changes of MiniLM's body and a head. The package's own lies in ``data/``."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from kefu_encoder.errors import RowsDamagedError


@dataclass(frozen=True, slots=True)
class ReaderArtefact:
    """``tensors`` by name, fp16: ``<matrix>.down`` [rank, inputs], ``<matrix>.up`` [outputs, rank], and the head's."""

    tensors: Mapping[str, NDArray[np.float16]]
    facts: Mapping[str, Any]

    def merged(self, weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """The body with the changes added, and the head, float32."""
        merged = dict(weights)
        for name, value in self.tensors.items():
            if name.startswith("head."):
                merged[name] = value.astype(np.float32)
            elif name.endswith(".up"):
                matrix = name.removesuffix(".up")
                change = value.astype(np.float32) @ self.tensors[f"{matrix}.down"].astype(np.float32)
                merged[f"{matrix}.weight"] = weights[f"{matrix}.weight"] + change
        return merged


@dataclass(frozen=True, slots=True)
class ReaderFolder:
    """Names of the two files."""

    path: Path

    @property
    def tensors(self) -> Path:
        return self.path / "reader.safetensors"

    @property
    def manifest(self) -> Path:
        return self.path / "reader.json"

    def identity(self) -> str:
        """Hex SHA-256 of the tensors. Raises RowsDamagedError when they are not those that the manifest names."""
        self._facts()
        return _sha256(self.tensors)

    def load(self) -> ReaderArtefact:
        """Read and verify. Raises RowsDamagedError."""
        facts = self._facts()
        try:
            tensors = load_file(self.tensors)
        except SafetensorError as error:
            raise RowsDamagedError(file=self.tensors, reason=str(error)) from error
        if not all(np.isfinite(value).all() for value in tensors.values()):
            raise RowsDamagedError(file=self.tensors, reason="a number in it is not finite")
        return ReaderArtefact(tensors, facts)

    def save(self, artefact: ReaderArtefact) -> None:
        """Write both files, the manifest last."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.tensors.write_bytes(save({name: np.ascontiguousarray(value) for name, value in artefact.tensors.items()}))
        manifest = {**artefact.facts, "files": {self.tensors.name: _sha256(self.tensors)}}
        self.manifest.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def _facts(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads(self.manifest.read_text(encoding="utf-8"))
            expected, found = facts["files"][self.tensors.name], _sha256(self.tensors)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RowsDamagedError(file=self.manifest, reason=f"{type(error).__name__}: {error}") from error
        if found != expected:
            raise RowsDamagedError(file=self.tensors, reason=f"SHA-256 {found}, expected {expected}")
        return facts


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
