"""Unpacking: an answer whose bytes came packed, once all of them are there.

httpx would unpack while it reads, and on garbled bytes leave its generators half-way, of which
trio complains; and it takes packed bytes that are cut off for the whole.
"""

from __future__ import annotations

import gzip
import zlib

import httpx

from myonlinestore._answer import Answer


def unpacked(response: httpx.Response, sent: bytes) -> Answer:
    """The answer that these bytes are. Raises httpx.DecodingError if they cannot be unpacked."""
    encoding = _encoding(response.headers)
    if not sent or encoding == "identity":
        body = sent
    elif encoding == "gzip":
        body = _gunzipped(sent)
    else:
        body = httpx.Response(200, headers=response.headers, content=sent).content
    return Answer(response.status_code, response.headers, body, received=len(sent))


def _encoding(headers: httpx.Headers) -> str:
    """Looked for in what is raw first: httpx decodes all headers to find one."""
    for name, _ in headers.raw:
        if name.lower() == b"content-encoding":
            return headers["content-encoding"].lower()
    return "identity"


def _gunzipped(sent: bytes) -> bytes:
    try:
        return gzip.decompress(sent)
    except (OSError, EOFError, zlib.error) as error:
        raise httpx.DecodingError(str(error)) from error
