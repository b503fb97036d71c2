"""Whether the process of this container is at work: `beating.py NAME`, the name its database connections go by.

Each part writes its heartbeat to the database every second, over connections that bear its name. A container that has
none, or whose last query is older than 15 s, does nothing, whatever its process table says. Asked this way, every one
of several workers answers for itself.
"""

import os
import sys

import psycopg

SILENT_S = 15.0
QUERY = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - max(query_start)), 'infinity')::float8
    FROM pg_stat_activity WHERE application_name = %s AND client_addr IS NOT DISTINCT FROM inet_client_addr()
"""


def main(name: str) -> int:
    try:
        with psycopg.connect(
            os.environ["HERO_DATABASE_URL"], connect_timeout=5, application_name="health"
        ) as connection:
            row = connection.execute(QUERY, (name,)).fetchone()
    except psycopg.Error as error:
        print(f"the database does not answer: {error}")
        return 1
    silent = row[0] if row else float("inf")
    print(f"{name}: last heard of {silent:.0f} s ago")
    return int(silent > SILENT_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
