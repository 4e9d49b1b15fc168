"""Flow files: what is read, and where an error is."""

from pathlib import Path

import pytest

from kefu.dialogue.flows.definition import AskAgain, Call, Collect, Flow, Review, Say, Score, When
from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.dialogue.flows.loading import list_flow_files, load_flow, read_flow_file
from kefu.dialogue.flows.outline import outline
from tests.support.flows import sample

REFERENCE = Path(__file__).parent / "samples"
HEAD = "flow: f\nversion: 1\ntitle: {zh: 事, en: thing}\n"
SLOTS = "slots:\n  a: {type: text, ask: {zh: 问, en: ask}}\n"


def load(text: str) -> Flow:
    return load_flow(text, file="f.yaml")


@pytest.mark.parametrize("name", ["rma_return", "risk_questionnaire"])
def test_the_guide_has_the_reference_flows_and_their_texts(name: str) -> None:
    bare, full = read_flow_file(REFERENCE / f"{name}.yaml"), sample(name)
    assert bare.texts == {}
    assert {step.key for step in full.steps if isinstance(step, Say) and step.key} <= set(full.texts)
    assert bare.slots.keys() == full.slots.keys()
    assert [type(step) for step in bare.steps] == [type(step) for step in full.steps]


def test_the_short_form_becomes_ordinary_steps() -> None:
    steps = sample("risk_questionnaire").steps
    assert [type(step) for step in steps] == [Collect, Collect, When, Collect, Score, Review, Call, Say]
    when, scored = steps[2], steps[4]
    assert isinstance(when, When)
    assert isinstance(when.do[0], AskAgain)
    assert isinstance(scored, Score)
    assert [(condition.source, band) for condition, band in scored.caps] == [("income_need == true", "conservative")]


def test_a_version_is_what_is_written() -> None:
    assert load("flow: f\nversion: 2026.10\ntitle: {zh: 事, en: t}\nsteps: [{end: x}]\n").version == "2026.10"


def test_the_content_hash_knows_content_from_layout() -> None:
    first = load(f"{HEAD}{SLOTS}steps: [{{collect: a}}]\n")
    moved = load(f"# a comment\n{HEAD}{SLOTS}steps:\n  - collect: a\n")
    changed = load(f"{HEAD}{SLOTS}steps: [{{collect: [a]}}]\n")
    assert first.content_hash == moved.content_hash != changed.content_hash


def test_a_step_is_named_by_its_content_and_equal_ones_are_numbered() -> None:
    flow = load(f"{HEAD}{SLOTS}steps: [{{collect: a}}, {{say: hello}}, {{collect: a}}]\n")
    other = load(f"{HEAD}{SLOTS}steps: [{{say: hello}}, {{collect: a}}]\n")
    first, said, second = (step.id for step in flow.steps)
    assert second == f"{first}-2"
    assert [step.id for step in other.steps] == [said, first]


def test_words_that_yaml_takes_for_booleans_are_words() -> None:
    flow = load(
        f"{HEAD}slots:\n  a: {{type: enum, ask: {{zh: 问, en: ask}}, values: {{on: {{zh: 开, en: on}}, no: {{zh: 关, en: no}}}}}}\n"
        "steps: [{collect: a}]\n"
    )
    assert [(option.value, option.words["en"]) for option in flow.slots["a"].values] == [
        ("on", ("on",)),
        ("no", ("no",)),
    ]


