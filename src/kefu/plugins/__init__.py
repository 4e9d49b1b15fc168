"""The whole public surface for plugins: import nothing else of kefu (docs/plugins/writing.md)."""

from kefu.domain.action import AuthLevel, Caller, CallRate
from kefu.plugins.context import ToolContact, ToolContext
from kefu.plugins.errors import PluginError, ToolError
from kefu.plugins.manifest import API_VERSION, Guard, Intent, Manifest, Plugin, Recognised, SlotType, Use
from kefu.plugins.models import Arguments, PluginSettings, Result
from kefu.plugins.spec import Preview, Tool, ToolSpec
from kefu.plugins.tool import tool

__all__ = [
    "API_VERSION",
    "Arguments",
    "AuthLevel",
    "CallRate",
    "Caller",
    "Guard",
    "Intent",
    "Manifest",
    "Plugin",
    "PluginError",
    "PluginSettings",
    "Preview",
    "Recognised",
    "Result",
    "SlotType",
    "Tool",
    "ToolContact",
    "ToolContext",
    "ToolError",
    "ToolSpec",
    "Use",
    "tool",
]
