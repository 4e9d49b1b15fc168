"""Text recognition for scanned pages and images: the extra ``ocr`` (rapidocr, with its models inside the package)."""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from kefu.knowledge.errors import Problem
from kefu.knowledge.parsers.source import SourceFile

HINT = "install the extra: pip install 'kefu[ocr]'"
_LEAST_SCORE = 0.5
_LONGEST_SIDE = 3_000
"""Pixels; a larger image is made smaller."""
_MOST_PIXELS = 100_000_000

BeginOcr = Callable[[], None]
"""Called before recognition begins: it may take longer, and needs more memory, than reading."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A line of text and the box around it, in pixels from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def is_installed() -> bool:
    return find_spec("rapidocr") is not None


def recognise(image: Any) -> list[Recognised]:
    """Lines of an image (height x width x 3 array of bytes, BGR), from top to bottom."""
    result = _engine()(image)
    if result.txts is None:
        return []
    lines = [
        Recognised(text, *(float(edge) for edge in (*box.min(axis=0), *box.max(axis=0))))
        for text, box, score in zip(result.txts, result.boxes, result.scores, strict=True)
        if score >= _LEAST_SCORE and text.strip()
    ]
    return sorted(lines, key=lambda line: (round((line.top + line.bottom) / 2 / 12), line.left))


def recognise_file(source: SourceFile, begin_ocr: BeginOcr) -> list[Recognised]:
    """Lines of an image file. Raises DocumentInvalidError when the extra is missing or the image damaged."""
    if not is_installed():
        raise source.refuse(Problem.NEEDS_OCR, f"an image; to read its text {HINT}")
    begin_ocr()
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(source.data)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise source.refuse(Problem.TOO_LARGE, f"{opened.width} x {opened.height} pixels; make it smaller")
            opened.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            pixels = np.asarray(opened.convert("RGB"))[:, :, ::-1]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise source.refuse(Problem.DAMAGED, "the image is damaged") from error
    return recognise(np.ascontiguousarray(pixels))


@cache
def _engine() -> Any:
    logging.disable(logging.WARNING)  # it reports every step
    from rapidocr import RapidOCR  # type: ignore[import-not-found, unused-ignore]

    return RapidOCR()
