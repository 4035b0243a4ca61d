"""The exception tree: bases, attributes, texts, and the class of each status."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest

from myonlinestore import exceptions
from myonlinestore.exceptions import (
    AuthenticationError,
    ConnectError,
    DecodeError,
    NotFoundError,
    RateLimitError,
    RedirectError,
    ServerError,
    TransportError,
    ValidationError,
    error_for_status,
)

BODY = {"title": "No", "detail": "The name is missing"}
SAMPLES: list[ConnectError] = [
    ConnectError("m", 418, BODY),
    AuthenticationError("m", 401, BODY),
    NotFoundError("m", 404, BODY),
    ValidationError("m", 422, BODY, "The name is missing"),
    RateLimitError("m", 429, BODY, 2.5),
    ServerError("m", 503, BODY, 7.0),
    RedirectError("m", 302, None),
    TransportError("m"),
    DecodeError("m", 200, "<p>", json_path="$[3].stock", index=3, malformed=True),
]
each_error = pytest.mark.parametrize("error", SAMPLES, ids=lambda e: type(e).__name__)


@each_error
def test_every_error_is_a_connect_error(error: ConnectError) -> None:
    """Every failure is caught as ConnectError, with message, status and body."""
    with pytest.raises(ConnectError) as caught:
        raise error
    assert str(caught.value).startswith("m")
    assert caught.value.args == (str(error),)


@each_error
def test_every_error_is_pickled_and_copied_whole(error: ConnectError) -> None:
    """A pickled error keeps its type, text and attributes."""
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(copied) is type(error)
        assert (str(copied), repr(copied), vars(copied)) == (str(error), repr(error), vars(error))


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConnectError("m", 418), "ConnectError(message='m', status_code=418)"),
        (NotFoundError("m"), "NotFoundError(message='m', status_code=None)"),
        (ValidationError("m"), "ValidationError(message='m', status_code=422, detail=None)"),
        (
            ValidationError("m", detail="d'"),
            "ValidationError(message='m', status_code=422, detail=\"d'\")",
        ),
        (RateLimitError("m"), "RateLimitError(message='m', status_code=429)"),
        (
            DecodeError("m", 200, json_path="$.a"),
            "DecodeError(message='m at $.a', status_code=200)",
        ),
    ],
)
def test_repr_is_compact(error: ConnectError, shown: str) -> None:
    """The repr has the parts for a log line, and not the body."""
    assert repr(error) == shown


def test_defaults_are_published() -> None:
    """Errors are created from a message alone, with the published defaults."""
    assert vars(ConnectError("m")) == {"status_code": None, "body": None}
    assert vars(ValidationError("m")) == {"status_code": 422, "body": None, "detail": None}
    assert vars(RateLimitError("m")) == {"status_code": 429, "body": None, "retry_after": None}
    assert vars(ServerError("m")) == {"status_code": None, "body": None, "retry_after": None}
    assert vars(DecodeError("m")) == {
        "status_code": None,
        "body": None,
        "reason": "m",
        "json_path": None,
        "index": None,
        "malformed": False,
    }


def test_a_decode_error_has_its_path() -> None:
    """The message ends with the path, unless that is the root; the reason has no path."""
    error = DecodeError("no number", json_path="$[3].stock", index=3)
    assert (str(error), error.reason) == ("no number at $[3].stock", "no number")
    assert (error.json_path, error.index, error.malformed) == ("$[3].stock", 3, False)
    assert str(DecodeError("no number", json_path="$")) == "no number"
    assert str(DecodeError("no number")) == "no number"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, RedirectError),
        (304, RedirectError),
        (399, RedirectError),
        (400, ConnectError),
        (401, AuthenticationError),
        (402, ConnectError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (409, ConnectError),
        (422, ValidationError),
        (429, RateLimitError),
        (499, ConnectError),
        (500, ServerError),
        (503, ServerError),
        (599, ServerError),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[ConnectError]) -> None:
    """Each status becomes the documented type, with status, body and details."""
    error = error_for_status("m", status, BODY, 4.0)
    assert type(error) is kind
    assert (str(error), error.status_code, error.body) == ("m", status, BODY)
    wait = 4.0 if kind in (RateLimitError, ServerError) else None
    assert getattr(error, "retry_after", None) == wait
    detail = BODY["detail"] if kind is ValidationError else None
    assert getattr(error, "detail", None) == detail


@pytest.mark.parametrize("body", [None, "no", ["no"], {}, {"title": "No"}])
def test_a_validation_error_may_lack_its_detail(body: Any) -> None:
    """A body without a detail gives an error without one."""
    error = error_for_status("m", 422, body, None)
    assert isinstance(error, ValidationError)
    assert error.detail is None
    assert error.body == body


def test_the_drawn_tree_is_complete() -> None:
    """The tree in the module docstring has every error, and no others."""
    listed = re.findall(
        r"^(?:│   )?(?:[├└]── )?(\w+Error)\b", exceptions.__doc__ or "", re.MULTILINE
    )
    own = [
        name
        for name, kind in vars(exceptions).items()
        if isinstance(kind, type) and issubclass(kind, ConnectError)
    ]
    assert listed == own
