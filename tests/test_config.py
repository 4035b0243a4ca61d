"""ConnectConfig: its checks, its computed values, and no secrets in its text."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myonlinestore import ConnectConfig
from myonlinestore.config import check_limit

SECRETS = {"store_token": "store-secret-1", "partner_token": "partner-secret-2"}
NAN, INFINITE = float("nan"), float("inf")


def get_error_message(**values: Any) -> str:
    """Return the message with which a configuration is rejected."""
    with pytest.raises(ValueError) as caught:
        ConnectConfig(**{"store_token": "store-secret-1", **values})
    sentence = str(caught.value)
    assert "store-secret" not in sentence
    assert "\n" not in sentence
    return sentence


def test_the_defaults_are_accepted() -> None:
    """A token alone is a configuration."""
    assert dataclasses.asdict(ConnectConfig("t")) == {
        "store_token": "t",
        "partner_token": None,
        "api_version": "1",
        "base_url": "https://api.myonlinestore.com",
        "language": "nl_NL",
        "response_format": "json",
        "timeout": 30.0,
        "connect_timeout": None,
        "read_timeout": None,
        "pool_timeout": 30.0,
        "max_connections": 100,
        "max_keepalive": 20,
        "default_limit": 50,
        "max_retries": 3,
        "max_retry_delay": 60.0,
        "idempotency_key_header": "Idempotency-Key",
        "max_rate": None,
        "engine": "auto",
        "max_response_bytes": 268_435_456,
        "deadline": None,
    }


@pytest.mark.parametrize(
    "name", ["timeout", "connect_timeout", "read_timeout", "pool_timeout", "deadline"]
)
@pytest.mark.parametrize("value", [0, -1, 0.0, -0.5, NAN, INFINITE, "30", [1]])
def test_a_timeout_is_more_than_0_seconds(name: str, value: Any) -> None:
    """Zero, negative, infinite and NaN timeouts are rejected."""
    assert (
        get_error_message(**{name: value}) == f"{name} must be more than 0 seconds, got {value!r}"
    )


@pytest.mark.parametrize(
    "name", ["timeout", "connect_timeout", "read_timeout", "pool_timeout", "deadline"]
)
def test_a_timeout_may_be_any_number_or_none(name: str) -> None:
    """Integers and floats are seconds; None means no timeout."""
    for value in (1, 0.001, 86400, None):
        assert getattr(ConnectConfig("t", **{name: value}), name) == value


@pytest.mark.parametrize("value", [-1, -0.5, NAN, INFINITE, "60", None])
def test_max_retry_delay_is_0_or_more(value: Any) -> None:
    """The limit of a retry delay is a finite number of seconds."""
    sentence = f"max_retry_delay must be 0 or more seconds, got {value!r}"
    assert get_error_message(max_retry_delay=value) == sentence
    assert ConnectConfig("t", max_retry_delay=0).max_retry_delay == 0


@pytest.mark.parametrize(
    ("name", "least"), [("max_connections", 1), ("max_keepalive", 0), ("max_retries", 0)]
)
def test_numbers_have_their_minimum(name: str, least: int) -> None:
    """Counts below their minimum, and numbers that are not whole, are rejected."""
    for value in (least - 1, -5, True, 1.5, "3", None, NAN):
        sentence = f"{name} must be a whole number, {least} or more, got {value!r}"
        assert get_error_message(**{name: value}) == sentence
    for value in (least, 10_000):
        assert getattr(ConnectConfig("t", **{name: value}), name) == value


@pytest.mark.parametrize("value", [0, -1, 0.0, -0.5, NAN, INFINITE, "30", [1]])
def test_max_rate_is_more_than_0(value: Any) -> None:
    """A rate of 0 or one that is not a number is rejected; None means no limit."""
    sentence = f"max_rate must be more than 0 requests per second, got {value!r}"
    assert get_error_message(max_rate=value) == sentence
    for rate in (0.01, 1, 250.5, None):
        assert ConnectConfig("t", max_rate=rate).max_rate == rate


@pytest.mark.parametrize("value", [0, 101, -1, True, "20", 20.0, None])
def test_the_default_limit_is_a_page_size(value: Any) -> None:
    """A default limit that the vendor does not serve is rejected."""
    sentence = f"default_limit must be a whole number from 1 to 100, got {value!r}"
    assert get_error_message(default_limit=value) == sentence


@given(st.integers())
@example(0)
@example(1)
@example(100)
@example(101)
def test_a_limit_is_from_1_to_100(limit: int) -> None:
    """Exactly the whole numbers from 1 to 100 are limits."""
    if 1 <= limit <= 100:
        check_limit(limit)
    else:
        with pytest.raises(ValueError, match=f"^limit must .* got {limit}$"):
            check_limit(limit)


@pytest.mark.parametrize("version", ["", "2", "v1", "1 ", 1, None])
def test_an_unknown_version_is_rejected(version: Any) -> None:
    """The vendor has versions 1 and 2-beta."""
    sentence = f"api_version must be one of 1, 2-beta, got {version!r}"
    assert get_error_message(api_version=version) == sentence
    assert ConnectConfig("t", api_version="2-beta").api_version == "2-beta"


@pytest.mark.parametrize("value", ["xml", "", "JSON", None])
def test_only_json_is_decoded(value: Any) -> None:
    """XML is rejected with the reason."""
    sentence = get_error_message(response_format=value)
    assert sentence.startswith(f'response_format must be "json", got {value!r}')


WRONG_URLS = [
    "",
    "api.myonlinestore.com",
    "//api.myonlinestore.com",
    "ftp://api.myonlinestore.com",
    "https://",
    "https:///v1",
    "https://host?token=store-secret-1",
    "https://host/path?x=1",
    "https://host#part",
    "https://user:password@host",
    "https://user@host",
    "https://ho st",
    "https://host\n",
    "https://host/a b",
    "https://host:port",
    "https://[::1",
]


@pytest.mark.parametrize("url", WRONG_URLS)
def test_a_base_url_is_scheme_host_port_and_path(url: str) -> None:
    """Another form of URL is rejected, without showing parts that may be secret."""
    sentence = get_error_message(base_url=url)
    assert sentence.startswith("base_url must be http:// or https:// with a host")
    assert "password" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "https://api.myonlinestore.com",
        "http://127.0.0.1:8800/",
        "http://localhost:8800/proxy/connect",
        "https://[::1]:443",
        "HTTPS://API.example",
        "http://connect_api",
        "https://münchen.example",
    ],
)
def test_a_base_url_may_have_a_port_and_a_path(url: str) -> None:
    """URLs of proxies and of test servers are accepted, and a trailing slash is ignored."""
    config = ConnectConfig("t", base_url=url)
    assert config.versioned_url("/articles") == f"{url.rstrip('/')}/v1/articles"
    assert config.versioned_url("/store", "2-beta") == f"{url.rstrip('/')}/v2-beta/store"


@pytest.mark.parametrize("token", ["", None, 0])
def test_a_store_token_is_required(token: Any) -> None:
    """Without a store token the published message gives advice."""
    with pytest.raises(ValueError) as caught:
        ConnectConfig(token)
    sentence = "store_token is required (or pass a ConnectConfig via config=)"
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["store_token", "partner_token"])
def test_a_token_is_text(name: str) -> None:
    """A token that is not text is rejected without being shown."""
    assert get_error_message(**{name: 987654321}) == f"{name} must be text, got int"
    assert get_error_message(**{name: b"987654321"}) == f"{name} must be text, got bytes"


@pytest.mark.parametrize("name", ["", " ", "Idempotency Key", "Key:", "Key\r\n", "ключ"])
def test_idempotency_key_header_is_a_header_name(name: str) -> None:
    """The header of the idempotency key is a valid header name or None."""
    sentence = f"idempotency_key_header must be the name of a header, or None, got {name!r}"
    assert get_error_message(idempotency_key_header=name) == sentence
    assert ConnectConfig("t", idempotency_key_header=None).idempotency_key_header is None


def test_parameters_have_the_given_tokens() -> None:
    """Tokens, language and format are the parameters of each request."""
    assert ConnectConfig("t").auth_params() == {"token": "t"}
    assert ConnectConfig("t", partner_token="").auth_params() == {"token": "t"}
    config = ConnectConfig("t", partner_token="p", language="en_GB")
    assert config.auth_params() == {"token": "t", "partner_token": "p"}
    assert config.public_params() == {"language": "en_GB", "format": "json"}
    assert config.default_params() == {**config.auth_params(), **config.public_params()}


def test_repr_shows_every_value_but_the_tokens() -> None:
    """The repr names each field and redacts both tokens."""
    config = ConnectConfig(**SECRETS, language="en_GB")
    shown = repr(config)
    assert "secret" not in shown + str(config) + f"{config!s}"
    assert shown.startswith("ConnectConfig(store_token='***', partner_token='***', api_version=")
    for field in dataclasses.fields(config):
        assert f"{field.name}=" in shown
    assert "partner_token=None" in repr(ConnectConfig("t"))
    assert "language='en_GB'" in shown
    assert shown.endswith(
        "idempotency_key_header='Idempotency-Key', max_rate=None, engine='auto', max_response_bytes=268435456, deadline=None)"
    )


def test_configurations_compare_by_value() -> None:
    """Configurations with equal values are equal, and differ by their tokens."""
    assert ConnectConfig(**SECRETS) == ConnectConfig(**SECRETS)
    assert ConnectConfig("a") != ConnectConfig("b")


def test_a_configuration_is_copied_completely() -> None:
    """copy, deepcopy and replace return equal, independent configurations."""
    config = ConnectConfig(**SECRETS, max_retries=7)
    for copied in (copy.copy(config), copy.deepcopy(config), dataclasses.replace(config)):
        assert copied == config
        assert copied is not config
        copied.language = "de_DE"
        assert config.language == "nl_NL"


def test_a_configuration_is_not_pickled() -> None:
    """Tokens do not leave the process by accident."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="holds tokens and cannot be pickled"):
            pickle.dumps(ConnectConfig(**SECRETS), protocol)


