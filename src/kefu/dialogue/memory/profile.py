"""What is remembered of a contact: shown, kept with consent, and forgotten when the contact says so."""

from collections.abc import Iterable
from dataclasses import dataclass

from kefu.dialogue.commands import (
    Affirm,
    AskKB,
    Command,
    Deny,
    ForgetFacts,
    KeepFact,
    KeepNothing,
    ShowProfile,
)
from kefu.dialogue.context import TurnContext
from kefu.domain.conversation import Language
from kefu.domain.profile import Consent, ContactFact, FactSource, Profile, ProfileChange
from kefu.domain.turn import QuickReply
from kefu.kit.strings import Strings

ASK_CONSENT, ASK_FORGET = "profile_consent", "profile_forget"
"""Open questions: may this be remembered, and shall all of it be deleted."""
_YES, _NO = "profile:yes", "profile:no"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the profile: the key of the open question, its text, its answers."""

    key: str
    text: str
    replies: tuple[QuickReply, ...]


class Remembering:
    """The profile in one turn: ``apply`` first, ``keep`` what flows bring, then ``ask`` when no other question is open."""

    def __init__(self, context: TurnContext, *, strings: Strings, language: Language, is_trusted: bool) -> None:
        self.texts: list[str] = []
        self._context = context
        self._strings = strings
        self._language = language
        self._is_trusted = is_trusted
        self._profile: Profile = context.profile
        self._waiting = {fact.name: fact for fact in context.state.waiting}
        self._kept: dict[str, ContactFact] = {}
        self._forgotten: dict[str, None] = {}
        self._consent: Consent | None = None
        self._wants_to_forget = False

    def apply(self, commands: tuple[Command, ...]) -> tuple[Command, ...]:
        """Carry out what is about the profile; the commands that are left."""
        question = self._context.state.open_question
        rest: list[Command] = []
        for command in commands:
            match command.action:
                case Affirm() | Deny() if question in {ASK_CONSENT, ASK_FORGET}:
                    self._answer(question, is_yes=isinstance(command.action, Affirm))
                case AskKB(query) if question == ASK_FORGET and self._named(query) is not None:
                    self._answer(question, is_yes=self._named(query) is True)
                case KeepFact(name, value, display):
                    self._keep(name, value, display, source="statement", is_said=True)
                case ShowProfile():
                    self._show()
                case ForgetFacts(name):
                    self._forget(name)
                case KeepNothing():
                    self._keep_nothing()
                case _:
                    rest.append(command)
        if question == ASK_CONSENT and self._consent is None:
            self._waiting = {name: one for name, one in self._waiting.items() if one.turn_id == self._context.turn_id}
        return tuple(rest)

    def keep(self, name: str, value: object, display: str) -> None:
        """A value that a flow was told to keep; the customer is told when the list of facts changes with it."""
        self._keep(name, value, display, source="flow", is_said=False)

    def ask(self) -> Asked | None:
        """The question that is to be put now, if any; at most one a turn."""
        if self._wants_to_forget:
            text = self._get(ASK_FORGET, count=len(self._facts()))
            return Asked(ASK_FORGET, text, self._replies("profile_delete_yes", "profile_delete_no"))
        if not self._waiting or self._agreed is not None:
            return None
        text = self._get(ASK_CONSENT, facts=self._list(self._waiting.values()))
        return Asked(ASK_CONSENT, text, self._replies("profile_yes", "profile_no"))

    def change(self) -> ProfileChange | None:
        """What is to be stored; None: nothing was said or done about the profile, and nothing waits."""
        found = ProfileChange(
            tuple(self._kept.values()), tuple(self._forgotten), self._consent, tuple(self._waiting.values())
        )
        return found if found.is_stored or found.waiting or self._context.state.waiting else None

    @property
    def _agreed(self) -> Consent | None:
        return self._consent or self._profile.consent

    def _facts(self) -> dict[str, ContactFact]:
        known = {fact.name: fact for fact in self._profile.facts if fact.name not in self._forgotten}
        return {**known, **self._kept}

    def _keep(self, name: str, value: object, display: str, *, source: FactSource, is_said: bool) -> None:
        allowed = self._profile.find_allowed(name)
        if allowed is None or not self._is_trusted or not isinstance(value, str | int | float | bool):
            return None
        before = self._facts().get(name)
        if before is not None and before.value == value:
            return self._said("profile_kept", facts=self._shown(before)) if is_said else None
        now = self._context.now
        fact = ContactFact(
            name=name,
            value=value,
            display=display or str(value),
            source=source,
            conversation_id=self._context.conversation_id,
            turn_id=self._context.turn_id,
            at=now,
            expires_at=None if allowed.lasts is None else now + allowed.lasts,
        )
        if not allowed.needs_consent or self._agreed is Consent.GIVEN:
            self._store([fact])
        elif self._agreed is None:
            self._waiting[name] = fact
        elif is_said:
            self._said("acknowledged")
        return None

    def _store(self, facts: Iterable[ContactFact]) -> None:
        new = list(facts)
        for fact in new:
            self._kept[fact.name] = fact
            self._forgotten.pop(fact.name, None)
        self._said("profile_kept", facts=self._list(new))

    def _answer(self, question: str | None, *, is_yes: bool) -> None:
        if question == ASK_FORGET:
            return self._forget_all() if is_yes else self._said("profile_kept_on")
        if not self._waiting:
            return self._said("acknowledged")
        self._consent = Consent.GIVEN if is_yes else Consent.REFUSED
        waiting, self._waiting = [*self._waiting.values()], {}
        return self._store(waiting) if is_yes else self._said("profile_not_kept")

    def _named(self, words: str) -> bool | None:
        """What somebody means who types a button's title instead of pressing it; None for anything else."""
        titles = {self._get("profile_delete_yes"): True, self._get("profile_delete_no"): False}
        return {title.casefold(): meant for title, meant in titles.items()}.get(words.strip().casefold())

    def _show(self) -> None:
        facts = self._facts()
        if not facts:
            return self._said("profile_nothing")
        lines = [
            self._get("profile_line", title=self._title(one.name), value=one.display, day=f"{one.at:%Y-%m-%d}")
            for one in facts.values()
        ]
        self.texts.append("\n".join([self._get("profile_list"), *(f"- {line}" for line in lines)]))
        return None

    def _forget(self, name: str) -> None:
        self._waiting.pop(name, None)
        if not name:
            self._waiting.clear()
            if not self._facts():
                return self._said("profile_nothing")
            self._wants_to_forget = True
            return None
        fact = self._facts().get(name)
        if fact is None:
            return self._said("profile_not_known")
        self._drop(fact)
        return self._said("profile_fact_forgotten", fact=self._shown(fact))

    def _forget_all(self) -> None:
        for fact in self._facts().values():
            self._drop(fact)
        self._waiting.clear()
        self._said("profile_forgotten")

    def _keep_nothing(self) -> None:
        """Take back what was said last: what waits, or else the newest fact of this conversation."""
        here = [fact for fact in self._facts().values() if fact.conversation_id == self._context.conversation_id]
        if not self._waiting and here:
            newest = max(here, key=lambda fact: fact.at)
            for fact in (one for one in here if one.turn_id == newest.turn_id):
                self._drop(fact)
        if self._context.state.open_question == ASK_CONSENT:
            self._consent = Consent.REFUSED
        self._waiting.clear()
        self._said("profile_not_kept")

    def _drop(self, fact: ContactFact) -> None:
        self._kept.pop(fact.name, None)
        self._forgotten[fact.name] = None

    def _replies(self, yes: str, no: str) -> tuple[QuickReply, ...]:
        return QuickReply(self._get(yes), _YES), QuickReply(self._get(no), _NO)

    def _list(self, facts: Iterable[ContactFact]) -> str:
        return self._get("slot_comma").join(self._shown(fact) for fact in facts)

    def _shown(self, fact: ContactFact) -> str:
        return self._get("profile_fact", title=self._title(fact.name), value=fact.display)

    def _title(self, name: str) -> str:
        allowed = self._profile.find_allowed(name)
        return name if allowed is None else allowed.title[self._language]

    def _said(self, key: str, **fields: object) -> None:
        self.texts.append(self._get(key, **fields))

    def _get(self, key: str, **fields: object) -> str:
        return self._strings.get(key, self._language, **fields)
