"""Who may act at the desk: an agent, by a key of their own."""

from kefu.domain.conversation import Conversation, Handler
from kefu.domain.desk import Agent, Assignment
from kefu.domain.errors import ConversationNotHeldError, ConversationTakenError, ForbiddenError
from kefu.services.principal import Operator
from kefu.storage.unit import Unit


async def get_agent(unit: Unit, operator: Operator) -> Agent:
    """The agent whose key it is. Raises ForbiddenError for a key that belongs to no agent."""
    if operator.agent_id is None:
        raise ForbiddenError("This key belongs to no agent: make one with `kefu agent key`.")
    return await unit.agents.get(operator.agent_id)


def is_holder(agent: Agent, conversation: Conversation, assignment: Assignment | None) -> bool:
    is_own = assignment is not None and assignment.agent_id == agent.id
    return conversation.handler is Handler.AGENT and is_own


def require_holder(agent: Agent, conversation: Conversation, assignment: Assignment | None) -> Assignment:
    """The assignment of a conversation that the agent holds. Raises ConversationNotHeldError."""
    if assignment is None or not is_holder(agent, conversation, assignment):
        raise ConversationNotHeldError(conversation_id=conversation.id)
    return assignment


async def require_free(unit: Unit, agent: Agent, conversation: Conversation, assignment: Assignment | None) -> None:
    """Raises ConversationTakenError while another agent holds it."""
    if conversation.handler is not Handler.AGENT or is_holder(agent, conversation, assignment):
        return
    holder = None if assignment is None or assignment.agent_id is None else await unit.agents.get(assignment.agent_id)
    name = "Another agent" if holder is None else holder.name
    raise ConversationTakenError(conversation_id=conversation.id, agent_name=name)