def test_values_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens and address that are omitted come from the environment; a copy keeps them."""
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "from-environment\n")
    monkeypatch.setenv("MYONLINESTORE_PARTNER_TOKEN", "partner-from-environment")
    monkeypatch.setenv("MYONLINESTORE_BASE_URL", "http://127.0.0.1:8800")
    for config in (ConnectConfig(), ConnectConfig.from_env()):
        assert config.store_token == "from-environment"
        assert config.partner_token == "partner-from-environment"
        assert config.base_url == "http://127.0.0.1:8800"
        assert type(config.base_url) is type(config.store_token) is str
    monkeypatch.setenv("MYONLINESTORE_BASE_URL", "http://127.0.0.1:9900")
    assert dataclasses.replace(config, timeout=1).base_url == "http://127.0.0.1:8800"


def test_passed_values_take_precedence_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value that is passed is used, also if it equals the default, and with it no other token."""
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "from-environment")
    monkeypatch.setenv("MYONLINESTORE_PARTNER_TOKEN", "partner-from-environment")
    monkeypatch.setenv("MYONLINESTORE_BASE_URL", "http://127.0.0.1:8800")
    config = ConnectConfig("given", base_url="https://api.myonlinestore.com")
    assert (config.store_token, config.partner_token) == ("given", None)
    assert config.base_url == "https://api.myonlinestore.com"
    assert ConnectConfig(partner_token="mine").partner_token == "mine"
    with pytest.raises(ValueError, match="store_token is required"):
        ConnectConfig("")


