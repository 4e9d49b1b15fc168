"""How the steps of an answer are written down: what was understood, found and composed."""

from collections.abc import Mapping
from dataclasses import asdict

from kefu.dialogue.acting import Acted
from kefu.dialogue.answer.composing import Composition
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.answer.quotes import Quote
from kefu.dialogue.calibrate import evidence_of
from kefu.dialogue.context import TurnContext
from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.guard.input import InputVerdict
from kefu.dialogue.handoff import ANGRY, PolicyRule
from kefu.dialogue.hearing import Heard
from kefu.dialogue.query.understanding import StandAlone
from kefu.dialogue.tools.recording import to_trace
from kefu.dialogue.tools.results import ConfirmationRequested, GateFact, Refused
from kefu.dialogue.tools.turn import GateTurn
from kefu.dialogue.trace import Choice, Trace
from kefu.domain.knowledge import Passage, Risk
from kefu.domain.model import ModelRequest
from kefu.domain.trace import Stage
from kefu.kit.jsonvalue import JsonObject, as_object

WAIT, REFUSE, QUOTES = "wait", "refuse", "quotes"
_HASH = 12


def trace_understanding(trace: Trace, typed: str, found: StandAlone) -> None:
    """Original, rewrite, and how; a complete question has no entry."""
    if found.lack is None:
        return
    facts: JsonObject = {"typed": typed, "question": found.text, "previous": found.previous}
    if found.proposed is not None:
        facts["proposed"], facts["failure"] = found.proposed.text, found.proposed.failure
    trace.add(Stage.UNDERSTAND, found.how, reason=f"lacks_{found.lack}", facts=facts)


def trace_acted(trace: Trace, acted: Acted, flows: Mapping[str, Flow]) -> None:
    """What the flows came to, each with its version: the gate has its own entries, made when it was asked."""
    for output in acted.outputs:
        fields = {name: value for name, value in asdict(output).items() if isinstance(value, str) and value}
        flow = flows.get(fields.get("flow", ""))
        if flow is not None:
            fields |= {"version": flow.version, "content_hash": flow.content_hash[:_HASH]}
        trace.add(Stage.EVALUATE, type(output).__name__, reason="flows_from_the_top", facts=dict(fields))


def trace_gate(trace: Trace, fact: GateFact, turn: GateTurn) -> None:
    """What the gate said to one call, and by whose yes."""
    inputs: JsonObject = {"contact": turn.contact.auth.value, "caller": turn.caller.value}
    if isinstance(fact, ConfirmationRequested):
        pending = fact.pending
        facts: JsonObject = {
            "tool": pending.tool,
            "action": pending.id,
            "arguments_hash": pending.arguments_hash[:_HASH],
            "expires_at": pending.expires_at.isoformat(),
        }
        trace.add(Stage.GATE, WAIT, reason="confirmation_required", inputs=inputs, facts=facts)
        return
    facts = to_trace(fact)
    if isinstance(fact, Refused):
        trace.add(Stage.GATE, REFUSE, reason=fact.code, inputs=inputs, facts=facts)
        return
    if fact.effect == "write" and fact.action_id is not None:
        facts |= {"action": fact.action_id, "confirmed_in": None, "approved_by": fact.decided_by and "agent"}
        if turn.pending is not None and turn.pending.id == fact.action_id:
            facts["confirmed_in"] = turn.turn_id
    trace.add(Stage.GATE, fact.status, reason=fact.code or "all_checks_passed", inputs=inputs, facts=facts)


def trace_call(trace: Trace, request: ModelRequest, ending: JsonObject, *, prompt: str) -> None:
    """One call of a model: which, for how much, and how it ended. ``prompt`` is the hash of what it was sent."""
    inputs: JsonObject = {"prompt": prompt, "tier": request.tier.value, "max_tokens": request.max_tokens}
    if "completed" in ending:
        done = as_object(ending["completed"])
        facts: JsonObject = {"model": done["model"], **as_object(done["usage"])}
        trace.add(Stage.MODEL, "completed", reason=f"finish_{done['finish']}", inputs=inputs, facts=facts)
    elif "failed" in ending:
        trace.add(Stage.MODEL, "failed", reason=str(ending["failed"]), inputs=inputs)
    else:
        trace.add(Stage.MODEL, "cut", reason="not_waited_for", inputs=inputs)


