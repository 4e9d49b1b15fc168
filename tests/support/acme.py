"""A plugin that uses the whole surface beside tools, on a little system that can be made to fail, hang and lie."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from pydantic import Field

from kefu.plugins import (
    AddIndex,
    Channel,
    ChannelError,
    Column,
    CreateTable,
    DeltaKind,
    Every,
    Guard,
    Inbound,
    InboundMessage,
    Job,
    JobHandle,
    KnowledgeSource,
    Manifest,
    Marked,
    OutboundMessage,
    Plugin,
    PluginSettings,
    Put,
    Recognised,
    Recogniser,
    SlotType,
    SourceDocument,
    SourceEntry,
    SourcePage,
    TextContext,
    Verdict,
    WebhookAnswer,
    WebhookRequest,
    WorkContext,
)

NAME = "acme"
SECRET = "shared secret"
SECONDS = 0.2
_CONTRACT = re.compile(r"K-?(\d{4})(\d)", re.IGNORECASE)
_BARE = re.compile(r"(?<!\d)(\d{4})(\d)(?!\d)")
_MEMBER = re.compile(r"VIP\d{6}")
TABLES = (
    CreateTable(
        "products",
        (Column("sku"), Column("price", "decimal"), Column("stock", "integer"), Column("seen_at", "time"), Column("data", "json")),
        key=("sku",),
    ),
    AddIndex("products", ("price",)),
)  # fmt: skip


class AcmeSettings(PluginSettings):
    deliver_to: str = Field(default="", description="Where messages are delivered.")
    forbidden: str = Field(default="稳赚", description="What must not be said.")


@dataclass
class Acme:
    """``mode`` by part (``parse``, ``input``, ``output``, …): ``raises``, ``hangs``, ``blocks`` (never awaits), ``lies``."""

    folder: Path
    mode: dict[str, str] = field(default_factory=dict)
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Text and version of each page of the source, by key."""
    fetched: list[str] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    hangs_at: int | None = None
    """The number that the job ``count`` does not get past."""
    heard: list[tuple[str, str]] = field(default_factory=list)
    """(guard, text) of each question."""

    async def suffer(self, part: str) -> str:
        mode = self.mode.get(part, "")
        if mode == "raises":
            raise RuntimeError(f"{part} of acme is broken")
        if mode == "hangs":
            await asyncio.sleep(30)
        if mode == "blocks":
            time.sleep(1)  # noqa: ASYNC251 - that is what blocks
        return mode

    def plugin(self, **other: Any) -> Plugin:
        guards = Guards(self)
        source, channel, work = Source(self), Line(self), Work(self)
        parts: dict[str, Any] = {
            "slot_types": (
                SlotType("contract", parse=self.parse, validate=self.validate, seconds=SECONDS),
                SlotType("isbn", seconds=SECONDS),
            ),
            "recognisers": (
                Recogniser(
                    "marks", self.mark, frozenset({"isbn", "member"}), personal=frozenset({"member"}), seconds=SECONDS
                ),
            ),
            "guards": (
                Guard("inward", "input", guards.inward, seconds=SECONDS),
                Guard("outward", "output", guards.outward, seconds=SECONDS),
            ),
            "sources": (KnowledgeSource("pages", source.list_entries, source.fetch, seconds=2.0),),
            "channels": (Channel("line", channel.verify, channel.receive, channel.deliver, seconds=2.0),),
            "jobs": (
                Job("count", work.count, schedule=Every(timedelta(hours=1)), seconds=60.0),
                Job("stubborn", work.stubborn, seconds=0.5),
            ),
        }
        return Plugin(
            Manifest(NAME, "1.0", {"zh": "艾克米", "en": "Acme"}),
            strings=self.folder / "strings",
            settings=AcmeSettings,
            **{"tables": TABLES, "flows": self.folder / "flows", **parts, **other},
        )

    # ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def parse(self, text: str, ctx: TextContext) -> Sequence[Recognised]:
        if await self.suffer("parse") == "lies":
            return [Recognised(0, len(text) + 50, "x", "x")]
        patterns = [(_CONTRACT, 1.0), *([(_BARE, 0.9)] if ctx.is_asked else [])]
        return [
            Recognised(match.start(), match.end(), f"K{match[1]}{match[2]}", f"K-{match[1]}{match[2]}", sure)
            for pattern, sure in patterns
            for match in pattern.finditer(text)
        ]

    async def validate(self, value: object, ctx: TextContext) -> str | None:
        """The last digit is that of the sum of the others."""
        digits = [int(digit) for digit in str(value)[1:]]
        return None if sum(digits[:-1]) % 10 == digits[-1] else "wrong_digit"

    async def mark(self, text: str, ctx: TextContext) -> Sequence[Marked]:
        await self.suffer("mark")
        members = [Marked("member", match.start(), match.end()) for match in _MEMBER.finditer(text)]
        books = [
            Marked("isbn", match.start(), match.end(), value=match[1]) for match in re.finditer(r"ISBN\s?(\d+)", text)
        ]
        return [*members, *books]


