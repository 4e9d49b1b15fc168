"""``kefu inbox``: the desk in a terminal, over the HTTP API, so that it works against any server."""

from kefu.cli.inbox.command import inbox

__all__ = ["inbox"]
