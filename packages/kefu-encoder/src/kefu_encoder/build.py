"""``python -m kefu_encoder.build``: make the ONNX models from the installed base package and the Chinese rows."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]
from safetensors.numpy import load_file

from kefu_encoder.artefact import PACKAGED, ArtefactFolder
from kefu_encoder.base import PACKAGE, WEIGHTS_SHA256, find_base, sha256_of_file
from kefu_encoder.errors import EncoderError
from kefu_encoder.folder import ModelFolder, default_folder
from kefu_encoder.graph import build_graph, build_reader_graph
from kefu_encoder.graph_writer import EXACT_NODE
from kefu_encoder.reader_artefact import ReaderFolder

BUILDER = 4
"""Raise when a change here or in graph.py alters the output; older folders are then built anew."""

READER = ReaderFolder(PACKAGED)
"""What the reader learned. It was trained on the package's own rows and serves best with them."""

Progress = Callable[[str], None]


def build(folder: ModelFolder, *, progress: Progress) -> bool:
    """Fill ``folder``; False when it was complete and current already.

    Rows of the folder's own (written there by `python -m kefu_encoder.train`) come before the package's.
    The manifest is written last, so a build that was cut short is done again.
    Raises BasePackageMissingError, BasePackageChangedError or RowsDamagedError.
    """
    rows = rows_for(folder)
    if is_current(folder):
        progress(f"up to date: {folder.path}")
        return False
    progress(f"verifying {PACKAGE} and the Chinese rows")
    base = find_base()
    artefact = rows.load()
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.manifest.unlink(missing_ok=True)
    with TemporaryDirectory(dir=folder.path) as name:
        draft = ModelFolder(Path(name))
        weights = float_weights(base.weights)
        progress("writing fp32")
        onnx.save(build_graph(weights, artefact.tensors), draft.network("fp32"))
        progress("writing int8")
        _quantise(draft.network("fp32"), draft.network("int8"))
        progress("writing the reader")
        whole = draft.path / "reader.fp32.onnx"
        onnx.save(build_reader_graph(READER.load().merged(weights), artefact.tensors), whole)
        _quantise(whole, draft.reader)
        shutil.copyfile(base.tokenizer, draft.tokenizer)
        draft.words.write_text(artefact.words.to_text(), encoding="utf-8")
        _publish(draft, folder, rows=rows.identity())
    progress(f"ready: {folder.path}")
    return True


def rows_for(folder: ModelFolder) -> ArtefactFolder:
    """The artefact a folder is built from: its own where it holds one, else the package's."""
    own = ArtefactFolder(folder.path)
    return own if own.manifest.is_file() else ArtefactFolder(PACKAGED)


def is_current(folder: ModelFolder) -> bool:
    """Whether the folder holds what this builder makes of these rows, byte for byte. Raises RowsDamagedError."""
    if not folder.manifest.is_file():
        return False
    manifest = json.loads(folder.manifest.read_text(encoding="utf-8"))
    made_of = (BUILDER, WEIGHTS_SHA256, rows_for(folder).identity(), READER.identity())
    if tuple(manifest.get(key) for key in ("builder", "base_sha256", "rows_sha256", "reader_sha256")) != made_of:
        return False
    files = manifest["files"]
    return all((folder.path / name).is_file() and sha256_of_file(folder.path / name) == files[name] for name in files)


def float_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """The base network's weights; its one integer tensor holds positions, which the graph does without."""
    return {name: value for name, value in load_file(path).items() if value.dtype == np.float32}


def _quantise(source: Path, target: Path) -> None:
    """Dynamic int8: weights by output channel, activations at run time.

    Weights take 7 of the 8 bits: processors without VNNI add products of 8 bits in 16 and would overflow, so that the
    same text had another vector on another machine.
    """
    exact = [node.name for node in onnx.load(source).graph.node if node.name.startswith(EXACT_NODE)]
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        weight_type=QuantType.QInt8,
        reduce_range=True,
        nodes_to_exclude=exact,
    )


def _publish(draft: ModelFolder, folder: ModelFolder, *, rows: str) -> None:
    files = [draft.network("fp32"), draft.network("int8"), draft.reader, draft.tokenizer, draft.words]
    manifest = {
        "builder": BUILDER,
        "base": PACKAGE,
        "base_sha256": WEIGHTS_SHA256,
        "rows_sha256": rows,
        "reader_sha256": READER.identity(),
        "files": {file.name: sha256_of_file(file) for file in files},
    }
    for file in files:
        file.replace(folder.path / file.name)
    draft.manifest.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    draft.manifest.replace(folder.manifest)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; 0 on success, 1 with one line on stderr when the base package or the rows are not right."""
    parser = argparse.ArgumentParser(prog="python -m kefu_encoder.build", description=__doc__)
    parser.add_argument("--to", type=Path, help="folder to write (default: KEFU_ENCODER_DIR or the package's own)")
    options = parser.parse_args(arguments)
    folder = ModelFolder(options.to) if options.to else default_folder()
    try:
        build(folder, progress=lambda line: print(f"kefu-encoder: {line}", flush=True))
    except EncoderError as error:
        print(f"kefu-encoder: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
