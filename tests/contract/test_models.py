"""The models compared with the vendor's document and the published client's models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Optional, Union, get_args, get_origin  # noqa: F401 - names in annotations

import msgspec
import pytest

from myonlinestore import models
from myonlinestore._codec.decode import decode
from myonlinestore._codec.encode import encode
from myonlinestore.models import Body, Model
from tests.contract.vendor_document import InlineSchema, Schema, VendorDocument
from tests.support.annotations import get_union_members, is_struct

# Each schema of a response, and its model. The base schemas are not sent themselves; the schemas
# that extend them have their properties.
RESPONSES: dict[str, type[Model]] = {
    "Address": models.Address,
    "ApiProblem": models.ApiProblem,
    "Article": models.Article,
    "ArticleExtraFieldSet": models.ArticleExtraFieldSet,
    "ArticleImage": models.ArticleImage,
    "ArticleLimited": models.ArticleLimited,
    "ArticleList": models.ArticleList,
    "ArticleListOption": models.ArticleListOption,
    "ArticlePrice": models.ArticlePrice,
    "ArticleVariant": models.ArticleVariant,
    "ArticleVariantOption": models.ArticleVariantOption,
    "BaseArticle": models.Article,
    "BaseOrderArticle": models.OrderArticle,
    "BaseOrderDetail": models.OrderDetail,
    "Category": models.Category,
    "CategoryArticle": models.CategoryArticle,
    "CategoryArticlePatchable": models.CategoryArticle,
    "CategoryArticlePostable": models.CategoryArticle,
    "CategorySorting": models.CategorySorting,
    "ConfiguratorArticleList": models.ArticleList,
    "ConfiguratorArticleListOption": models.ArticleListOption,
    "CountResponse": models.CountResponse,
    "Customer": models.Customer,
    "CustomerAddress": models.CustomerAddress,
    "Discountcode": models.DiscountCode,
    "DiscountcodePostable": models.DiscountCode,
    "Error": models.ApiError,
    "InvoiceAddress": models.InvoiceAddress,
    "NewsletterSubscriber": models.NewsletterSubscriber,
    "NewsletterSubscriberPatchable": models.NewsletterSubscriber,
    "OfflineLocation": models.OfflineLocation,
    "OfflineLocationPatchable": models.OfflineLocation,
    "Order": models.Order,
    "OrderAddress": models.OrderAddress,
    "OrderArticle": models.OrderArticle,
    "OrderArticleDetail": models.OrderArticleOption,
    "OrderArticleListOption": models.OrderArticleOption,
    "OrderArticleListOptionPostable": models.OrderArticleOption,
    "OrderArticlePostable": models.OrderArticle,
    "OrderComment": models.OrderComment,
    "OrderDebtor": models.OrderDebtor,
    "OrderDetail": models.OrderDetail,
    "OrderPaymentStatus": models.OrderPaymentStatus,
    "OrderPaymentSummary": models.OrderPaymentSummary,
    "OrderPrice": models.OrderPrice,
    "OrderShipping": models.OrderShipping,
    "OrderShippingCountry": models.OrderShippingCountry,
    "OrderStatus": models.OrderStatus,
    "Payment": models.Payment,
    "PaymentGateway": models.PaymentGateway,
    "PaymentGateways": models.PaymentGateways,
    "PaymentMethod": models.PaymentMethod,
    "PaymentMutation": models.PaymentMutation,
    "ShippingMethod": models.ShippingMethod,
    "Store": models.Store,
    "StorePaymentGateway": models.PaymentGateway,
    "StorePaymentGateways": models.PaymentGateways,
    "StorePaymentMethod": models.PaymentMethod,
    "TaxPolicyOverride": models.TaxPolicyOverride,
    "TaxPolicyRegion": models.TaxPolicyRegion,
    "TaxPolicyRegionOverride": models.TaxPolicyRegionOverride,
    "TaxPrice": models.TaxPrice,
}
# The body of each operation that takes an object, or a list of them.
BODIES: dict[str, type[Body]] = {
    "createCustomer": models.CustomerCreate,
    "patchArticle": models.ArticleUpdate,
    "patchCategory": models.CategoryUpdate,
    "patchCustomer": models.CustomerUpdate,
    "patchCustomersAddress": models.CustomerAddressUpdate,
    "patchDiscountcode": models.DiscountCodeUpdate,
    "patchNewsletterSubscriber": models.NewsletterSubscriberUpdate,
    "patchOrder": models.OrderUpdate,
    "patchOrderPayment": models.PaymentUpdate,
    "postArticle": models.ArticleCreate,
    "postArticleListOptions": models.ArticleListOptionCreate,
    "postCategory": models.CategoryCreate,
    "postCreditOrder": models.CreditOrderCreate,
    "postCustomersAddress": models.CustomerAddressCreate,
    "postDiscountcode": models.DiscountCodeCreate,
    "postNewsletterSubscriber": models.NewsletterSubscriberCreate,
    "postOrder": models.OrderCreate,
    "postOrderPayment": models.PaymentCreate,
    "postUploadImage": models.ArticleImageUpload,
}
# "No other address field is required if an ID is provided", says the vendor's Address.id.
NOT_REQUIRED = {(models.AddressCreate, "name"), (models.AddressCreate, "zipcode")}
NOT_REQUIRED |= {(models.InvoiceAddressCreate, name) for _, name in NOT_REQUIRED}
# Paths of leaves where an example departs from its own schema: the example's, and the model's.
MOVED = {
    "$.variants[0].options.193177": "$.variants[0].options[0].name",
    "$.display name": "$.display_name",
}


def get_structs(type_: Any) -> list[Any]:
    """Return the Structs that a field may contain, directly or in a list."""
    members = get_union_members(type_)
    items = [item for member in members if get_origin(member) is list for item in get_args(member)]
    return [candidate for candidate in members + items if is_struct(candidate)]


def find_missing_fields(document: VendorDocument, schema: Schema, struct: Any) -> Iterator[str]:
    """Yield the documented properties without a field in a Struct or in a nested one."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, value_schema in document.get_properties(schema).items():
        if name not in fields:
            yield f"{struct.__name__}.{name}"
            continue
        inner = document.get_item_schema(value_schema)
        for part in get_structs(fields[name].type) if inner is not document.resolve(schema) else []:
            yield from find_missing_fields(document, inner, part)


