"""Everything that can be known to be wrong with flows before a customer meets them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from kefu.dialogue.flows.definition import LANGUAGES, Flow, Offer, walk
from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.dialogue.flows.findings import Catalogue, Finding, Report
from kefu.dialogue.flows.lint_slots import check_examples, check_score, check_slots, check_wordings
from kefu.dialogue.flows.lint_steps import StepLint
from kefu.dialogue.flows.loading import list_flow_files, read_flow_file
from kefu.dialogue.flows.slot_types import KINDS


def lint(flows: Sequence[Flow], catalogue: Catalogue) -> list[Finding]:
    """The findings of all flows, by file and line."""
    names = frozenset(flow.name for flow in flows)
    findings: list[Finding] = []
    for flow in flows:
        report = Report(flow.file)
        check_wordings(flow, report)
        check_examples(flow, report)
        check_slots(flow, report, types=frozenset(KINDS) | catalogue.slot_types)
        check_score(flow, report)
        StepLint(flow, report, catalogue=catalogue, flows=names).check()
        findings.extend(report.findings)
    findings.extend(_between(flows))
    return sorted(dict.fromkeys(findings), key=lambda found: (found.file, found.line, found.code, found.message))


def check_files(paths: Sequence[Path], catalogue: Catalogue) -> tuple[list[Flow], list[Finding]]:
    """Read and lint files or folders of them; a file that cannot be read is a finding."""
    flows: list[Flow] = []
    broken: list[Finding] = []
    for file in (file for path in paths for file in list_flow_files(path)):
        try:
            flows.append(read_flow_file(file))
        except FlowInvalidError as error:
            broken.append(Finding(error.file, error.line, "error", "invalid", error.reason))
    return flows, broken + lint(flows, catalogue)


def load_flows(paths: Sequence[Path], catalogue: Catalogue) -> tuple[Mapping[str, Flow], list[Finding]]:
    """The flows by name, and the warnings. Raises FlowInvalidError for the first error."""
    flows, findings = check_files(paths, catalogue)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        more = f" ({len(errors) - 1} more: `kefu flow check`)" if len(errors) > 1 else ""
        first = errors[0]
        raise FlowInvalidError(file=first.file, line=first.line, reason=f"{first.message}{more}")
    return {flow.name: flow for flow in flows}, findings


def _between(flows: Sequence[Flow]) -> list[Finding]:
    """What is wrong between flows: names and examples that are there twice, offers that go in a circle."""
    findings: list[Finding] = []
    by_name: dict[str, Flow] = {}
    examples: dict[str, Flow] = {}
    for flow in flows:
        if flow.name in by_name:
            message = f"{by_name[flow.name].file} has a flow {flow.name} too"
            findings.append(Finding(flow.file, 1, "error", "flow_twice", message))
        by_name[flow.name] = flow
        for text in (text for language in LANGUAGES for text in flow.start.examples.get(language, ())):
            other = examples.setdefault(text.casefold(), flow)
            if other is not flow:
                message = f"«{text}» is an example of {other.name} too"
                findings.append(Finding(flow.file, 1, "error", "example_conflict", message))
    offers = {name: _offers(flow) & set(by_name) for name, flow in by_name.items()}
    for name, flow in by_name.items():
        if any(name in offers[other] for other in offers[name] - {name}):
            findings.append(Finding(flow.file, 1, "warning", "cyclic_offer", "a flow that it offers offers it back"))
    return findings


def _offers(flow: Flow) -> set[str]:
    return {step.target for step in walk(flow.steps) if isinstance(step, Offer)}
