"""A process of the platform with its figures at :9100/metrics: `measured.py worker`.

Under `hero up` all processes of one machine tell their figures through the API. Containers share no process table, so
each of them tells its own; whoever scrapes adds them up.
"""

import sys

from prometheus_client import start_http_server

PORT = 9100


def main(arguments: list[str]) -> int:
    from cli.run import main as run

    start_http_server(PORT)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