def test_every_response_has_its_model(document: VendorDocument) -> None:
    """Each object in a response has a model; the rest are strings and maps of strings."""
    objects = {
        name
        for operation in document.operations.values()
        for schema in operation["responses"].values()
        if schema is not None
        for name in document.find_reachable_names(schema)
        if document.get_properties(name)
    }
    assert objects <= RESPONSES.keys()
    assert len(objects) > 50


@pytest.mark.parametrize("name", RESPONSES)
def test_every_documented_property_is_a_field(document: VendorDocument, name: str) -> None:
    """Each documented property is a field under its wire name, down to the last nested object."""
    assert document.get_properties(name)
    assert list(find_missing_fields(document, name, RESPONSES[name])) == []


def make_value(document: VendorDocument, schema: Schema) -> Any:
    """Return a value of the documented type."""
    schema = document.resolve(schema)
    if "alternatives" in schema:
        return make_value(document, schema["alternatives"][0])
    if document.get_properties(schema):
        return make_row(document, schema)
    if schema["type"] == "array":
        return [make_value(document, schema["items"])]
    values = {"integer": 7, "number": 8, "boolean": True, "object": {"a": "b"}, "string": "12"}
    return values[schema["type"]]


def make_row(document: VendorDocument, schema: Schema) -> dict[str, Any]:
    """Return an object with a value for each property with a documented type."""
    return {
        name: make_value(document, value_schema)
        for name, value_schema in document.get_properties(schema).items()
        if document.resolve(value_schema) and name != "leafs"
    }


