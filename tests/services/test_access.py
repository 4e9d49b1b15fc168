"""Keys: shown once, checked, expired, revoked, and good for one workspace only."""

from datetime import timedelta

import pytest

from kefu.domain.access import Scope
from kefu.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from kefu.kit.clock import Clock
from kefu.services.access import AccessService, require_scope
from kefu.storage.database import Database
from tests.storage.seeds import seed


async def test_a_key_says_whose_it_is_and_what_it_may_do(database: Database) -> None:
    found, access = await seed(database), AccessService(database, clock=Clock())
    issued = await access.issue(found.workspace.id, name="erp", scopes=[Scope.JOBS_READ])
    operator = await access.authenticate(issued.token)
    assert (operator.workspace_id, operator.scopes) == (found.workspace.id, frozenset({Scope.JOBS_READ}))
    require_scope(operator, Scope.JOBS_READ)
    with pytest.raises(ForbiddenError, match="knowledge:write"):
        require_scope(operator, Scope.KNOWLEDGE_WRITE)


async def test_the_secret_is_not_kept(database: Database) -> None:
    found, access = await seed(database), AccessService(database, clock=Clock())
    issued = await access.issue(found.workspace.id, name="erp", scopes=[])
    secret = issued.token.partition(".")[2]
    (kept,) = await access.list_keys(found.workspace.id)
    assert len(secret) > 40
    assert secret not in repr(kept)


async def test_what_is_no_key_is_refused(database: Database) -> None:
    found, access = await seed(database), AccessService(database, clock=Clock())
    token = (await access.issue(found.workspace.id, name="erp", scopes=[])).token
    late = await access.issue(found.workspace.id, name="late", scopes=[], lifetime=timedelta(seconds=-1))
    for wrong in ("", ".", token[:-1], token + "x", token.partition(".")[0], "key_unknown.secret", late.token):
        with pytest.raises(UnauthenticatedError):
            await access.authenticate(wrong)


async def test_a_revoked_key_is_refused_at_once_and_only_its_own_workspace_can_revoke(database: Database) -> None:
    found, other = await seed(database), await seed(database, slug="other")
    access = AccessService(database, clock=Clock())
    issued = await access.issue(found.workspace.id, name="erp", scopes=[])
    with pytest.raises(NotFoundError):
        await access.revoke(other.workspace.id, issued.key.id)
    await access.authenticate(issued.token)
    await access.revoke(found.workspace.id, issued.key.id)
    with pytest.raises(UnauthenticatedError):
        await access.authenticate(issued.token)
