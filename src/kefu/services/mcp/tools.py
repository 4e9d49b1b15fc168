"""An accepted tool of an MCP server as a tool behind the gate."""

import re
from collections.abc import Callable
from typing import Any

import structlog
from pydantic import ValidationError

from kefu.domain.action import Caller
from kefu.domain.errors import InvalidInputError
from kefu.domain.mcp import BoundTo, McpDefinition, McpServer, McpTerms, McpTool
from kefu.plugins.context import ToolContext
from kefu.plugins.errors import CODE, ToolError
from kefu.plugins.manifest import Manifest, Plugin, Use
from kefu.plugins.models import Arguments, Result
from kefu.plugins.spec import Tool, ToolHooks, ToolSpec
from kefu.plugins.tool import MOST_SECONDS
from kefu.services.mcp.errors import McpServerError
from kefu.services.mcp.peer import Answer, InvalidAnswerError, ListChangedError, NotDoneError, Peer
from kefu.services.mcp.schemas import fields_of, to_arguments, to_result

CODES = ("refused_by_server", "rejected_by_server", "server_unavailable", "tool_changed")
"""The reasons that a flow can branch on, beside those of the gate."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^a-z0-9]+")
log = structlog.get_logger(__name__)

Report = Callable[[list[McpDefinition]], None]
"""Told what a server lists when that is not what was accepted."""


class TextResult(Result):
    """What a tool without a schema of its result gives."""

    text: str


def to_tool_name(server: str, tool: str) -> str:
    """``getOrder`` of ``erp`` is ``erp_get_order``. Raises InvalidInputError when that is no name."""
    name = f"{server}_{_OTHER.sub('_', _HUMP.sub('_', tool).lower()).strip('_')}"
    if CODE.fullmatch(name) is None or name == f"{server}_":
        raise InvalidInputError("Its name cannot be made one of a tool: letters, digits and _, 60 at most.")
    return name


def require_fit(definition: McpDefinition, terms: McpTerms) -> None:
    """Whether an operator's terms fit what a server says of a tool. Raises InvalidInputError."""
    arguments = set(fields_of(definition.arguments))
    visible, shown = arguments - set(terms.bind), set(fields_of(definition.result))
    is_write = terms.effect == "write"
    wrong = {
        "effect is read or write.": terms.effect not in {"read", "write"},
        "confirm is always or never.": terms.confirm not in {"always", "never"},
        "a tool that the server calls destructive is a write.": not is_write
        and definition.annotations.get("destructiveHint") is True
        and not definition.is_said_to_read,
        "bind names arguments of the tool.": not set(terms.bind) <= arguments,
        "say whose it is: bind an argument to the contact, or say that it is shared.": not terms.is_shared
        and BoundTo.CONTACT not in terms.bind.values(),
        "what is bound to the contact needs auth identified or verified.": BoundTo.CONTACT in terms.bind.values()
        and terms.auth == "anonymous",
        "only a write has a key.": not is_write and BoundTo.KEY in terms.bind.values(),
        f"facts name fields of its result: {', '.join(sorted(shown)) or 'it has none'}.": not set(terms.facts) <= shown,
        "hide names arguments or fields of its result.": not set(terms.hide) <= visible | shown,
        "what is hidden is no fact.": bool(set(terms.hide) & set(terms.facts)),
        f"seconds is between 0 and {MOST_SECONDS:g}.": not 0 < terms.seconds <= MOST_SECONDS,
    }
    for sentence, is_wrong in wrong.items():
        if is_wrong:
            raise InvalidInputError(f"{definition.name}: {sentence}", field="terms")
    to_arguments(definition.arguments, without=frozenset(terms.bind))


def to_plugin(server: McpServer, tools: list[McpTool], *, peer: Peer, report: Report) -> Plugin:
    """The plugin that stands for a server: its accepted tools, also those that are closed now."""
    made = []
    for tool in tools:
        if tool.tool is None or tool.accepted is None or tool.terms is None:
            continue
        try:
            made.append(_to_tool(tool.tool, tool.accepted, tool.terms, peer=peer, report=report))
        except InvalidInputError as error:  # this kefu reads schemas more strictly than the one that accepted it
            log.warning("mcp_tool_left_out", tool=tool.tool, workspace_id=server.workspace_id, reason=error.detail)
    manifest = Manifest(
        name=server.plugin, version="1", title={"zh": server.name, "en": server.name}, uses=frozenset({Use.NETWORK})
    )
    return Plugin(manifest, tools=tuple(made))


def _to_tool(name: str, accepted: McpDefinition, terms: McpTerms, *, peer: Peer, report: Report) -> Tool:
    result = TextResult if accepted.result is None else to_result(accepted.result)
    spec = ToolSpec(
        name=name,
        description=accepted.description,
        arguments=to_arguments(accepted.arguments, without=frozenset(terms.bind)),
        result=result,
        effect="read" if terms.effect == "read" else "write",
        auth=terms.auth,
        owned="",
        confirm="always" if terms.effect == "write" and terms.confirm == "always" else "never",
        timeout=terms.seconds,
        retries=0,
        callers=frozenset(Caller),
        codes=CODES,
        facts=terms.facts,
        hide=frozenset(terms.hide),
        compensate="",
        approve_above=None,
        rate=None,
        fresh_for=None,
    )
    return Tool(spec, _Call(spec, accepted, terms, peer=peer, report=report), ToolHooks())


class _Call:
    """The function of a tool: kefu's own arguments are added, the server is asked, its answer is held to its schema."""

    def __init__(self, spec: ToolSpec, accepted: McpDefinition, terms: McpTerms, *, peer: Peer, report: Report) -> None:
        self.__qualname__ = spec.name
        self._spec = spec
        self._accepted = accepted
        self._terms = terms
        self._peer = peer
        self._report = report

    async def __call__(self, arguments: Arguments, context: ToolContext) -> Any:
        """A Result, or what is none: the gate then says that the result is invalid."""
        values = {**arguments.model_dump(mode="json"), **self._bound(context)}
        try:
            answer = await self._peer.call(
                self._accepted, values, key=context.idempotency_key, connect_seconds=self._terms.seconds / 2
            )
        except ListChangedError as error:
            self._report(error.listed)
            raise ToolError("tool_changed", "the server says something else of it than was accepted") from error
        except NotDoneError as error:
            raise ToolError(error.code, error.detail) from error
        except InvalidAnswerError as error:
            return error
        if answer.is_error:
            self._refuse()
        return self._result(answer)

    def _bound(self, context: ToolContext) -> dict[str, str]:
        sources = {BoundTo.CONTACT: context.contact.external_id, BoundTo.KEY: context.idempotency_key}
        bound = {argument: sources[source] for argument, source in self._terms.bind.items()}
        missing = [argument for argument, value in bound.items() if not value]
        if missing:
            raise ToolError("not_identified", f"nothing is known for {', '.join(missing)}")
        return {argument: value for argument, value in bound.items() if value}

    def _refuse(self) -> None:
        if self._spec.effect == "read" or self._terms.errors_mean_not_done:
            raise ToolError("refused_by_server", "the tool reported an error")
        raise McpServerError("The tool reported an error, which does not say that nothing was done.")

    def _result(self, answer: Answer) -> Any:
        if self._spec.result is TextResult:
            return TextResult(text=answer.text)
        try:
            return self._spec.result.model_validate(answer.values)
        except ValidationError:
            return answer
