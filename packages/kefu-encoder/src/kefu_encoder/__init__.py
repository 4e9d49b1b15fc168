"""A small offline sentence encoder. Knows nothing of kefu."""

from kefu_encoder.encoder import Encoder
from kefu_encoder.errors import (
    BasePackageChangedError,
    BasePackageMissingError,
    EncoderError,
    ModelNotBuiltError,
    RowsDamagedError,
)
from kefu_encoder.folder import ModelFolder, Precision, default_folder
from kefu_encoder.reader import Reader

__all__ = [
    "BasePackageChangedError",
    "BasePackageMissingError",
    "Encoder",
    "EncoderError",
    "ModelFolder",
    "ModelNotBuiltError",
    "Precision",
    "Reader",
    "RowsDamagedError",
    "default_folder",
]
