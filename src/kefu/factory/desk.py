"""What agents work with."""

from datetime import timedelta
from functools import cached_property

from kefu.factory.turns import TurnParts
from kefu.services.desk.holding import HoldingService
from kefu.services.desk.hours import HoursService
from kefu.services.desk.people import PeopleService
from kefu.services.desk.phrases import PhraseService
from kefu.services.desk.presence import PresenceService
from kefu.services.desk.speaking import SpeakingService
from kefu.services.desk.suggesting import SuggestingService


class DeskParts(TurnParts):
    """The agents' desk."""

    @cached_property
    def desk_holding(self) -> HoldingService:
        return HoldingService(
            self.database, delivery=self.delivery, runner=self.runner, strings=self.strings, clock=self.clock
        )

    @cached_property
    def desk_speaking(self) -> SpeakingService:
        return SpeakingService(self.database, delivery=self.delivery, clock=self.clock)

    @cached_property
    def desk_suggesting(self) -> SuggestingService:
        return SuggestingService(self.database, knowledge=self.knowledge, finder=self.finder, clock=self.clock)

    @cached_property
    def desk_people(self) -> PeopleService:
        return PeopleService(self.database, access=self.access, clock=self.clock)

    @cached_property
    def desk_presence(self) -> PresenceService:
        grace = timedelta(seconds=self.settings.agent_grace_seconds)
        return PresenceService(self.database, bus=self.bus, grace=grace, clock=self.clock)

    @cached_property
    def desk_phrases(self) -> PhraseService:
        return PhraseService(self.database)

    @cached_property
    def desk_hours(self) -> HoursService:
        return HoursService(self.database)