@pytest.mark.parametrize("name", RESPONSES)
def test_values_of_the_documented_types_keep_their_type(
    document: VendorDocument, name: str
) -> None:
    """A documented number is a number, a boolean is a boolean, an object keeps its parts."""
    row = make_row(document, name)
    (model,) = decode(encode([row]), list[RESPONSES[name]])  # type: ignore[misc]
    assert find_changed_leaves(row, model) == {}


def get_leaves(value: Any, path: str = "$") -> dict[str, Any]:
    """Return every scalar by its JSON path."""
    if isinstance(value, dict):
        parts = [get_leaves(part, f"{path}.{key}") for key, part in value.items()]
    elif isinstance(value, list):
        parts = [get_leaves(part, f"{path}[{index}]") for index, part in enumerate(value)]
    else:
        return {path: value}
    return {leaf_path: leaf for part in parts for leaf_path, leaf in part.items()}


def find_changed_leaves(sent: Any, model: Model) -> dict[str, tuple[Any, Any]]:
    """Return the leaves that a model lacks or has another value for, with that value."""
    decoded = get_leaves(msgspec.to_builtins(model))
    pairs = {
        path: (leaf, decoded.get(MOVED.get(path, path))) for path, leaf in get_leaves(sent).items()
    }
    return {path: pair for path, pair in pairs.items() if not _is_same(*pair)}


def _is_same(sent: Any, decoded: Any) -> bool:
    """Return True if the values are equal, or one is the exact text of the other, a number."""
    if isinstance(sent, bool) or isinstance(decoded, bool) or sent is None:
        return sent is decoded
    return sent == decoded or json.dumps(sent) == decoded or sent == json.dumps(decoded)


@pytest.mark.parametrize("name", RESPONSES)
def test_every_example_keeps_each_leaf(document: VendorDocument, name: str) -> None:
    """The vendor's example of a schema decodes without losing a leaf."""
    example = document.get_example(name)
    if example is None:
        assert name not in EXAMPLES
        return
    assert name in EXAMPLES
    assert find_changed_leaves(example, decode(json.dumps(example).encode(), RESPONSES[name])) == {}


EXAMPLES = {
    "Article",
    "ArticleList",
    "Category",
    "ConfiguratorArticleList",
    "Discountcode",
    "DiscountcodePostable",
    "NewsletterSubscriber",
    "NewsletterSubscriberPatchable",
    "OfflineLocation",
    "OfflineLocationPatchable",
    "Order",
    "OrderStatus",
    "Payment",
    "PaymentGateways",
    "PaymentMutation",
    "ShippingMethod",
    "Store",
    "StorePaymentGateways",
    "TaxPolicyRegion",
}


def test_the_inconsistent_names_of_the_examples(document: VendorDocument) -> None:
    """The map of options in the article's example keeps its key as well as its value."""
    article = decode(json.dumps(document.get_example("Article")).encode(), models.Article)
    assert article.variants is not None
    assert article.variants[0].options is not None
    assert article.variants[0].options[0].list_id == 193177


def test_every_body_has_its_struct(document: VendorDocument) -> None:
    """Each operation that takes an object, or a list of them, has a typed body."""
    operations_with_objects = {
        name
        for name, operation in document.operations.items()
        if (schema := operation["body"])
        and document.get_properties(document.get_item_schema(schema))
    }
    assert operations_with_objects == BODIES.keys()


def get_body_schema(document: VendorDocument, operation_id: str) -> InlineSchema:
    """Return the schema of an operation's body, or of its items."""
    schema = document.operations[operation_id]["body"]
    assert schema is not None
    return document.get_item_schema(schema)


@pytest.mark.parametrize("operation_id", BODIES)
def test_every_property_of_a_body_is_a_field(document: VendorDocument, operation_id: str) -> None:
    """Each documented property of a request is a field under its wire name, nested ones too."""
    assert (
        list(
            find_missing_fields(
                document, get_body_schema(document, operation_id), BODIES[operation_id]
            )
        )
        == []
    )


