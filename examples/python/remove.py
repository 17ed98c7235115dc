"""A tool that asks before it deletes: `remove.py` on stdio, `remove.py --http HOST:PORT`."""

import argparse
import sys

from dovetail import Context, Server

files = ["a.txt", "b.txt", "c.txt"]

server = Server("remove", "1.0.0")


@server.tool
async def remove(path: str, ctx: Context) -> str:
    """Delete a file after asking"""
    if path not in files:
        raise FileNotFoundError(f"no such file: {path}")
    if not await ctx.confirm(f"Delete {path}?"):
        return f"kept {path}"
    files.remove(path)
    return f"deleted {path}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--http", metavar="HOST:PORT")
    server.run(
        http=parser.parse_args().http,
        on_ready=lambda url: print(f"listening on {url}", file=sys.stderr, flush=True),
    )
