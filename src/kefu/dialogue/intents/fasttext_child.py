"""The process that trains fastText: ``python -P -m kefu.dialogue.intents.fasttext_child``.

Native code that has been seen to die on small sets does not take a server with it. A request is a line of JSON
{"input", "output", …settings}; the reply is a line: ``ok``, or why not.
"""

import os
import sys

import fasttext  # type: ignore[import-untyped]
import orjson


def main() -> None:
    """Serve until stdin ends; what the library prints goes nowhere."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while line := sys.stdin.buffer.readline():
        try:
            _train(orjson.loads(line))
            reply = b"ok"
        except (RuntimeError, ValueError, MemoryError) as error:
            reply = f"{type(error).__name__}: {error}".encode().replace(b"\n", b" ")
        replies.write(reply + b"\n")
        replies.flush()


def _train(request: dict[str, object]) -> None:
    target = str(request.pop("output"))
    fasttext.train_supervised(**request).save_model(target)


if __name__ == "__main__":
    main()
