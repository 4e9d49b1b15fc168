"""What one turn asks of models, added up as it goes."""

from dataclasses import dataclass

from kefu.domain.model import Completed, ModelUse
from kefu.models.structured import Asking


@dataclass(slots=True)
class Spending:
    """``is_hard``: rules and classifier were not enough, whether there is a model or not."""

    is_hard: bool = False
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ms: int = 0

    def add(self, asking: Asking) -> None:
        """A structured call, whole or not."""
        self.calls += asking.calls
        self.prompt_tokens += asking.prompt_tokens
        self.completion_tokens += asking.completion_tokens
        self.ms += asking.ms

    def add_completed(self, completed: Completed) -> None:
        """A plain call that came to its end."""
        self.calls += 1
        self.prompt_tokens += completed.usage.prompt_tokens
        self.completion_tokens += completed.usage.completion_tokens

    def to_use(self) -> ModelUse:
        return ModelUse(self.is_hard, self.calls, self.prompt_tokens, self.completion_tokens, self.ms)
