"""An asyncio server for `tools/soak.py` that fails a part of the requests.

    python tools/soak_server.py [--faults 0.05] [--seed 1]

It prints its port, and runs until its input is closed. A response contains the last segment of the
request's path as `id`. `/v1/statistics` returns what was received, and `/v1/barrier/N` responds to
N requests when all of them have arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter

FAULTS = ["drop", "cut", "500", "503", "slow", "malformed", "leftover"]
# A 429 slows all requests of a client, so there are few.
REQUESTS_PER_429 = 20_000
SLOW_SECONDS = 0.1


def encode(status: int, body: object, *lines: str) -> bytes:
    """Return a response with a JSON body."""
    content = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}", *lines, "", ""]
    return "\r\n".join(head).encode() + content


class SoakServer:
    """The responses, and what was received."""

    def __init__(self, faults: float, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.open = self.max_open = 0
        self._faults = faults
        self._rng = random.Random(seed)
        self._barriers: dict[int, list[asyncio.Future[None]]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Respond to the requests of one connection until one of the two ends it."""
        self.open += 1
        self.max_open = max(self.max_open, self.open)
        try:
            while await self._respond(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                await reader.readexactly(int(line[15:]))
        _, kind, name = head.split(b" ")[1].decode().partition("?")[0].rsplit("/", 2)
        if name == "statistics":
            counts = {**self.counts, "open": self.open, "max_open": self.max_open}
            writer.write(encode(200, counts))
            return True
        if kind == "barrier":
            await self._wait_for_all(int(name))
            writer.write(encode(200, {"id": int(name)}))
            return True
        return await self._respond_or_fail(writer, int(name))

    async def _respond_or_fail(self, writer: asyncio.StreamWriter, number: int) -> bool:
        self.counts["requests"] += 1
        fault = self._choose_fault()
        self.counts[fault] += 1
        response = self._encode(fault, number)
        if fault == "drop":
            return False
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        writer.write(response)
        await writer.drain()
        return fault not in {"cut", "malformed"}

    def _encode(self, fault: str, number: int) -> bytes:
        if fault == "429":
            return encode(429, {"title": "Too many"}, "Retry-After: 0")
        if fault in {"500", "503"}:
            return encode(int(fault), {"title": "Failed"})
        if fault == "malformed":
            return b"\0 no HTTP\r\n\r\n"
        response = encode(200, {"id": number, "name": "x" * (number % 3000)})
        if fault == "leftover":
            return response + encode(200, {"id": -1})
        return response[:-5] if fault == "cut" else response

    def _choose_fault(self) -> str:
        if self.counts["requests"] % REQUESTS_PER_429 == 0:
            return "429"
        return self._rng.choice(FAULTS) if self._rng.random() < self._faults else "none"

    async def _wait_for_all(self, count: int) -> None:
        waiting = self._barriers.setdefault(count, [])
        arrived = asyncio.get_running_loop().create_future()
        waiting.append(arrived)
        if len(waiting) == count:
            for future in self._barriers.pop(count):
                future.set_result(None)
        await arrived


async def main() -> None:
    """Serve until standard input is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    soak = SoakServer(options.faults, options.seed)
    server = await asyncio.start_server(soak.serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