def trace_finding(trace: Trace, finding: Finding) -> None:
    passages = tuple(Choice(_place(passage), passage.score) for passage in finding.passages)
    facts: JsonObject = {"probability": round(finding.probability, 4), "question": finding.question}
    if finding.quotes:
        facts["quotes"] = [_source(quote) for quote in finding.quotes]
    if finding.disagreement is not None:
        facts["disagreement"] = finding.disagreement.conflict.kind.value
    ways: JsonObject = {_place(one): f"{one.graph:.2f} {one.way}".strip() for one in finding.passages if one.graph}
    if ways:
        facts["graph"] = ways
    if finding.risk is not Risk.GENERAL:
        facts["risk"] = finding.risk.value
    if finding.is_held_to_policy:
        facts["held_to"] = "policy"
    if finding.corrections:
        facts["corrections"] = [asdict(one) for one in finding.corrections]
    if finding.features is not None:
        facts["features"] = {name: round(value, 4) for name, value in asdict(finding.features).items()}
    trace.add(
        Stage.RETRIEVE,
        "answer" if finding.is_answerable else "abstain",
        reason=_rule(finding),
        alternatives=passages,
        threshold=round(finding.threshold, 4),
        inputs={"language": finding.language, "chunks": [passage.chunk.id for passage in finding.passages]},
        facts=facts,
    )


def _rule(finding: Finding) -> str:
    """What the probability was held against, by which evidence."""
    if finding.features is None:
        return "nothing_found"
    return f"{'policy' if finding.is_held_to_policy else 'calibrated'}_{evidence_of(finding.features)}"


def _source(quote: Quote) -> JsonObject:
    chunk = quote.passage.chunk
    return {
        "title": chunk.title,
        "document": chunk.document_id,
        "version": chunk.document_version,
        "start": quote.start,
        "end": quote.end,
    }


def _place(passage: Passage) -> str:
    return f"{passage.chunk.document_key}#{passage.chunk.ordinal}"


def trace_composition(trace: Trace, report: Composition) -> None:
    if report.completed is None and report.failure is None and not report.held_back:
        trace.add(Stage.COMPOSE, QUOTES, reason="verbatim")
        return
    facts: JsonObject = {"said": report.said, "rejected": [*report.rejected], "failure": report.failure}
    if report.held_back:
        facts["held_back"] = report.held_back
    if report.recalled is not None:
        facts["recalled"], facts["left_out"] = len(report.recalled.utterances), report.recalled.dropped
        facts["known"], facts["memory_tokens"] = [*report.recalled.known], report.recalled.tokens
    if report.completed is not None:
        facts["model"] = report.completed.model
        facts["prompt_tokens"] = report.completed.usage.prompt_tokens
        facts["completion_tokens"] = report.completed.usage.completion_tokens
    chosen = "model" if report.said else QUOTES
    trace.add(Stage.COMPOSE, chosen, reason=report.failure or "verified", facts=facts)


def trace_heard(trace: Trace, context: TurnContext, heard: Heard) -> None:
    """The messages of the turn, and who answers them."""
    ids: JsonObject = {"messages": [message.id for message in context.messages]}
    facts: JsonObject = {"characters": len(heard.original), "was": context.state.language}
    trace.add(Stage.NORMALISE, heard.language, reason="newest_message", inputs=ids, facts=facts)
    trace.add(Stage.MODE, "queue" if context.is_queued else "assistant", reason="handler")


def trace_guard(trace: Trace, verdict: InputVerdict, *, policy: PolicyRule | None, mood: float | None) -> None:
    """What the text is trusted with, which policy class it falls under, how it sounds."""
    facts: JsonObject = {"markers": [*verdict.rules]}
    if policy is not None:
        facts["policy"], facts["policy_rule"] = policy.policy.value, policy.name
    trace.add(
        Stage.GUARD_IN,
        "allow" if verdict.is_trusted else "distrust",
        reason="no_marker" if verdict.is_trusted else "markers_of_instructions",
        alternatives=() if mood is None else (Choice("angry", mood),),
        threshold=ANGRY,
        facts=facts,
    )


def trace_said(trace: Trace, kinds: Mapping[str, int]) -> None:
    """What leaves, by where it comes from: every sentence has a source."""
    counts: JsonObject = {**kinds}
    trace.add(Stage.GUARD_OUT, "allow" if kinds else "nothing", reason="every_sentence_has_a_source", facts=counts)
