"""The only place where objects are built and wired: one class, a part a file."""

from kefu.factory.whole import Factory

__all__ = ["Factory"]
