"""Each finding of the linter, planted; and flows that are right."""

from pathlib import Path

import pytest

from kefu.dialogue.flows.definition import Flow
from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.dialogue.flows.findings import Catalogue, Finding
from kefu.dialogue.flows.lint import check_files, lint, load_flows
from tests.support.flows import CANCEL_ORDER, GUIDE, TOOLS, flow_of, sample, write_tool

HEAD = "flow: f\nversion: 1\ntitle: {zh: 事, en: thing}\n"
ASK = "ask: {zh: 问, en: ask}"
SLOT = f"slots:\n  a: {{type: text, {ASK}}}\n"
CATALOGUE = Catalogue(
    tools={**TOOLS, "blind": write_tool("blind", is_confirmed=False)}, policy=frozenset({"return_days"})
)


def find(text: str, *others: Flow) -> list[Finding]:
    return lint([flow_of(HEAD + text), *others], CATALOGUE)


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings}


def test_the_flows_of_the_guide_are_right() -> None:
    flows = [sample("rma_return"), sample("risk_questionnaire"), flow_of(CANCEL_ORDER)]
    assert lint(flows, CATALOGUE) == []


def slot(rest: str, steps: str = "steps: [{collect: a}]\n") -> str:
    return f"slots:\n  a: {{{rest}}}\n{steps}"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("missing_language", f"{SLOT}steps: [{{collect: a}}, {{say: {{zh: 好}}}}]\n"),
        ("missing_language", slot("type: text, ask: {en: ask}")),
        ("missing_language", slot(f"type: enum, {ASK}, values: {{x: {{zh: [甲]}}}}")),
        ("missing_language", f"{SLOT}steps: [{{collect: a}}]\ncancel: {{en: bye}}\n"),
        ("missing_examples", f"{SLOT}start: {{examples: {{zh: [退货]}}}}\nsteps: [{{collect: a}}]\n"),
        ("unknown_slot", f"{SLOT}steps: [{{collect: [a, b]}}]\n"),
        ("unknown_slot", f"{SLOT}steps: [{{collect: a}}, {{review: [b]}}]\n"),
        ("unknown_slot", f"{SLOT}steps: [{{collect: a}}, {{ask_again: [b]}}]\n"),
        ("unknown_name", f'{SLOT}steps: [{{when: "a == b", do: [{{end: x}}]}}]\n'),
        ("unknown_name", f'{SLOT}steps: [{{collect: a}}, {{say: {{zh: "{{b}}", en: "{{b}}"}}}}]\n'),
        ("unknown_name", f"{SLOT}steps: [{{when: o.status, do: [{{end: x}}]}}, {{call: {{tool: get_order, args: {{order_id: $a}}, as: o}}}}]\n"),
        ("unknown_name", f"{SLOT}steps: [{{when: a, do: [{{call: {{tool: get_order, args: {{order_id: $a}}, as: o}}}}]}}, {{when: o.status, do: [{{end: x}}]}}]\n"),
        ("unknown_name", f"{SLOT}steps: [{{when: all, do: [{{collect: a}}]}}]\n"),
        ("unknown_fact", f"{SLOT}steps: [{{call: {{tool: get_order, args: {{order_id: $a}}, as: o}}}}, {{when: o.colour, do: [{{end: x}}]}}]\n"),
        ("unknown_policy", f'{SLOT}steps: [{{when: "a == policy.colour", do: [{{end: x}}]}}]\n'),
        ("unknown_text", f"{SLOT}steps: [{{collect: a}}, {{say: hello}}]\n"),
        ("unknown_flow", f"{SLOT}steps: [{{collect: a}}, {{offer_flow: nowhere}}]\n"),
        ("unknown_tool", f"{SLOT}steps: [{{call: {{tool: nothing, args: {{x: $a}}}}}}]\n"),
        ("unknown_tool", slot(f"type: choice, {ASK}, choices: {{tool: nothing}}")),
        ("unknown_argument", f"{SLOT}steps: [{{call: {{tool: get_order, args: {{order_id: $a, x: 1}}}}}}]\n"),
        ("missing_argument", f"{SLOT}steps: [{{collect: a}}, {{call: {{tool: get_order}}}}]\n"),
        ("unknown_type", slot(f"type: colour, {ASK}")),
        ("unknown_loop", slot(f"type: text, {ASK}, per: row")),
        ("unknown_code", f"{SLOT}steps: [{{call: {{tool: cancel_order, args: {{order_id: $a}}}}, on_error: {{rain: {{end: x}}}}}}]\n"),
        ("unreachable_step", f"{SLOT}steps: [{{end: x}}, {{collect: a}}]\n"),
        ("unreachable_step", f"{SLOT}steps: [{{when: a, do: [{{end: x}}], else: [{{handoff: y}}]}}, {{say: {{zh: 好, en: ok}}}}]\n"),
        ("write_without_confirmation", f"{SLOT}steps: [{{collect: a}}, {{call: {{tool: blind}}}}]\n"),
        ("review_missing", f"mode: {{order: strict}}\n{SLOT}steps: [{{call: {{tool: cancel_order, args: {{order_id: $a}}}}}}]\n"),
        ("ask_missing", slot("type: text")),
        ("choices_missing", slot(f"type: choice, {ASK}")),
        ("choices_unfit", slot(f"type: money, {ASK}, choices: {{tool: list_my_orders}}")),
        ("choices_write", slot(f"type: choice, {ASK}, choices: {{tool: blind}}")),
        ("bad_enum", slot(f"type: enum, {ASK}")),
        ("bad_enum", slot(f"type: enum, {ASK}, values: {{x: {{zh: 甲, en: one}}, y: {{zh: 乙, en: One}}}}")),
        ("bad_limits", slot(f"type: number, {ASK}, min: 3, max: 2")),
        ("bad_direction", slot(f"type: number, {ASK}, direction: past")),
        ("bad_pattern", slot(f"type: order_ref, {ASK}, pattern: '('")),
        ("slot_cycle", f"slots:\n  a: {{type: text, {ASK}, when: b}}\n  b: {{type: text, {ASK}, when: a}}\nsteps: [{{collect: a}}]\n"),
        ("name_taken", f"slots:\n  policy: {{type: text, {ASK}}}\nsteps: [{{collect: policy}}]\n"),
        ("name_taken", f"{SLOT}steps: [{{call: {{tool: get_order, args: {{order_id: $a}}, as: a}}}}]\n"),
        ("slot_unused", f"{SLOT}steps: [{{end: x}}]\n"),
        ("skip_denied", f"mode: {{skip: deny}}\n{slot(f'type: text, {ASK}, skip: {{zh: 跳过, en: skip}}')}"),
        ("fact_not_declared", f'{SLOT}steps: [{{call: {{tool: get_order, args: {{order_id: $a}}, as: o}}}}, {{say: {{zh: "{{o.id}}", en: "{{o.id}}"}}}}]\n'),
        ("example_conflict", f"{SLOT}start: {{examples: {{zh: [退货], en: [Return it]}}, not_examples: {{en: ['return it?']}}}}\nsteps: [{{collect: a}}]\n"),
        ("cyclic_offer", f"{SLOT}steps: [{{collect: a}}, {{offer_flow: f}}]\n"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(code: str, text: str) -> None:
    assert code in codes(find(text))


def questionnaire(bands: str, score: str = '{"yes": 1, "no": 0}') -> str:
    return (
        f"questions:\n  - {{id: a, type: bool, score: {score}, {ASK}}}\n  - {{id: b, type: bool, score: {{'yes': 5, 'no': 0}}, {ASK}}}\n"
        f"result: {{sum: score, bands: {{{bands}}}}}\n"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("band_gap", questionnaire("low: [0, 2], high: [4, 6]")),
        ("band_gap", questionnaire("low: [0, 2], high: [3, 5]")),
        ("band_overlap", questionnaire("low: [0, 3], high: [3, 6]")),
        ("score_missing", questionnaire("low: [0, 6]", score='{"yes": 1}')),
    ],
)
def test_points_and_bands_must_fit(code: str, text: str) -> None:
    assert code in codes(find(text))


