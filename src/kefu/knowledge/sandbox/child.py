"""The reading process: ``python -P -m kefu.knowledge.sandbox.child``. Requests on stdin, replies on stdout.

It opens no file that it is asked to read: the bytes come to it. What libraries print goes nowhere.
"""

import os
import sys
from typing import BinaryIO

from kefu.knowledge.documents import parse
from kefu.knowledge.errors import DocumentInvalidError, Problem
from kefu.knowledge.parsers.settings import ParserSettings
from kefu.knowledge.parsers.source import SourceFile
from kefu.knowledge.sandbox import confinement
from kefu.knowledge.sandbox.confinement import RefusedError
from kefu.knowledge.sandbox.wire import FileFinished, FileRefused, OcrBegun, Request, to_reply


def main() -> None:
    """Serve until stdin ends. The first line is the limits."""
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    settings = ParserSettings.model_validate_json(requests.readline())
    confinement.confine(settings)
    while line := requests.readline():
        request = Request.model_validate_json(line)
        source = SourceFile(
            name=request.name,
            key=request.key,
            data=requests.read(request.size),
            language=request.language,
            limits=settings,
        )
        _serve(source, replies)
        replies.flush()


def _serve(source: SourceFile, replies: BinaryIO) -> None:
    def begin_ocr() -> None:
        replies.write(OcrBegun().to_line())
        replies.flush()
        confinement.begin_ocr(source.limits)

    confinement.begin_file(source.limits)
    try:
        reading = parse(source, begin_ocr=begin_ocr)
        replies.writelines(to_reply(document).to_line() for document in reading.documents)
        finished = FileFinished(remarks=[*reading.remarks], memory=confinement.memory_in_use())
        replies.write(finished.to_line())
    except Exception as error:  # noqa: BLE001 - whatever a library raises is this file's refusal
        replies.write(_to_refusal(error).to_line())


def _to_refusal(error: Exception) -> FileRefused:
    match error:
        case DocumentInvalidError():
            return FileRefused(problem=error.problem, reason=error.reason, line=error.line)
        case MemoryError():
            reason = "reading it needs more memory than is allowed; divide it"
            return FileRefused(problem=Problem.NEEDED_TOO_MUCH_MEMORY, reason=reason, line=None)
        case RefusedError():
            return FileRefused(problem=Problem.PARSER_FAILED, reason=f"reading it: {error}", line=None)
        case RecursionError():
            return FileRefused(problem=Problem.DAMAGED, reason="it is nested too deeply", line=None)
        case _:
            # A library met what it did not expect. Which one it was helps a report of the bug.
            reason = f"the file is damaged, or of a form that is not known ({type(error).__name__})"
            return FileRefused(problem=Problem.DAMAGED, reason=reason, line=None)


if __name__ == "__main__":
    main()
