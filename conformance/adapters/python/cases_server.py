"""The server of the shared cases: `cases_server.py (--stdio | --http HOST:PORT) [--options JSON]`."""

import argparse
import json
import sys
from typing import Any

from cases.fixture import make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stdio", action="store_true")
    where.add_argument("--http", metavar="HOST:PORT")
    parser.add_argument("--options", type=json.loads, default={})
    given = parser.parse_args()
    try:
        server = make(given.options)
    except ValueError as error:
        parser.error(str(error))
    http: dict[str, Any] = {} if given.stdio else {"sse": given.options.get("sse", False)}
    server.run(
        http=given.http,
        on_ready=lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
        **http,
    )


if __name__ == "__main__":
    main()
