"""A model as bytes: arrays, JSON and fastText's own file in one archive without code (NumPy's npz, nothing pickled)."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kefu.dialogue.intents.fasttext_member import FastTextMember
from kefu.dialogue.intents.features import Features, Floats, Table
from kefu.dialogue.intents.linear_member import LinearMember
from kefu.dialogue.intents.members import Members, VectorMembers
from kefu.dialogue.intents.model import Ending, Model
from kefu.dialogue.intents.out_of_scope import ScopeModel
from kefu.dialogue.intents.vectors_member import KernelMember, LogisticMember
from kefu.domain.errors import KefuError

FORMAT = 2
Arrays = Mapping[str, NDArray[Any]]


class ArtefactDamagedError(KefuError):
    """The bytes are not the model that was trained, or not one that this version reads."""

    code = "intent_artefact_damaged"
    status = 500
    title = "The intent model is damaged"


def pack(model: Model) -> bytes:
    """The same model gives the same bytes."""
    members = model.members
    facts: dict[str, object] = {
        "format": FORMAT,
        "intents": model.intents,
        "encoder": model.encoder,
        "words": list(members.features.words.places),
        "characters": list(members.features.characters.places),
        "plain": _ending_facts(model.plain),
        "full": None if model.full is None else _ending_facts(model.full),
    }
    arrays: dict[str, NDArray[Any]] = {
        "facts": _to_bytes(orjson.dumps(facts)),
        "fasttext": _to_bytes(members.fasttext.content),
        "worth.words": members.features.words.worth,
        "worth.characters": members.features.characters.worth,
        "words.weights": members.words.weights.astype(np.float16),
        "words.bias": members.words.bias,
    }
    if members.meant is not None:
        arrays |= _meant_arrays(members.meant)
    return _archive(arrays)


def digest(content: bytes) -> str:
    """Hex SHA-256: what a version is checked by."""
    return hashlib.sha256(content).hexdigest()


def unpack(content: bytes, *, sha256: str) -> Model:
    """Verify and load. Raises ArtefactDamagedError."""
    if digest(content) != sha256:
        raise ArtefactDamagedError("The stored intent model is not the one that was trained: its digest differs.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return _to_model(orjson.loads(arrays["facts"].tobytes()), arrays)
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactDamagedError(f"The intent model cannot be read: {type(error).__name__}: {error}") from error


def _ending_facts(ending: Ending) -> dict[str, object]:
    return {"weights": ending.weights, "scope": None if ending.scope is None else ending.scope.to_facts()}


def _meant_arrays(meant: VectorMembers) -> dict[str, NDArray[Any]]:
    assert meant.joint.beside is not None
    return {
        "joint.weights": meant.joint.weights.astype(np.float16),
        "joint.beside": meant.joint.beside.astype(np.float16),
        "joint.bias": meant.joint.bias,
        "logistic.weights": meant.logistic.weights.astype(np.float16),
        "logistic.bias": meant.logistic.bias,
        "kernel.landmarks": meant.kernel.landmarks.astype(np.float16),
        "kernel.owners": meant.kernel.owners,
        "kernel.weights": meant.kernel.weights.astype(np.float16),
    }


def _to_bytes(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, dtype=np.uint8)


def _archive(arrays: Arrays) -> bytes:
    """As ``np.savez`` writes it, but with one fixed time, so that equal models are equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue())
    return buffer.getvalue()


def _to_model(facts: dict[str, Any], arrays: Arrays) -> Model:
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']}, expected {FORMAT}: train it again")
    intents = tuple(facts["intents"])
    features = Features(
        _to_table(facts["words"], arrays["worth.words"]), _to_table(facts["characters"], arrays["worth.characters"])
    )
    words = LinearMember(_floats(arrays, "words.weights"), _floats(arrays, "words.bias"))
    fasttext = FastTextMember(arrays["fasttext"].tobytes(), intents=len(words.bias))
    full = facts["full"]
    meant = None if full is None else _to_meant(arrays)
    return Model(
        intents,
        Members(len(intents), features, words, fasttext, meant),
        full=None if full is None else _to_ending(full),
        plain=_to_ending(facts["plain"]),
        encoder=facts["encoder"],
    )


def _to_table(names: list[str], worth: Floats) -> Table:
    return Table({name: place for place, name in enumerate(names)}, worth)


def _to_meant(arrays: Arrays) -> VectorMembers:
    return VectorMembers(
        LinearMember(*(_floats(arrays, f"joint.{part}") for part in ("weights", "bias", "beside"))),
        LogisticMember(_floats(arrays, "logistic.weights"), _floats(arrays, "logistic.bias")),
        KernelMember(_floats(arrays, "kernel.landmarks"), arrays["kernel.owners"], _floats(arrays, "kernel.weights")),
    )


def _floats(arrays: Arrays, name: str) -> Floats:
    return arrays[name].astype(np.float32)


def _to_ending(facts: dict[str, Any]) -> Ending:
    scope = facts["scope"]
    return Ending(tuple(facts["weights"]), None if scope is None else ScopeModel.of(scope))
