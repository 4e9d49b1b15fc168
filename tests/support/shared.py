"""What is costly to open and keeps nothing of a test: one of each for all tests of a process."""

import atexit
from functools import cache

from kefu.knowledge.reader import Reader, create_reader
from kefu.knowledge.sandbox.process import ParserProcess


class SharedParser(ParserProcess):
    """Goes on reading after a test has closed it; ends with the process."""

    def close(self) -> None:
        """Nothing: the next test reads on."""

    def end(self) -> None:
        super().close()


@cache
def shared_parser() -> SharedParser:
    parser = SharedParser()
    atexit.register(parser.end)
    return parser


@cache
def shared_reader() -> Reader:
    return create_reader()
