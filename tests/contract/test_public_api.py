"""Every public name of the published client 1.0.2 is available here."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import logging
import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import myonlinestore
from myonlinestore import ConnectClient, ConnectConfig
from tests.support.recording_transport import Recorder

# Names that a published module has only because it imports them. The standard library and typing
# are to be had where they come from; httpx is imported by one file here, and lazily.
LEFT_OUT = {
    "myonlinestore.http": {"asyncio", "httpx", "random", "time", "uuid"},
    "myonlinestore.models": {"Optional"},
}

# Return types that only say more than the published ones.
SHARPER_RETURNS = {
    "ArticleListOptionsResource.adelete": "ArticleList",
    "ArticleListOptionsResource.delete": "ArticleList",
    "ConnectClient.__aenter__": "Self",
    "ConnectClient.__enter__": "Self",
}

Entry = dict[str, Any]


def entries(published: Entry, *kinds: str) -> Iterator[tuple[str, str, Entry]]:
    """Module, name and description of what has one of the kinds."""
    for module, description in published["modules"].items():
        for name, entry in description["names"].items():
            if entry["kind"] in kinds:
                yield module, name, entry


def ours(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def assert_same_call(theirs: Entry, function: Any, where: str) -> None:
    """Each published parameter is there, with its kind and default; new ones are optional."""
    own = parameters(function)
    for parameter in theirs["params"]:
        name, kind = parameter["name"], parameter["kind"]
        if name == "self":
            own.pop("self", None)
            continue
        assert name in own, f"{where}: {name}"
        found = own.pop(name)
        assert found.kind.name.lower() == kind, f"{where}: {name}"
        assert_same_default(parameter, found, f"{where}: {name}")
    for extra in own.values():
        assert extra.default is not extra.empty or extra.kind is extra.VAR_KEYWORD, (where, extra)


def assert_same_default(theirs: Entry, found: inspect.Parameter, where: str) -> None:
    if "default" in theirs:
        assert repr(found.default) == theirs["default"], where
    elif found.kind in (found.KEYWORD_ONLY, found.POSITIONAL_OR_KEYWORD):
        assert found.default is found.empty, where


def test_every_name_can_be_imported(published: Entry) -> None:
    """Every published name is importable from its module, but for stray imports."""
    missing = {
        (module, name)
        for module, description in published["modules"].items()
        for name in description["names"]
        if not hasattr(importlib.import_module(module), name)
    }
    assert missing == {(module, name) for module, names in LEFT_OUT.items() for name in names}


def test_the_names_are_the_same_objects_everywhere(published: Entry) -> None:
    """A name that a published module takes from another one is the same object here."""
    for module, name, entry in entries(published, "reexport"):
        assert ours(module, name) is ours(entry["from"], name), f"{module}.{name}"


def test_the_package_exports_the_published_names(published: Entry) -> None:
    """Every public name of the published package is public here."""
    assert set(published["modules"]["myonlinestore"]["__all__"]) <= set(myonlinestore.__all__)


def test_every_class_is_made_with_the_same_arguments(published: Entry) -> None:
    """Constructors take the published arguments, with kinds and defaults."""
    for module, name, entry in entries(published, "class", "exception", "dataclass"):
        assert_same_call(entry["init"], ours(module, name).__init__, f"{module}.{name}")


def test_every_method_has_its_signature(published: Entry) -> None:
    """Methods take the published arguments, and are coroutine functions where those are."""
    checked = 0
    for module, name, entry in entries(published, "class", "exception", "dataclass"):
        for method, theirs in entry["methods"].items():
            found = getattr(ours(module, name), method)
            assert_same_call(theirs, found, f"{name}.{method}")
            # A sync twin carries its coroutine function's signature, and yet is none itself.
            assert inspect.iscoroutinefunction(found) == theirs["async"], f"{name}.{method}"
            checked += 1
    assert checked > 100


def test_every_function_has_its_signature(published: Entry) -> None:
    """Module functions take the published arguments."""
    found = list(entries(published, "function"))
    assert [name for _, name, _ in found] == ["aiterate_all", "iterate_all"]
    for module, name, entry in found:
        assert_same_call(entry, ours(module, name), name)


def test_every_method_returns_what_it_says(published: Entry) -> None:
    """Return annotations are the published ones, or say more."""
    for module, name, entry in entries(published, "class", "dataclass"):
        for method, theirs in entry["methods"].items():
            if theirs["returns"] is None:
                continue
            own = inspect.signature(getattr(ours(module, name), method)).return_annotation
            wanted = SHARPER_RETURNS.get(f"{name}.{method}", theirs["returns"])
            # A list call may also return rows of the caller's own model.
            with_model = f"{wanted} | PaginatedResponse[Any]"
            assert own in (wanted, with_model), f"{name}.{method}"


def test_properties_are_there_and_read_only(published: Entry) -> None:
    """Published properties are properties here."""
    for module, name, entry in entries(published, "class", "dataclass"):
        for attribute, theirs in entry["properties"].items():
            found = inspect.getattr_static(ours(module, name), attribute)
            assert isinstance(found, property), f"{name}.{attribute}"
            assert (found.fset is not None) == theirs["settable"]
            assert inspect.signature(found.fget).return_annotation == theirs["returns"]


def test_dataclasses_have_their_fields(published: Entry) -> None:
    """Fields come in the published order, with the published defaults and comparison."""
    for module, name, entry in entries(published, "dataclass"):
        cls = ours(module, name)
        own = {field.name: field for field in dataclasses.fields(cls)}
        theirs = {field["name"]: field for field in entry["fields"]}
        assert list(own)[: len(theirs)] == list(theirs)
        for field_name, field in theirs.items():
            required = own[field_name].default is dataclasses.MISSING
            assert required == field["required"]
            assert required or repr(own[field_name].default) == field["default"]
            assert own[field_name].type == field["annotation"]
        for added in list(own)[len(theirs) :]:
            assert own[added].default is not dataclasses.MISSING
            # What a config is told shows in it; other objects look and compare as they did.
            assert cls is ConnectConfig or not (own[added].repr or own[added].compare)
        params = cls.__dataclass_params__
        assert {flag: getattr(params, flag) for flag in entry["dataclass_params"]} == entry[
            "dataclass_params"
        ]


def test_exceptions_keep_their_tree_attributes_and_repr(published: Entry) -> None:
    """Exceptions have the published bases, attributes, text and repr."""
    for module, name, entry in entries(published, "exception"):
        cls = ours(module, name)
        assert set(entry["mro"]) <= {base.__name__ for base in cls.__mro__}
        error = cls("msg")
        assert str(error) == entry["str"]
        assert repr(error) == entry["repr_of_msg"]
        own = {key: repr(getattr(error, key)) for key in entry["attributes_after_init"]}
        assert own == entry["attributes_after_init"]


def test_a_client_has_its_resources(published: Entry) -> None:
    """A client has each published attribute, of the published class."""
    client = ConnectClient("t")
    for attribute, path in published["client_instance"]["attributes"].items():
        module, _, name = path.rpartition(".")
        assert type(getattr(client, attribute)) is ours(module, name), attribute


def test_the_config_computes_the_same(published: Entry) -> None:
    """Default parameters and versioned URLs are the published ones."""
    config, instance = ConnectConfig("t"), published["client_instance"]
    assert config.default_params() == instance["config_default_params"]
    assert config.auth_params() == instance["auth_params_no_partner"]
    assert config.versioned_url("/articles") == instance['versioned_url("/articles")']
    assert (
        config.versioned_url("/articles", "2-beta")
        == instance['versioned_url("/articles","2-beta")']
    )


def test_resources_have_no_fewer_methods(published: Entry) -> None:
    """Every published method of a resource is on the client's attribute of that name."""
    client = ConnectClient("t")
    for resource, methods in published["client_resources"].items():
        for method in methods:
            assert callable(getattr(getattr(client, resource), method)), f"{resource}.{method}"


