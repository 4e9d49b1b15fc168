"""How the steps of an answer are written down: what was understood, found and composed."""

from dataclasses import asdict

from kefu.dialogue.acting import Acted
from kefu.dialogue.answer.composing import Composition
from kefu.dialogue.answer.finding import Finding
from kefu.dialogue.query.understanding import StandAlone
from kefu.dialogue.tools.recording import to_trace
from kefu.dialogue.tools.results import ConfirmationRequested, Refused
from kefu.dialogue.trace import Choice, Trace
from kefu.domain.knowledge import Passage, Risk
from kefu.kit.jsonvalue import JsonObject


def trace_understanding(trace: Trace, typed: str, found: StandAlone) -> None:
    """Original, rewrite, and how; a complete question has no entry."""
    if found.lack is None:
        return
    facts: JsonObject = {"typed": typed, "question": found.text, "previous": found.previous}
    if found.proposed is not None:
        facts["proposed"], facts["failure"] = found.proposed.text, found.proposed.failure
    trace.add("understand", found.how, reason=f"incomplete: {found.lack}", facts=facts)


def trace_acted(trace: Trace, acted: Acted) -> None:
    """What the flows came to, and what the gate did."""
    for fact in acted.facts:
        if isinstance(fact, ConfirmationRequested):
            trace.add("gate", "wait", reason="a write is confirmed in a later turn", facts={"tool": fact.pending.tool})
        else:
            chosen = "refuse" if isinstance(fact, Refused) else fact.status
            trace.add("gate", chosen, reason=fact.code or "all checks passed", facts=to_trace(fact))
    for output in acted.outputs:
        fields = {name: value for name, value in asdict(output).items() if isinstance(value, str) and value}
        trace.add("evaluate", type(output).__name__, reason="flows from the top", facts=dict(fields))


def trace_finding(trace: Trace, finding: Finding) -> None:
    passages = tuple(Choice(_place(passage), passage.score) for passage in finding.passages)
    facts: JsonObject = {"probability": round(finding.probability, 4), "question": finding.question}
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
        "retrieve",
        "answer" if finding.is_answerable else "abstain",
        reason="calibrated probability against the threshold",
        alternatives=passages,
        threshold=round(finding.threshold, 4),
        facts=facts,
    )


def _place(passage: Passage) -> str:
    return f"{passage.chunk.document_key}#{passage.chunk.ordinal}"


def trace_composition(trace: Trace, report: Composition) -> None:
    if report.completed is None and report.failure is None and not report.held_back:
        trace.add("compose", "quotes", reason="verbatim")
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
    chosen = "model" if report.said else "quotes"
    trace.add("compose", chosen, reason=report.failure or "verified sentences", facts=facts)
