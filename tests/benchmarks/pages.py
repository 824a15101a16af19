"""How long pages take, over HTTP on one connection that is kept open, and what the first page carries.

python -m tests.benchmarks.pages
"""

from __future__ import annotations

import http.client
import re
import time
from typing import Final

from advisor.files import content
from tests.benchmarks.api import served

_TIMES: Final = 200


def main() -> None:
    """Print P50 and P95 of each page, and the bytes of the first one with all that it loads."""
    text = (content("examples") / "iot-log-classifier.yaml").read_bytes()
    with served("api") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def asked(method: str, path: str, body: bytes = b"", kind: str = "application/yaml") -> bytes:
            connection.request(method, path, body, {"Content-Type": kind})
            reply = connection.getresponse()
            raw = reply.read()
            assert reply.status < 400, (path, reply.status, raw[:300])
            return raw

        case = re.search(rb"case-\w+", asked("POST", "/api/v1/cases", text))
        assert case
        paths = ["/", "/cases", *(f"/cases/{case[0].decode()}/{part}" for part in ("answers", "result"))]
        paths.append(f"/cases/{case[0].decode()}/questions/need.gaps")
        for path in paths:
            asked("GET", path)
            taken = []
            for _ in range(_TIMES):
                begun = time.perf_counter()
                asked("GET", path)
                taken.append((time.perf_counter() - begun) * 1e3)
            taken.sort()
            shown = re.sub(r"case-\w+", "ID", path)
            print(f"{shown:30} p50 {taken[_TIMES // 2]:6.1f} ms  p95 {taken[int(_TIMES * 0.95)]:6.1f} ms")
        first = asked("GET", "/")
        loaded = [match.decode() for match in re.findall(rb'(?:href|src)="(/static/[^"]+)"', first)]
        carried = len(first) + sum(len(asked("GET", path)) for path in loaded)
        print(f"the first page carries {carried / 1000:.1f} kB, with {', '.join(loaded) or 'nothing beside it'}")


if __name__ == "__main__":
    main()
