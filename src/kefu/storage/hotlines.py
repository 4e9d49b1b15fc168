"""Whom a workspace tells its customers to call in an emergency."""

from sqlalchemy import bindparam

from kefu.domain.conversation import Hotlines
from kefu.storage.repository import Repository
from kefu.storage.tables import workspaces

_GET = Repository.select_own(workspaces, workspaces.c.hotlines)
_SET = Repository.update_own(workspaces).values(hotlines=bindparam("to_hotlines", type_=workspaces.c.hotlines.type))


class HotlineRepository(Repository):
    async def get(self) -> Hotlines:
        """By policy class and language; turns read them with their inbox."""
        hotlines: Hotlines = (await self._execute(_GET)).scalar_one()
        return hotlines

    async def put(self, hotlines: Hotlines) -> None:
        """From now on exactly these."""
        await self._execute(_SET, to_hotlines={policy: dict(texts) for policy, texts in hotlines.items()})
