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
from tests.support.recording_transport import RecordingTransport

# Names that a published module has only because it imports them from other libraries.
OMITTED = {
    "myonlinestore.http": {"asyncio", "httpx", "random", "uuid"},
    "myonlinestore.models": {"Optional"},
}

# Return types that are narrower than the published ones.
NARROWER_RETURNS = {
    "ArticleListOptionsResource.adelete": "ArticleList",
    "ArticleListOptionsResource.delete": "ArticleList",
    "ConnectClient.__aenter__": "Self",
    "ConnectClient.__enter__": "Self",
}

Entry = dict[str, Any]


def iterate_entries(published: Entry, *kinds: str) -> Iterator[tuple[str, str, Entry]]:
    """Yield module, name and facts of the names of some kinds."""
    for module, facts in published["modules"].items():
        for name, entry in facts["names"].items():
            if entry["kind"] in kinds:
                yield module, name, entry


# A required value of the published configuration that the environment can give now.
FROM_ENVIRONMENT = "store_token"


def get_object(module: str, name: str) -> Any:
    """Return the object that has the published name here."""
    return getattr(importlib.import_module(module), name)


def assert_same_call(published_entry: Entry, function: Any, path: str) -> None:
    """Assert that a function has the published parameters, and that new ones are optional."""
    own = dict(inspect.signature(function).parameters)
    for name, kind, _, default in published_entry["params"]:
        if name == "self":
            own.pop("self", None)
            continue
        assert name in own, f"{path}: {name}"
        parameter = own.pop(name)
        assert parameter.kind.name.lower() == kind, f"{path}: {name}"
        if default is not None:
            assert repr(parameter.default) == default, f"{path}: {name}"
        elif name != FROM_ENVIRONMENT:
            assert parameter.default is parameter.empty, f"{path}: {name}"
    for extra in own.values():
        assert extra.default is not extra.empty or extra.kind is extra.VAR_KEYWORD, (path, extra)


def test_every_name_can_be_imported(published: Entry) -> None:
    """Every published name is importable from its module, except for other libraries' names."""
    missing = {
        (module, name)
        for module, facts in published["modules"].items()
        for name in facts["names"]
        if not hasattr(importlib.import_module(module), name)
    }
    assert missing == {(module, name) for module, names in OMITTED.items() for name in names}


def test_the_names_are_the_same_objects_everywhere(published: Entry) -> None:
    """A name that a published module imports from another one is the same object here."""
    for module, name, entry in iterate_entries(published, "reexport"):
        assert get_object(module, name) is get_object(entry["from"], name), f"{module}.{name}"


def test_the_package_exports_the_published_names(published: Entry) -> None:
    """Every public name of the published package is public here."""
    assert set(published["modules"]["myonlinestore"]["all"]) <= set(myonlinestore.__all__)


def test_every_constructor_has_its_signature(published: Entry) -> None:
    """Constructors take the published arguments, with kinds and defaults."""
    for module, name, entry in iterate_entries(published, "class", "exception", "dataclass"):
        assert_same_call(entry["init"], get_object(module, name).__init__, f"{module}.{name}")


def test_every_method_has_its_signature(published: Entry) -> None:
    """Methods take the published arguments, and are coroutine functions where those are."""
    checked = 0
    for module, name, entry in iterate_entries(published, "class", "exception", "dataclass"):
        for method, theirs in entry["methods"].items():
            own = getattr(get_object(module, name), method)
            assert_same_call(theirs, own, f"{name}.{method}")
            # A sync method has its coroutine function's signature, but is not a coroutine function.
            assert inspect.iscoroutinefunction(own) == theirs["async"], f"{name}.{method}"
            checked += 1
    assert checked > 100


def test_every_function_has_its_signature(published: Entry) -> None:
    """Module functions take the published arguments."""
    functions = list(iterate_entries(published, "function"))
    assert [name for _, name, _ in functions] == ["aiterate_all", "iterate_all"]
    for module, name, entry in functions:
        assert_same_call(entry, get_object(module, name), name)


def test_every_method_has_its_return_type(published: Entry) -> None:
    """Return annotations are the published ones, or narrower."""
    for module, name, entry in iterate_entries(published, "class", "dataclass"):
        for method, theirs in entry["methods"].items():
            if theirs["returns"] is None:
                continue
            own = inspect.signature(getattr(get_object(module, name), method)).return_annotation
            expected = NARROWER_RETURNS.get(f"{name}.{method}", theirs["returns"])
            # A list call may also return rows of the caller's own model.
            with_model = f"{expected} | PaginatedResponse[Any]"
            assert own in (expected, with_model), f"{name}.{method}"


def test_every_property_exists(published: Entry) -> None:
    """Published properties are properties here, with the same type and setters."""
    for module, name, entry in iterate_entries(published, "class", "dataclass"):
        for attribute, theirs in entry["properties"].items():
            own = inspect.getattr_static(get_object(module, name), attribute)
            assert isinstance(own, property), f"{name}.{attribute}"
            assert (own.fset is not None) == theirs["settable"]
            assert inspect.signature(own.fget).return_annotation == theirs["returns"]