def test_empty_variables_are_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable without a value gives the default."""
    for name in ("MYONLINESTORE_TOKEN", "MYONLINESTORE_PARTNER_TOKEN", "MYONLINESTORE_BASE_URL"):
        monkeypatch.setenv(name, "")
    assert ConnectConfig("t").base_url == "https://api.myonlinestore.com"
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "t")
    assert ConnectConfig().partner_token is None
    monkeypatch.setenv("MYONLINESTORE_TOKEN", "")
    with pytest.raises(ValueError, match="store_token is required"):
        ConnectConfig.from_env()


@pytest.mark.parametrize("name", ["store_token", "partner_token"])
@pytest.mark.parametrize("token", [" secret", "secret\n", "\tsecret\r\n", "\u00a0secret"])
def test_white_space_around_a_token_is_removed(name: str, token: str) -> None:
    """A token from a file that ends in a line end is the token."""
    assert getattr(ConnectConfig(**{"store_token": "t", name: token}), name) == "secret"


@pytest.mark.parametrize("name", ["store_token", "partner_token"])
@pytest.mark.parametrize("inside", ["\n", "\0", "\x1b", "\x7f", "\x85"])
def test_a_token_has_no_control_character(name: str, inside: str) -> None:
    """A control character in a token is refused, without showing the token."""
    sentence = get_error_message(**{name: f"sec{inside}ret"})
    assert sentence.startswith(f"{name} contains a control character")
    assert "sec" not in sentence.removeprefix(f"{name} contains a control character")


@pytest.mark.parametrize(
    ("token", "written"),
    [
        ("store+secret/1", "store+secret/1"),
        ("store+secret/1", "store%2Bsecret%2F1"),
        ("store+secret/1", "store%2bsecret%2f1"),
        ("store+secret/1", "store%2Bsecret/1"),
        ("store+secret/1", "store+secret\\/1"),
        ("store secret", "store+secret"),
        ("store secret", "store%20secret"),
        ('store"secret', 'store\\"secret'),
        ('store"secret', "store&quot;secret"),
        ("store-geheim-é", "store-geheim-\\u00e9"),
        ("store-geheim-é", "store-geheim-%C3%A9"),
        ("store-geheim-é", "store-geheim-\\xc3\\xa9"),
        ("store-geheim-é", "store-geheim-&#233;"),
        ("store-geheim-😀", "store-geheim-\\ud83d\\ude00"),
        ("store+secret", "store&#43;secret"),
        ("store+secret", "store&#x02B;secret"),
        ("store+secret", "store%252Bsecret"),
        ("store+secret", "store\\u002Bsecret"),
        ("store-secret", "STORE-SECRET"),
    ],
)
def test_redaction_covers_every_spelling(token: str, written: str) -> None:
    """A token is redacted in each spelling that a server may use."""
    config = ConnectConfig(token, partner_token="partner-" + token)
    assert config.redact(f"see {written}!") == "see ***!"
    assert config.redact(f"see partner-{written}!") == "see ***!"


def test_a_short_token_does_not_redact_words() -> None:
    """A short token is redacted as a word, not inside of words."""
    config = ConnectConfig("t1")
    assert config.redact("token=t1&format=json but1 t12") == "token=***&format=json but1 t12"
    assert ConnectConfig("seven77").redact("aseven77 seven77") == "aseven77 ***"
    assert ConnectConfig("eight888").redact("aeight888 eight888") == "a*** ***"


@pytest.mark.parametrize("version", ["1/../../x", "..", "1/..", "1?x=", "1#", " 1", "-"])
def test_a_version_cannot_change_the_path(version: str) -> None:
    """A version with a slash, dots alone, a query or a space raises ValueError."""
    with pytest.raises(ValueError, match="version must be like"):
        ConnectConfig("t").versioned_url("/articles", version)
