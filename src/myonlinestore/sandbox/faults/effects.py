"""What a fault makes of an answer: an error in its place, a broken connection, a bad body."""

from __future__ import annotations

import gzip
import math
import random
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from starlette.responses import Response

from myonlinestore.sandbox.http.connection import CutAnswer
from myonlinestore.sandbox.http.problems import Problem

if TYPE_CHECKING:
    from myonlinestore.sandbox.faults.rule import Fault

MISSING_BYTES = 64
_GZIP_HEADER_BYTES = 10
_NO_UTF8 = 0xFF


def refusal(fault: Fault) -> Response | None:
    """What is answered instead of doing the operation; None if it is to be done."""
    if fault.drop == "before":
        return CutAnswer(Response(), None, reset=bool(fault.reset))
    if fault.status is None:
        return None
    detail = f"A fault that the sandbox was asked for: {fault}"
    return Problem(fault.status, detail, retry_after=_retry_after(fault)).response()


def _retry_after(fault: Fault) -> str | None:
    if fault.retry_after_date is not None:
        return formatdate(math.ceil(time.time()) + fault.retry_after_date, usegmt=True)
    return None if fault.retry_after is None else str(fault.retry_after)


def spoilt(fault: Fault, answer: Response, chance: random.Random) -> Response:
    """The answer as it comes over a bad line."""
    size = len(answer.body)
    if fault.drop is not None:
        sent = {"lost": None, "headers": 0, "body": size // 2, "after": size}[fault.drop]
        return CutAnswer(answer, sent, reset=bool(fault.reset))
    if fault.body is None or not size:
        return answer
    if fault.body == "short":
        return CutAnswer(answer, size, missing=MISSING_BYTES)
    return _with_body(fault.body, answer, chance)


def _with_body(how: str, answer: Response, chance: random.Random) -> Response:
    body = bytes(answer.body)
    if how == "cut":
        return _as(answer, body[: len(body) // 2])
    if how == "garbled":
        return _as(answer, _garbled(body, chance))
    packed = gzip.compress(body, mtime=0)
    spoilt_bytes = bytes([_NO_UTF8]) * (len(packed) - _GZIP_HEADER_BYTES)
    bad = _as(answer, packed[:_GZIP_HEADER_BYTES] + spoilt_bytes)
    bad.headers["content-encoding"] = "gzip"
    return bad


def _garbled(body: bytes, chance: random.Random) -> bytes:
    """A byte in every hundred is none that UTF-8 has, and at least one."""
    garbled = bytearray(body)
    for _ in range(1 + len(body) // 100):
        garbled[chance.randrange(len(body))] = _NO_UTF8
    return bytes(garbled)


def _as(answer: Response, body: bytes) -> Response:
    return Response(body, answer.status_code, media_type=answer.headers.get("content-type"))
