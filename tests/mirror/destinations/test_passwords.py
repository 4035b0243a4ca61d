"""Passwords and keys of destinations, which no message, exception or traceback shows."""

from __future__ import annotations

import traceback

import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem

from myonlinestore import ConnectClient
from myonlinestore._redaction import redact_passwords, redact_url
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run

FORMS = {
    "postgresql://shop:hunter2@db/name": "postgresql://shop:***@db/name",
    "postgresql://shop:hun@ter2@db/name": "postgresql://shop:***@db/name",
    "postgresql://:hunter2@db/name": "postgresql://:***@db/name",
    "postgresql://db/name?user=shop&password=hunter2": (
        "postgresql://db/name?user=shop&password=***"
    ),
    "postgresql://db/name?sslpassword=hunter2&a=b": "postgresql://db/name?sslpassword=***&a=b",
    "postgresql://db/name?pass%77ord=hunter2&a=b": "postgresql://db/name?pass%77ord=***&a=b",
    "postgresql://db/name?%70assword=hunter2": "postgresql://db/name?%70assword=***",
    "host=db password=hunter2 user=shop": "host=db password=*** user=shop",
    "host=db password = 'hunter2 x' user=shop": "host=db password = *** user=shop",
    "shop:hunter2@db/name.sqlite": "shop:***@db/name.sqlite",
    "1shop:hunter2@db": "1shop:***@db",
    "jsonl:s3://KEY:hunter2@bucket/copy": "jsonl:s3://KEY:***@bucket/copy",
}
PLAIN = (
    "catalog.sqlite",
    "jsonl:lake@2024",
    "sqlite:///a@b.sqlite",
    "C:\\stock@home\\catalog.sqlite",
    "postgresql://shop@db:5432/name",
    "parquet:s3://bucket/copy",
)


@pytest.mark.parametrize("target", FORMS)
def test_a_password_in_any_form(target: str) -> None:
    """Each form of a password is replaced, and nothing else."""
    assert redact_url(target) == FORMS[target]


@pytest.mark.parametrize("target", PLAIN)
def test_a_target_without_a_password(target: str) -> None:
    """A path or URL without a password stays as it is."""
    assert redact_url(target) == target
    assert redact_passwords("cannot open it: 2 @ 3", target) == "cannot open it: 2 @ 3"


@pytest.mark.parametrize("target", [one for one in FORMS if "s3" not in one])
def test_an_invalid_destination(sandbox: Sandbox, target: str) -> None:
    """No command prints the password of a destination that it refuses."""
    for command in ((), ("--json",), ("--dry-run",)):
        result = run(sandbox, target, "--only", "store", *command)
        assert result.exit_code == 1
        assert "hunter2" not in result.output
    assert "hunter2" not in run(sandbox, "status", target).output


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("bucket KEY:hu%6Eter@2@lake is invalid", "bucket KEY:***@lake is invalid"),
        ("the key hunter@2 is wrong", "the key *** is wrong"),
        ("s3://KEY:hu%6Eter@2@lake/x: denied", "s3://KEY:***@lake/x: denied"),
        ("denied", "denied"),
    ],
)
def test_a_password_in_the_message_of_a_library(message: str, expected: str) -> None:
    """The password of the URL is replaced wherever a message repeats it, also decoded."""
    assert redact_passwords(message, "s3://KEY:hu%6Eter@2@lake/copy") == expected


class TalkativeFileSystem(MemoryFileSystem):
    """A file system whose errors repeat its URL."""

    protocol = "talkative"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.removeprefix("talkative:")))

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Raise an error with a cause."""
        try:
            raise ValueError("invalid key hunter2")
        except ValueError as error:
            raise OSError('Invalid bucket name "KEY:hunter2@bucket"') from error


register_implementation("talkative", TalkativeFileSystem, clobber=True)


def test_the_keys_of_an_object_store(sandbox: Sandbox, client: ConnectClient) -> None:
    """Neither the message nor the chain of an error has the key of the URL."""
    address = "jsonl:talkative://KEY:hunter2@bucket/copy"
    with pytest.raises(MirrorError, match=r'Invalid bucket name "KEY:\*\*\*@bucket"') as caught:
        Mirror(client, address, only=["store"]).run()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(MirrorError) as caught:
        read_status(address)
    assert "hunter2" not in str(caught.value)


def test_the_password_of_a_server_that_refuses(client: ConnectClient) -> None:
    """The message of libpq never has the password, in any spelling."""
    address = "postgresql://shop:hunter%32@127.0.0.1:1/name"
    with pytest.raises(MirrorError, match="refused") as caught:
        Mirror(client, address, only=["store"]).run()
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter%32" not in shown
    assert "hunter2" not in shown
