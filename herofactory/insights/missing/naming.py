"""Which missing term somebody means, who has it from a list."""

from __future__ import annotations

from herofactory.insights.missing.states import UnknownTerm
from herofactory.insights.terms import term_of
from herofactory.platform.postgres.database import Connection

_NAMED = """SELECT term FROM missing_terms WHERE simulated = %(simulated)s
    AND (term IN (%(given)s, %(folded)s) OR form = %(given)s)
    ORDER BY term = %(given)s DESC, form = %(given)s DESC, last_at DESC, term LIMIT 1"""


async def named(connection: Connection, given: str, *, simulated: bool) -> str:
    """`given`: folded, the form that is shown, or any other spelling. Raises UnknownTerm."""
    wanted = {"simulated": simulated, "given": given, "folded": term_of(given)}
    cursor = await connection.execute(_NAMED, wanted)
    row = await cursor.fetchone()
    if row is None:
        raise UnknownTerm(f"{given!r} is no missing term; take `term` or `key` from the list of missing terms")
    return str(row["term"])
