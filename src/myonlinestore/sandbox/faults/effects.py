"""What a fault makes of an answer: an error in its place, a broken connection, a bad body."""

from __future__ import annotations

import gzip
import math
import random
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import Response

from myonlinestore.sandbox.http.connection import TruncatedResponse
from myonlinestore.sandbox.http.problems import Problem

if TYPE_CHECKING:
    from myonlinestore.sandbox.faults.rule import Fault

MISSING_BYTES = 64
_GZIP_HEADER_BYTES = 10
_INVALID_BYTE = 0xFF


def error_response(fault: Fault) -> Response | None:
    """What is answered instead of doing the operation; None if it is to be done."""
    if fault.drop == "before":
        return TruncatedResponse(Response(), None, reset=bool(fault.reset))
    if fault.status is None:
        return None
    detail = f"A fault that the sandbox was asked for: {fault}"
    return Problem(fault.status, detail, retry_after=_retry_after(fault)).response()


def _retry_after(fault: Fault) -> str | None:
    if fault.retry_after_date is not None:
        return formatdate(math.ceil(time.time()) + fault.retry_after_date, usegmt=True)
    return None if fault.retry_after is None else str(fault.retry_after)


def corrupt(fault: Fault, response: Response, rng: random.Random) -> Response:
    """The answer as it comes over a bad line."""
    size = len(response.body)
    if fault.drop is not None:
        sent_bytes = {"lost": None, "headers": 0, "body": size // 2, "after": size}[fault.drop]
        return TruncatedResponse(response, sent_bytes, reset=bool(fault.reset))
    if fault.body is None or not size:
        return response
    if fault.body == "short":
        return TruncatedResponse(response, size, missing_bytes=MISSING_BYTES)
    return _with_body(fault.body, response, rng)


def _with_body(corruption: str, response: Response, rng: random.Random) -> Response:
    body = bytes(response.body)
    if corruption == "cut":
        return _replace_body(response, body[: len(body) // 2])
    if corruption == "garbled":
        return _replace_body(response, _invalid_utf8(body, rng))
    compressed = gzip.compress(body, mtime=0)
    garbage = bytes([_INVALID_BYTE]) * (len(compressed) - _GZIP_HEADER_BYTES)
    broken = _replace_body(response, compressed[:_GZIP_HEADER_BYTES] + garbage)
    broken.headers["content-encoding"] = "gzip"
    return broken


def _invalid_utf8(body: bytes, rng: random.Random) -> bytes:
    """A byte in every hundred is none that UTF-8 has, and at least one."""
    corrupted = bytearray(body)
    for _ in range(1 + len(body) // 100):
        corrupted[rng.randrange(len(body))] = _INVALID_BYTE
    return bytes(corrupted)


def _replace_body(response: Response, body: bytes) -> Response:
    return Response(body, response.status_code, media_type=response.headers.get("content-type"))
