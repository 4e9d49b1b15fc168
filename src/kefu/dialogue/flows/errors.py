"""What can be wrong with a flow: when it is loaded, and while it runs.

├── FlowInvalidError     500  flow_invalid        (a ConfigurationError: the flow is not loaded)
├── ExpressionError      500  expression_failed   (a value that an expression cannot use)
└── FlowTooLongError     500  flow_too_long       (more steps in one turn than are allowed)
"""

from kefu.domain.errors import ConfigurationError, KefuError


class FlowInvalidError(ConfigurationError):
    code = "flow_invalid"
    title = "Flow invalid"

    def __init__(self, *, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class ExpressionError(KefuError):
    """An expression that is not allowed, or that met a value of the wrong kind."""

    code = "expression_failed"
    title = "Expression failed"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"«{source}»: {reason}")
        self.source = source
        self.reason = reason


class FlowTooLongError(KefuError):
    code = "flow_too_long"
    title = "A flow takes too many steps"

    def __init__(self, *, flow: str, limit: int) -> None:
        super().__init__(f"The flow {flow} took more than {limit} steps in one turn.")
        self.flow = flow
        self.limit = limit