def test_the_logger_has_its_name(published: Entry) -> None:
    """The package logs under the published logger's name."""
    assert published["loggers"] == ["myonlinestore"]
    assert ours("myonlinestore.http", "logger") is logging.getLogger("myonlinestore")


@pytest.mark.anyio
async def test_legacy_keywords_are_taken(published: Entry) -> None:
    """Every older keyword is accepted, in both colours."""
    for calls, keywords in published["legacy_kwargs"].items():
        resource, _, names = calls.partition(".")
        response = {"count": 1} if "count" in names else {"id": 1} if "get" in names else []
        client = Recorder(response).client()
        sync, twin = (getattr(getattr(client, resource), name) for name in names.split("/"))
        for keyword in keywords:
            sync(**{keyword: "2024-01-01"})
            await twin(**{keyword: "2024-01-01"})
        await client.aclose()


def test_legacy_errors_have_their_text(published: Entry) -> None:
    """Wrong keywords fail with the published type and sentence."""
    client, resources = ConnectClient("t"), published["client_resources"]
    for call, error in published["legacy_kwargs_errors"].items():
        namespace = {"ConnectClient": ConnectClient} | {n: getattr(client, n) for n in resources}
        with pytest.raises((TypeError, ValueError)) as caught:
            eval(call, namespace)
        assert f"{type(caught.value).__name__}: {caught.value}" == error


def test_parameter_types_only_widen(published: Entry) -> None:
    """Whatever type a published parameter is annotated with, ours takes it too."""
    for module, name, entry in entries(published, "class", "dataclass"):
        for method, theirs in entry["methods"].items():
            own = typing.get_type_hints(getattr(ours(module, name), method), localns={"Self": Any})
            for parameter in theirs["params"]:
                if parameter.get("annotation", "Any") != "Any" and parameter["name"] in own:
                    where = f"{name}.{method}({parameter['name']})"
                    assert_takes(parameter["annotation"], own[parameter["name"]], where)


def assert_takes(published_annotation: str, own: Any, where: str) -> None:
    """Each alternative of a published annotation is one of ours, or a kind of it."""
    for theirs in alternatives(eval(published_annotation)):
        assert any(issubclass(theirs, kind) for kind in alternatives(own)), where


def alternatives(annotation: Any) -> list[type]:
    """Return the classes of an annotation; `Any` accepts every object."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [kind for part in typing.get_args(annotation) for kind in alternatives(part)]
    if annotation is Any:
        return [object]
    return [typing.get_origin(annotation) or annotation]
