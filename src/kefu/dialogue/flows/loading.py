"""Flow files → flows. Unknown keys are refused; every error names file and line."""

from pathlib import Path

from kefu.dialogue.flows.definition import AUTH_LEVELS, Auth, Flow, Mode, Needs, SlotSpec, Start, Wording
from kefu.dialogue.flows.errors import FlowInvalidError
from kefu.dialogue.flows.fields import to_duration, to_name, to_names, to_wording, to_words
from kefu.dialogue.flows.nodes import MAX_BYTES, Node, read
from kefu.dialogue.flows.questionnaire import Questionnaire
from kefu.dialogue.flows.reading_slots import read_question, read_slots
from kefu.dialogue.flows.reading_steps import StepReader
from kefu.kit.canonical import sha256_of

SUFFIXES = (".yaml", ".yml")
_KEYS = (
    "flow", "version", "title", "start", "needs", "mode", "slots", "questions", "rules", "result", "steps", "texts",
    "cancel",
)  # fmt: skip
_MODE_KEYS = ("wording", "llm", "order", "skip", "digressions", "expires", "audit", "min_confidence")


def read_flow_file(path: Path) -> Flow:
    """Load one file. Raises FlowInvalidError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FlowInvalidError(file=str(path), line=1, reason=f"is larger than {MAX_BYTES // 1024} kB")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FlowInvalidError(file=str(path), line=1, reason="is not UTF-8") from error
    except OSError as error:
        raise FlowInvalidError(file=str(path), line=1, reason=f"cannot be read: {error.strerror}") from error
    return load_flow(text, file=str(path))


def list_flow_files(path: Path) -> list[Path]:
    """The file itself, or all flow files below a folder, in order."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())


def load_flow(text: str, *, file: str) -> Flow:
    """Load the text of one file. Raises FlowInvalidError."""
    root = read(text, file=file)
    fields = root.mapping("a flow", *_KEYS)
    for key in ("flow", "version", "title"):
        if key not in fields:
            raise root.error(f"the flow has no `{key}`")
    asked = fields["questions"].list("questions") if "questions" in fields else ()
    questions = tuple(read_question(node) for node in asked)
    names = tuple(question.name for question in questions)
    steps = StepReader(names)
    short = Questionnaire(questions, rules=fields.get("rules"), result=fields.get("result"))
    before = short.before(steps)
    own = steps.read(fields["steps"]) if "steps" in fields else ()
    if not (before or own):
        raise root.error("the flow has no steps")
    return Flow(
        name=to_name(fields["flow"], "flow"),
        version=fields["version"].string("version"),
        title=to_wording(fields["title"], "title"),
        start=_read_start(fields["start"]) if "start" in fields else Start(),
        needs=_read_needs(fields["needs"]) if "needs" in fields else Needs(),
        mode=_read_mode(fields["mode"]) if "mode" in fields else Mode(),
        slots=_all_slots(fields.get("slots"), questions, root),
        steps=(*before, *own, *short.after(steps)),
        texts=_read_texts(fields["texts"]) if "texts" in fields else {},
        cancel=to_wording(fields["cancel"], "cancel") if "cancel" in fields else None,
        content_hash=sha256_of(root.source()),
        file=file,
        questions=names,
    )


def _all_slots(node: Node | None, questions: tuple[SlotSpec, ...], root: Node) -> dict[str, SlotSpec]:
    slots = {question.name: question for question in questions}
    if len(slots) != len(questions):
        raise root.error("two questions have the same id")
    for name, spec in (read_slots(node) if node is not None else {}).items():
        if name in slots:
            raise root.error(f"`{name}` is both a question and a slot")
        slots[name] = spec
    return slots


def _read_texts(node: Node) -> dict[str, Wording]:
    return {key: to_wording(text, f"the text {key}") for key, text in node.mapping("texts").items()}


def _read_start(node: Node) -> Start:
    fields = node.mapping("start", "intents", "examples", "not_examples")
    return Start(
        intents=to_names(fields["intents"], "intents") if "intents" in fields else (),
        examples=to_words(fields["examples"], "examples") if "examples" in fields else {},
        not_examples=to_words(fields["not_examples"], "not_examples") if "not_examples" in fields else {},
    )


def _read_needs(node: Node) -> Needs:
    fields = node.mapping("needs", "auth", "consent")
    found = fields["auth"].one_of("auth", *AUTH_LEVELS) if "auth" in fields else "anonymous"
    auth: Auth = next(level for level in AUTH_LEVELS if level == found)
    return Needs(auth, to_name(fields["consent"], "consent") if "consent" in fields else "")


def _read_mode(node: Node) -> Mode:
    fields = node.mapping("mode", *_MODE_KEYS)
    default = Mode()

    def one_of(key: str, *allowed: str) -> str:
        return fields[key].one_of(key, *allowed) if key in fields else str(getattr(default, key))

    confidence = fields["min_confidence"].scalar if "min_confidence" in fields else default.min_confidence
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise fields["min_confidence"].error("min_confidence is a number from 0 to 1")
    llm = one_of("llm", "full", "understand_only", "none")
    return Mode(
        wording="verbatim" if one_of("wording", "free", "verbatim") == "verbatim" else "free",
        llm="understand_only" if llm == "understand_only" else "none" if llm == "none" else "full",
        order="strict" if one_of("order", "free", "strict") == "strict" else "free",
        skip="deny" if one_of("skip", "allow", "deny") == "deny" else "allow",
        digressions="flows"
        if one_of("digressions", "flows", "answer_then_resume") == "flows"
        else "answer_then_resume",
        expires=to_duration(fields["expires"], "expires") if "expires" in fields else default.expires,
        audit="full" if one_of("audit", "normal", "full") == "full" else "normal",
        min_confidence=float(confidence),
    )