def test_dataclasses_have_their_fields(published: Entry) -> None:
    """Fields come in the published order, with the published defaults and comparison."""
    for module, name, entry in iterate_entries(published, "dataclass"):
        cls = get_object(module, name)
        own = {field.name: field for field in dataclasses.fields(cls)}
        theirs = {field["name"]: field for field in entry["fields"]}
        assert list(own)[: len(theirs)] == list(theirs)
        for field_name, field in theirs.items():
            required = own[field_name].default is dataclasses.MISSING or (
                field_name == FROM_ENVIRONMENT
            )
            assert required == field["required"]
            assert required or repr(own[field_name].default) == field["default"]
            assert own[field_name].type == field["annotation"]
        for added in list(own)[len(theirs) :]:
            assert own[added].default is not dataclasses.MISSING
            # Only a config shows and compares its new fields.
            assert cls is ConnectConfig or not (own[added].repr or own[added].compare)
        params = cls.__dataclass_params__
        assert {flag: getattr(params, flag) for flag in entry["dataclass_params"]} == entry[
            "dataclass_params"
        ]


def test_exceptions_keep_their_tree_attributes_and_repr(published: Entry) -> None:
    """Exceptions have the published bases, attributes, text and repr."""
    for module, name, entry in iterate_entries(published, "exception"):
        cls = get_object(module, name)
        assert set(entry["mro"]) <= {base.__name__ for base in cls.__mro__}
        error = cls("msg")
        assert str(error) == entry["str"]
        assert repr(error) == entry["repr_of_msg"]
        own = {key: repr(getattr(error, key)) for key in entry["attributes_after_init"]}
        assert own == entry["attributes_after_init"]


def test_a_client_has_its_resources(published: Entry) -> None:
    """A client has each published attribute, of the published class."""
    client = ConnectClient("t")
    for attribute, path in published["attributes"].items():
        module, _, name = path.rpartition(".")
        assert type(getattr(client, attribute)) is get_object(module, name), attribute


def test_the_config_computes_the_same(published: Entry) -> None:
    """Default parameters and versioned URLs are the published ones."""
    config = ConnectConfig("t")
    assert config.default_params() == published["default_params"]
    assert config.auth_params() == published["auth_params"]
    assert config.versioned_url("/articles") == published["urls"]["1"]
    assert config.versioned_url("/articles", "2-beta") == published["urls"]["2-beta"]


def test_every_resource_has_its_methods(published: Entry) -> None:
    """Every published method of a resource is on the client's attribute of that name."""
    client = ConnectClient("t")
    for resource, methods in published["resource_methods"].items():
        for method in methods:
            assert callable(getattr(getattr(client, resource), method)), f"{resource}.{method}"


def test_the_logger_has_its_name(published: Entry) -> None:
    """The package logs under the published logger's name."""
    assert published["loggers"] == ["myonlinestore"]
    assert get_object("myonlinestore.http", "logger") is logging.getLogger("myonlinestore")


@pytest.mark.anyio
async def test_legacy_keywords_are_accepted(published: Entry) -> None:
    """Sync and async methods accept every legacy keyword."""
    for calls, keywords in published["legacy_keywords"].items():
        resource, _, names = calls.partition(".")
        response = {"count": 1} if "count" in names else {"id": 1} if "get" in names else []
        client = RecordingTransport(response).make_client()
        method, amethod = (getattr(getattr(client, resource), name) for name in names.split("/"))
        for keyword in keywords:
            method(**{keyword: "2024-01-01"})
            await amethod(**{keyword: "2024-01-01"})
        await client.aclose()


def test_legacy_errors_have_their_text(published: Entry) -> None:
    """Invalid keywords raise the published exception and message."""
    client, resources = ConnectClient("t"), published["resource_methods"]
    for call, error in published["legacy_errors"].items():
        namespace = {"ConnectClient": ConnectClient} | {n: getattr(client, n) for n in resources}
        with pytest.raises((TypeError, ValueError)) as caught:
            eval(call, namespace)
        assert f"{type(caught.value).__name__}: {caught.value}" == error


def test_parameter_types_only_widen(published: Entry) -> None:
    """A parameter accepts every type of its published annotation."""
    for module, name, entry in iterate_entries(published, "class", "dataclass"):
        for method, theirs in entry["methods"].items():
            own = typing.get_type_hints(
                getattr(get_object(module, name), method), localns={"Self": Any}
            )
            for parameter, _, annotation, _ in theirs["params"]:
                if annotation not in (None, "Any") and parameter in own:
                    assert_accepts(own[parameter], annotation, f"{name}.{method}({parameter})")


def assert_accepts(own: Any, published_annotation: str, where: str) -> None:
    """Assert that each class of a published annotation is one of ours, or a subclass of it."""
    for theirs in get_classes(eval(published_annotation)):
        assert any(issubclass(theirs, cls) for cls in get_classes(own)), where


def get_classes(annotation: Any) -> list[type]:
    """Return the classes of an annotation; `Any` accepts every object."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [cls for part in typing.get_args(annotation) for cls in get_classes(part)]
    if annotation is Any:
        return [object]
    return [typing.get_origin(annotation) or annotation]
