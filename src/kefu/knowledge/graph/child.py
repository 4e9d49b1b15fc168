"""The extracting process: ``python -P -m kefu.knowledge.graph.child``. It alone loads spaCy."""

import os
import sys

from kefu.knowledge.graph.extraction import GraphReader
from kefu.knowledge.graph.wire import DRAFTS, NAMES, READY, TEXTS


def main() -> None:
    """Serve until stdin ends. The first line is the names that are known; what libraries print goes nowhere."""
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    reader = GraphReader(
        {language: tuple(names) for language, names in NAMES.validate_json(requests.readline()).items()}
    )
    replies.write(READY)
    replies.flush()
    while line := requests.readline():
        drafts = reader.read(TEXTS.validate_json(line))
        replies.write(DRAFTS.dump_json(drafts) + b"\n")
        replies.flush()


if __name__ == "__main__":
    main()