def test_arguments_are_expressions_literals_or_texts_with_a_dollar() -> None:
    flow = load(f"{HEAD}{SLOTS}steps: [{{call: {{tool: t, args: {{a: $a, b: '$a + 1', c: $$5, d: 3, e: [x, 1]}}}}}}]\n")
    (call,) = flow.steps
    assert isinstance(call, Call)
    expressions = {name: a.expression.source for name, a in call.arguments.items() if a.expression is not None}
    assert expressions == {"a": "a", "b": "a + 1"}
    assert {name: a.literal for name, a in call.arguments.items() if a.expression is None} == {
        "c": "$5",
        "d": 3,
        "e": ["x", 1],
    }


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "is empty"),
        ("- a\n", 1, "must be a mapping"),
        ("a: [", 1, "is not YAML"),
        (f"{HEAD}stps: []\n", 4, "no key `stps`"),
        (f"{HEAD}steps: []\nsteps: []\n", 5, "is there twice"),
        ("flow: f\nversion: 1\nsteps: [{end: x}]\n", 1, "no `title`"),
        (HEAD, 1, "has no steps"),
        (f"{HEAD}steps: [{{end: x, do: y}}]\n", 4, "no key `do`"),
        (f"{HEAD}steps: [{{jump: x}}]\n", 4, "a step begins with"),
        (f'{HEAD}steps:\n  - say: hello\n  - when: "a ** 2"\n    do: [{{end: x}}]\n', 6, "Pow is not allowed"),
        (f"{HEAD}steps:\n  - when: a\n", 5, "has no `do`"),
        (f"{HEAD}steps: &all [{{end: x}}]\ntexts: {{a: *all}}\n", 4, "anchors are not used"),
        (f"{HEAD}steps: [{{end: !!python/name:os.system x}}]\n", 4, "is not used here"),
        (f"{HEAD}steps: [{{end: Done}}]\n", 4, "lower case"),
        (f"{HEAD}steps: [{{end: x, id: same}}, {{say: a, id: same}}]\n", 4, "two steps have the id"),
        (f"{HEAD}mode: {{expires: soon}}\nsteps: [{{end: x}}]\n", 4, "must be a time"),
        (f"{HEAD}mode: {{order: random}}\nsteps: [{{end: x}}]\n", 4, "must be one of"),
        (f"{HEAD}mode: {{min_confidence: 2}}\nsteps: [{{end: x}}]\n", 4, "from 0 to 1"),
        (f"{HEAD}slots:\n  a: {{ask: {{zh: 问, en: ask}}}}\nsteps: [{{end: x}}]\n", 5, "has no type"),
        (f"{HEAD}slots:\n  a: {{type: text, ask: {{fr: quoi}}}}\nsteps: [{{end: x}}]\n", 5, "no key `fr`"),
        (f"{HEAD}steps: [{{review: all}}]\n", 4, "questions of a questionnaire"),
        (f"{HEAD}steps: [{{call: {{tool: t, args: {{a: [$b]}}}}}}]\n", 4, "an expression stands alone"),
        (f"{HEAD}steps: [{{offer_flow: handoff}}]\n", 4, "offer: handoff"),
        (f"{HEAD}questions: [{{id: q}}]\n", 4, "has no `ask`"),
        (f"{HEAD}questions: [{{id: q, ask: {{zh: 问, en: ask}}}}]\n", 4, "options, or the type bool"),
        (f"{HEAD}" + "steps: " + "[" * 40 + "]" * 40 + "\n", 4, "nested too deeply"),
    ],
)
def test_an_error_names_its_line_and_what_is_wrong(text: str, line: int, reason: str) -> None:
    with pytest.raises(FlowInvalidError) as found:
        load(text)
    assert found.value.line == line
    assert reason in found.value.reason
    assert found.value.detail.startswith(f"f.yaml:{line}: ")


def test_a_file_that_is_not_utf8_or_too_large_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes("标题".encode("gbk"))
    with pytest.raises(FlowInvalidError, match="UTF-8"):
        read_flow_file(file)
    file.write_text("#" * 300_000, encoding="utf-8")
    with pytest.raises(FlowInvalidError, match="larger than"):
        read_flow_file(file)
    with pytest.raises(FlowInvalidError, match="cannot be read"):
        read_flow_file(tmp_path / "missing.yaml")


def test_the_files_of_a_folder_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "notes.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in list_flow_files(tmp_path)] == ["a.yml", "b.yaml"]


def test_an_outline_names_every_question_and_step() -> None:
    lines = "\n".join(outline(sample("rma_return")))
    for expected in ("rma_return (version 4)", "where status == 'delivered'", "on not_delivered", "offer cancel_order"):
        assert expected in lines
    strict = "\n".join(outline(sample("risk_questionnaire")))
    for expected in ("needs the consent risk_profiling", "strict", "ask again loss", "balanced 5–9", "review horizon"):
        assert expected in strict
