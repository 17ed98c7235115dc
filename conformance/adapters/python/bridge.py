"""Drives the native layer's testkit session by JSON lines: one line in, one line out."""

import json
import os
import sys
import warnings
from typing import Any

from dovetail import DovetailError, _native
from dovetail._codes import Kind

Answer = dict[str, Any]


class Bridge:
    """One testkit session on the runtime of the process."""

    def __init__(self) -> None:
        self.runtime = _native.runtime_default()
        self.open({})

    def open(self, _: Answer) -> Answer:
        self.session = _native.testkit_open(self.runtime)
        return {}

    def request(self, line: Answer) -> Answer:
        params = json.dumps(line.get("params", {})).encode()
        self.session.request(line["key"], line["op"], params, b"")
        return {}

    def cancel(self, line: Answer) -> Answer:
        self.session.cancel(line["key"])
        return {}

    def reply(self, line: Answer) -> Answer:
        self.session.reply(line["call"], line.get("shape", 0), self.body(line))
        return {}

    def proceed(self, line: Answer) -> Answer:
        self.session.proceed(line["call"], line["key"], self.body(line))
        return {}

    @staticmethod
    def body(line: Answer) -> bytes:
        return json.dumps(line["json"]).encode() if "json" in line else b""

    def raw_reply(self, line: Answer) -> Answer:
        self.session.reply(line["call"], line.get("shape", 0), bytes.fromhex(line["hex"]))
        return {}

    def fail(self, line: Answer) -> Answer:
        known = ("kind", "detail", "code", "data")
        failure = line.get("json") or {name: line[name] for name in known if name in line}
        self.session.fail(line["call"], json.dumps(failure).encode())
        return {}

    def progress(self, line: Answer) -> Answer:
        self.session.progress(line["call"], json.dumps(line["json"]).encode())
        return {}

    def ask(self, line: Answer) -> Answer:
        self.session.ask(line["call"], line["key"], json.dumps(line["json"]).encode())
        return {}

    def call_info(self, line: Answer) -> Answer:
        return {"info": json.loads(self.session.call_info(line["call"]))}

    def close(self, line: Answer) -> Answer:
        self.session.close(line["key"], line.get("deadline", 0))
        return {}

    def next(self, line: Answer) -> Answer:
        events = self.session.next_events(line.get("max", 64), line.get("timeout", 0))
        return {
            "events": [
                {
                    "kind": Kind(kind).name.lower(),
                    "code": code,
                    "key": key,
                    "payload": json.loads(payload) if payload else None,
                }
                for kind, code, key, payload in events
            ]
        }

    def status(self, _: Answer) -> Answer:
        return {"status": json.loads(self.session.status())}

    def big(self, line: Answer) -> Answer:
        text = json.dumps({"text": "x" * line["bytes"]}).encode()
        self.session.request(line["key"], "echo", text, b"")
        while True:
            for _, _, key, payload in self.session.next_events(1, 10_000):
                if key == line["key"]:
                    return {"length": len(json.loads(payload)["text"])}

    def exit_pending(self, line: Answer) -> Answer:
        self.session.request(1_000_001, "never", b"", b"")
        self.session.request(1_000_002, "flood", b'{"count": 100000}', b"")
        return {}

    def fork(self, _: Answer) -> Answer:
        """Answers what the child got: it must be refused."""
        # That a process with threads forks is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, json.dumps(self.answer({"do": "request", "key": 1_000_003, "op": "echo"})).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as pipe:
            answer: Answer = json.loads(pipe.read())
        os.waitpid(child, 0)
        return answer

    def answer(self, line: Answer) -> Answer:
        """What one line is answered with."""
        try:
            return {"ok": True, **getattr(self, line["do"])(line)}
        except DovetailError as error:
            return {"error": {"code": int(error.code), "name": error.name, "detail": error.detail}}


def main() -> None:
    bridge = Bridge()
    for text in sys.stdin:
        line = json.loads(text)
        answer = bridge.answer(line)
        if "error" in answer:
            answer.pop("ok", None)
        print(json.dumps(answer), flush=True)
        if line["do"] == "exit_pending":
            return


main()
