"""The server that the official conformance suite runs against: `everything_server.py --stdio | --http HOST:PORT`."""

import argparse
import sys

from dovetail import CacheHint, Server
from everything import asking, content, reporting, resources, rounds

KEPT = CacheHint(ttl=300)


def make() -> Server:
    server = Server(
        "conformance-everything",
        "1.0.0",
        "Fixtures of the official conformance suite.",
        resumable=True,
        cache={
            "discover": KEPT,
            "tools": KEPT,
            "prompts": KEPT,
            "resources": KEPT,
            "resource_templates": KEPT,
            "reads": CacheHint(ttl=300, private=True),
        },
    )
    for room in (content, reporting, asking, rounds, resources):
        room.add(server)
    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stdio", action="store_true")
    where.add_argument("--http", metavar="HOST:PORT")
    make().run(
        http=parser.parse_args().http,
        on_ready=lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
    )
