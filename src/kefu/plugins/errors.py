"""What goes wrong with plugins.

KefuError (kefu.domain.errors)
├── PluginError          500  plugin_invalid
└── PluginFailedError    502  plugin_failed

``ToolError`` is no KefuError: it is how a tool says no, and the gate turns it into a result.
"""

import re

from kefu.domain.errors import KefuError

CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
"""What a reason looks like that a flow can branch on."""


class PluginError(KefuError):
    """A plugin cannot be used. ``detail`` is one sentence for its author."""

    code = "plugin_invalid"
    title = "Plugin invalid"


class PluginFailedError(KefuError):
    """A plugin raised, hung or gave something that cannot be, in work beside turns. ``detail`` says which and how."""

    code = "plugin_failed"
    status = 502
    title = "Plugin failed"


class ToolError(Exception):
    """Raised by a tool to say no: **nothing was done**, for a reason that a flow can branch on.

    ``code`` is like ``not_delivered``; ``detail`` is for engineers. A write that does not know whether it was done must
    not raise this: any other error makes its outcome unknown.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        if CODE.fullmatch(code) is None:
            raise PluginError(f"{code!r} is no reason code: lower-case letters, digits and underscores.")
        super().__init__(detail or code)
        self.code = code
        self.detail = detail