@dataclass
class Guards:
    acme: Acme

    async def inward(self, text: str, ctx: TextContext) -> Verdict:
        self.acme.heard.append(("inward", text))
        if await self.acme.suffer("input") == "lies":
            return Verdict.block("not mine to say")
        if "内幕" in text:
            return Verdict.refuse("insider", text="no_insider")
        if "投诉监管" in text:
            return Verdict.hand_off("regulator", text="regulator")
        if "基金" in text:
            return Verdict.annotate("fund", topic="fund")
        return Verdict.allow()

    async def outward(self, text: str, ctx: TextContext) -> Verdict:
        self.acme.heard.append(("outward", text))
        await self.acme.suffer("output")
        if ctx.settings is not None and ctx.settings.forbidden in text:
            return Verdict.block("promise")
        if "收益" in text and ctx.kind is DeltaKind.QUOTE:
            return Verdict.replace("risk", text="with_risk")
        if ctx.notes.get("acme.inward", {}).get("topic") == "fund" and "天" in text:
            return Verdict.replace("fund", text="fund_note")
        return Verdict.allow()


@dataclass
class Source:
    acme: Acme

    async def list_entries(self, address: str, cursor: str | None, ctx: WorkContext) -> SourcePage:
        await self.acme.suffer("list")
        keys = sorted(self.acme.pages)
        start = int(cursor or 0)
        entries = [SourceEntry(key, self.acme.pages[key][1]) for key in keys[start : start + 2]]
        return SourcePage(entries, str(start + 2) if start + 2 < len(keys) else None)

    async def fetch(self, address: str, key: str, ctx: WorkContext) -> SourceDocument | None:
        await self.acme.suffer("fetch")
        self.acme.fetched.append(key)
        text = self.acme.pages[key][0]
        return SourceDocument(f"{key}.md", text.encode(), origin=f"acme:{key}") if text else None


@dataclass
class Line:
    """A channel that speaks JSON over HTTP, its calls signed."""

    acme: Acme

    async def verify(self, request: WebhookRequest, ctx: WorkContext) -> bool:
        await self.acme.suffer("verify")
        return hmac.compare_digest(request.headers.get("x-signature", ""), sign(request.body))

    async def receive(self, request: WebhookRequest, ctx: WorkContext) -> Inbound:
        await self.acme.suffer("receive")
        if request.method == "GET":
            return Inbound(answer=WebhookAnswer(body=request.query["challenge"]))
        body = json.loads(request.body)
        return Inbound([InboundMessage(one["id"], one["from"], one["text"]) for one in body["messages"]])

    async def deliver(self, message: OutboundMessage, ctx: WorkContext) -> None:
        await self.acme.suffer("deliver")
        body = {
            "id": message.id,
            "to": message.peer,
            "text": message.text,
            "author": message.author,
            "buttons": [reply.title for reply in message.quick_replies],
            "cards": list(message.cards),
        }
        async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
            answer = await client.post(ctx.settings.deliver_to, json=body)
        if answer.status_code == 410:
            raise ChannelError("the customer is gone", is_final=True)
        if answer.status_code >= 400:
            raise ChannelError(f"status {answer.status_code}")


@dataclass
class Work:
    acme: Acme

    async def count(self, job: JobHandle) -> dict[str, Any]:
        """Store ten products, one by one, from where it was."""
        begun = int(job.cursor.get("at", 0))  # type: ignore[arg-type]
        for number in range(begun, 10):
            await self.acme.suffer("job")
            if number == self.acme.hangs_at:
                await asyncio.sleep(60)
            self.acme.counted.append(number)
            await job.context.tables.apply(Put("products", [{"sku": f"s{number}", "stock": number}]))
            await job.report(done=number + 1, total=10, cursor={"at": number + 1})
        self.acme.runs.append(dict(job.payload))
        return {"counted": await job.context.tables.count("products")}

    async def stubborn(self, job: JobHandle) -> dict[str, Any] | None:
        await self.acme.suffer("stubborn")
        return {"odd": object()} if self.acme.mode.get("stubborn") == "lies" else None


def sign(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def write_acme(folder: Path) -> Acme:
    """Its flow and its texts, in a folder."""
    (folder / "flows").mkdir(parents=True, exist_ok=True)
    (folder / "strings").mkdir(exist_ok=True)
    (folder / "flows" / "contract.yaml").write_text(FLOW, encoding="utf-8")
    for language, texts in TEXTS.items():
        (folder / "strings" / f"{language}.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    return Acme(folder)


Check = Callable[[str, TextContext], Awaitable[Verdict]]
TEXTS = {
    "zh": {
        "wrong_digit": "合同号 {value} 的校验位不对。",
        "no_insider": "内幕消息不能讨论。",
        "regulator": "马上为您联系专员。",
        "with_risk": "{sentence}（投资有风险）",
        "fund_note": "{sentence}（基金另有规定）",
    },
    "en": {
        "wrong_digit": "The check digit of the contract number {value} is wrong.",
        "no_insider": "We do not talk about insider information.",
        "regulator": "A specialist will be with you.",
        "with_risk": "{sentence} (investing has risks)",
        "fund_note": "{sentence} (funds have rules of their own)",
    },
}
FLOW = """
flow: show_contract
version: 1
title: {zh: 查合同, en: Look up a contract}
start:
  intents: [show_contract]
  examples: {zh: [查一下合同, 查询我的合同, 合同查询], en: [look up my contract, show my contract, contract lookup]}
needs: {auth: anonymous}
slots:
  contract: {type: contract, ask: {zh: 请问合同号是多少？, en: "What is the contract number?"}}
steps:
  - collect: [contract]
  - say: {id: shown, zh: "合同 {contract} 已找到。", en: "Contract {contract} was found."}
cancel: {zh: 好的，不查了。, en: "OK, never mind."}
"""