def test_two_flows_do_not_share_a_name_or_an_example() -> None:
    text = f"{HEAD}{SLOT}start: {{examples: {{zh: [退货], en: [return]}}}}\nsteps: [{{collect: a}}]\n"
    other = flow_of(text.replace("flow: f", "flow: g"))
    assert codes(lint([flow_of(text), other], CATALOGUE)) == {"example_conflict"}
    assert "flow_twice" in codes(lint([flow_of(text), flow_of(text + "# again\n")], CATALOGUE))


def test_flows_that_offer_each_other_are_a_warning() -> None:
    there = flow_of(f"{HEAD}{SLOT}steps: [{{collect: a}}, {{offer_flow: g}}]\n")
    back = flow_of(f"{HEAD.replace('flow: f', 'flow: g')}{SLOT}steps: [{{collect: a}}, {{offer_flow: f}}]\n")
    assert {(found.code, found.severity) for found in lint([there, back], CATALOGUE)} == {("cyclic_offer", "warning")}


def test_what_is_not_known_is_not_checked() -> None:
    findings = lint([flow_of(f"{HEAD}{SLOT}steps: [{{call: {{tool: nothing, args: {{x: $a}}}}}}]\n")], Catalogue())
    assert findings == []


def test_every_code_is_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    source = "".join(file.read_text(encoding="utf-8") for file in (Path("src/kefu/dialogue/flows")).glob("lint*.py"))
    used = {part.split('"')[0] for part in source.split(', "')[1:] if part.split('"')[0].replace("_", "").isalpha()}
    written = {word for word in used if "_" in word}
    assert written
    assert [code for code in sorted(written) if f"`{code}`" not in guide and not code.startswith("flow_")] == []


def test_an_error_stops_loading_with_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(f"{HEAD}{SLOT}steps: [{{collect: [a, b]}}, {{offer_flow: nowhere}}]\n", encoding="utf-8")
    with pytest.raises(FlowInvalidError, match=r"f\.yaml:6: there is no (slot b|flow nowhere) \(1 more"):
        load_flows([tmp_path], CATALOGUE)


def test_a_file_that_cannot_be_read_is_a_finding_beside_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(f"{HEAD}{SLOT}steps: [{{collect: a}}]\n", encoding="utf-8")
    flows, findings = check_files([tmp_path], CATALOGUE)
    assert [flow.name for flow in flows] == ["f"]
    assert codes(findings) == {"invalid"}


def test_warnings_are_reported_and_do_not_stop(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(f"{HEAD}{SLOT}steps: [{{end: x}}]\n", encoding="utf-8")
    flows, findings = load_flows([tmp_path], CATALOGUE)
    assert list(flows) == ["f"]
    assert codes(findings) == {"slot_unused"}
