"""``kefu kb calibrate``: how many answers may be wrong, and what that costs."""

from pathlib import Path
from typing import Annotated

import typer

from kefu.cli.progress import stoppable
from kefu.cli.session import AsJson, WorkspaceOption, get_workspace, print_json, run
from kefu.cli.working import finish
from kefu.domain.job import Job
from kefu.factory import Factory
from kefu.server.schemas_policy import (
    AnswerPolicyResponse,
    CalibrationReportBody,
    CalibrationResponse,
    ClassReportBody,
    FiguresBody,
)
from kefu.services.answer_policy import PolicyView
from kefu.services.calibration import CalibrationOrder
from kefu.services.evaluation.thresholds import Choice

_SET_BY = "command line"
_WHY = {
    Choice.TOO_FEW: "too few questions: {needed} answers are needed, even if none is wrong, and {quoted} can be given",
    Choice.OUT_OF_REACH: "out of reach: the smallest share that these questions can prove is {tightest:.1%}",
    Choice.NOT_HELD: "not held: chosen on one half of the questions, it left the budget on the other",
}


def to_share(text: str) -> float:
    """``2%`` and ``0.02`` are the same."""
    number = text.strip()
    try:
        return float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError as error:
        raise typer.BadParameter("A share is 2% or 0.02.") from error


_Share = Annotated[float, typer.Option(parser=to_share, metavar="SHARE")]


def calibrate(
    questions: Annotated[
        Path | None,
        typer.Option(help='Lines of {"id", "text", "relevant": [key]}; [] = no answer.', exists=True, dir_okay=False),
    ] = None,
    *,
    wrong: _Share = "2%",  # type: ignore[assignment]  # typer parses defaults too
    strict_wrong: _Share = "1%",  # type: ignore[assignment]
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure only.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show the policy in force.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the built-in thresholds.")] = False,
    workspace: WorkspaceOption = None,
    as_json: AsJson = False,
) -> None:
    """Answer only where at most so many answers are wrong, by questions whose right documents are known."""
    if sum((questions is not None, show, reset)) != 1:
        raise typer.BadParameter("Give one of --questions, --show and --reset.")
    if questions is None:
        view = run(lambda factory: _reset_or_show(factory, workspace, resets=reset))
        policy = AnswerPolicyResponse.of(view)
        print_json(policy.model_dump(mode="json")) if as_json else _show_policy(policy)
        return
    order = CalibrationOrder(str(questions), wrong=wrong, strict_wrong=strict_wrong, is_dry_run=dry_run, set_by=_SET_BY)
    with stoppable("Stopped. The policy is as it was."):
        raw = questions.read_bytes()
        found = CalibrationResponse.of(run(lambda factory: _calibrate(factory, raw, order, workspace)))
    print_json(found.model_dump(mode="json")) if as_json else _show(found)


async def _calibrate(factory: Factory, raw: bytes, order: CalibrationOrder, slug: str | None) -> Job:
    workspace = await get_workspace(factory, slug)
    ordered = await factory.calibration.order(workspace.id, raw, order)
    return await finish(factory, ordered, stops_with_us=True)


async def _reset_or_show(factory: Factory, slug: str | None, *, resets: bool) -> PolicyView:
    workspace = await get_workspace(factory, slug)
    if resets:
        await factory.answer_policies.reset(workspace.id)
    return await factory.answer_policies.get(workspace.id)


def _show_policy(policy: AnswerPolicyResponse) -> None:
    if policy.is_built_in:
        print("The built-in thresholds count.")
        return
    print(
        f"Set on {policy.set_at:%Y-%m-%d %H:%M} by {policy.set_by}, at knowledge version {policy.set_on_knowledge_version}."
    )
    if policy.is_outdated:
        print(f"The knowledge has changed since: it is at version {policy.knowledge_version}. Calibrate again.")
    for language, of_risk in policy.thresholds.items():
        for risk, one in of_risk.items():
            print(f"  {language} {risk:7} answer from {one.probability:.4f} on")
    if policy.report is not None:
        _show_report(policy.report)


def _show(found: CalibrationResponse) -> None:
    for problem in found.problems:
        print(f"{problem.item}: {problem.detail}")
    assert found.report is not None
    _show_report(found.report)
    if found.report.is_dry_run:
        print("Nothing was set (--dry-run).")
    elif not found.report.is_stored:
        print("Nothing was set: the thresholds are as they were.")


def _show_report(report: CalibrationReportBody) -> None:
    repeated = f" ({report.repeated} repeated ones left out)" if report.repeated else ""
    print(
        f"{report.questions} questions{repeated} at knowledge version {report.knowledge_version}, data {report.data_hash[:12]}"
    )
    for one in report.classes:
        _show_class(one)


def _show_class(one: ClassReportBody) -> None:
    print(f"\n{one.language} {one.risk}: at most {one.budget:.1%} wrong, {one.questions} questions")
    if one.threshold is None:
        why = _WHY[one.choice].format(needed=one.needed, quoted=one.quoted, tightest=one.tightest)
        print(f"  the threshold stays: {why}")
    else:
        print(f"  answer from {one.threshold.probability:.4f} on")
    if one.fitted is not None:
        print(f"  on these questions      {_line(one.fitted)}")
    if one.held_out.answered:
        remark = "" if one.threshold is None else "confirmed" if one.is_confirmed else "more questions would prove it"
        print(f"  on the half not used    {_line(one.held_out)}  {remark}".rstrip())
    print("  threshold  answered  wrong  share    bound    right of answerable  abstained of others")
    for point in one.curve:
        _show_point(point.threshold, point.figures)
    print(f"  probability     n   right   (ECE {one.ece:.3f}, Brier {one.brier:.3f})")
    for row in one.bins:
        print(f"  {row.probability:11.3f} {row.n:5}  {row.right:6.3f}")
    for number, wrong in enumerate(one.surest_wrong):
        begins = "  the surest wrong ones  " if not number else " " * 25
        print(f"{begins}{wrong.probability:.4f}  {wrong.id}  {wrong.text}  → {', '.join(wrong.quoted)}")


def _show_point(threshold: float, figures: FiguresBody) -> None:
    share = figures.wrong / figures.answered
    print(
        f"  {threshold:9.4f}  {figures.answered:8}  {figures.wrong:5}  {share:6.1%}  {figures.bound:7.1%}"
        f"  {figures.coverage:19.1%}  {figures.abstained:19.1%}"
    )


def _line(figures: FiguresBody) -> str:
    hopeless = figures.n - figures.answerable
    return (
        f"answered {figures.answered} of {figures.n}, wrong {figures.wrong} (at most {figures.bound:.1%}), "
        f"right {figures.right} of {figures.answerable} = {figures.coverage:.1%}, "
        f"silent {figures.silent} of {hopeless} without an answer = {figures.abstained:.1%}"
    )