def find_required_mismatches(
    document: VendorDocument, schema: Schema, struct: Any
) -> Iterator[str]:
    """Yield the fields that either the document or the Struct requires, but not both."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    documented = {n for n in document.get_required(schema) if (struct, n) not in NOT_REQUIRED}
    required = {name for name, field in fields.items() if field.required}
    yield from (f"{struct.__name__}.{name}" for name in documented ^ required)
    for name, value_schema in document.get_properties(schema).items():
        for part in get_structs(fields[name].type):
            yield from find_required_mismatches(
                document, document.get_item_schema(value_schema), part
            )


@pytest.mark.parametrize("operation_id", BODIES)
def test_required_properties_are_required_fields(
    document: VendorDocument, operation_id: str
) -> None:
    """A body requires the fields that the document requires, and no others."""
    schema = get_body_schema(document, operation_id)
    assert list(find_required_mismatches(document, schema, BODIES[operation_id])) == []


def find_unknown_keys(example: Any, struct: Any, path: str) -> Iterator[str]:
    """Yield the paths of an example's keys without a field in the body."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, value in example.items():
        if name not in fields:
            yield f"{path}.{name}"
            continue
        for part in get_structs(fields[name].type):
            for item in value if isinstance(value, list) else [value]:
                yield from find_unknown_keys(item, part, f"{path}.{name}")


@pytest.mark.parametrize("operation_id", BODIES)
def test_every_example_of_a_body_can_be_sent(document: VendorDocument, operation_id: str) -> None:
    """The typed body has a field for every key of the vendor's example."""
    example = get_body_schema(document, operation_id).get("example", {})
    assert list(find_unknown_keys(example, BODIES[operation_id], "$")) == []


def test_payment_portions(document: VendorDocument) -> None:
    """The typed portion has a field for every key of the example of order lines to pay."""
    for portion in document.get_example("OrderPaymentLinePortions"):
        assert list(find_unknown_keys(portion, models.PaymentLinePortion, "$")) == []


def get_published_models(published: dict[str, Any]) -> dict[str, Any]:
    """Return the models of the published client."""
    names = published["modules"]["myonlinestore.models"]["names"]
    return {name: entry for name, entry in names.items() if entry["kind"] == "pydantic_model"}


def test_every_published_model_is_exported(published: dict[str, Any]) -> None:
    """Each published model is exported under its name."""
    names = get_published_models(published).keys()
    assert names == set(published["modules"]["myonlinestore.models"]["all"])
    assert names <= set(models.__all__)


def test_every_published_field_exists(published: dict[str, Any]) -> None:
    """Each published field has its name, its alias, and is required or optional as published."""
    for name, entry in get_published_models(published).items():
        fields = getattr(models, name).model_fields
        for field, published_field in entry["fields"].items():
            # The published surface has the field's own name if it has no alias.
            has_alias = published_field["alias"] != field or (name, field) == (
                "CategorySorting",
                "next",
            )
            alias = published_field["alias"] if has_alias else None
            own_field = fields[field]
            assert (own_field.alias, own_field.required) == (alias, published_field["required"]), (
                f"{name}.{field}"
            )


def test_every_published_type_is_accepted(published: dict[str, Any]) -> None:
    """Each field's type is the published one, or wider."""
    public = {name: getattr(models, name) for name in models.__all__}
    for name, entry in get_published_models(published).items():
        fields = getattr(models, name).model_fields
        for field, published_field in entry["fields"].items():
            text = published_field["annotation"].removeprefix("<class '").removesuffix("'>")
            annotation = eval(text, {**public, **globals(), "NoneType": type(None)})
            assert is_compatible(fields[field].annotation, annotation), f"{name}.{field}: {text}"


def is_compatible(wide: Any, narrow: Any) -> bool:
    """Return True if each value of one type is valid for the other, or for a model of it."""
    return all(
        any(_is_compatible_member(member, narrow_member) for member in get_union_members(wide))
        for narrow_member in get_union_members(narrow)
    )


def _is_compatible_member(wide: Any, narrow: Any) -> bool:
    if is_struct(wide) and is_struct(narrow):
        return issubclass(wide, narrow)
    if get_origin(wide) is list and get_origin(narrow) is list:
        return is_compatible(get_args(wide)[0], get_args(narrow)[0])
    return bool(wide == narrow)
