"""A workspace's own terms."""

from sqlalchemy import Row, bindparam

from kefu.domain.knowledge import Term, TermKind
from kefu.kit.ids import new_id
from kefu.storage.repository import Repository
from kefu.storage.tables import terms

_IS_NAMED = terms.c.language == bindparam("of_language"), terms.c.text == bindparam("of_text")
_ADD = Repository.insert(terms)
_LIST = Repository.select(terms).order_by(terms.c.language, terms.c.text)
_REMOVE = Repository.delete(terms).where(*_IS_NAMED)


class TermRepository(Repository):
    async def list_all(self) -> list[Term]:
        """Every term, by language and text; their number is limited where they are added."""
        return [_to_term(row) for row in await self._execute(_LIST)]

    async def put(self, term: Term) -> None:
        """Store a term in the place of one with the same language and text."""
        await self.remove(term.text, term.language)
        row = {
            "id": new_id("term"),
            "language": term.language,
            "text": term.text,
            "synonyms": list(term.synonyms),
            "kind": term.kind,
        }
        await self._add(_ADD, row)

    async def remove(self, text: str, language: str) -> bool:
        """False when there was none."""
        return (await self._execute(_REMOVE, of_text=text, of_language=language)).rowcount > 0


def _to_term(row: Row[tuple[object, ...]]) -> Term:
    return Term(row.language, row.text, tuple(row.synonyms), TermKind(row.kind))
