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
from tests.contract.vendor_document import Schema, VendorDocument

# Each schema of a response, and the model of it. The schemas that others are made of are not
# sent themselves; what they document is found in those.
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
# Where an example departs from its own schema: the place of its leaf, and the model's.
MOVED = {
    "$.variants[0].options.193177": "$.variants[0].options[0].name",
    "$.display name": "$.display_name",
}


def is_struct(tp: Any) -> bool:
    """Return True if a type is a Struct."""
    return isinstance(tp, type) and issubclass(tp, msgspec.Struct)


def kinds(tp: Any) -> list[Any]:
    """Return the types that a field may have, without None and without unset."""
    members = get_args(tp) if get_origin(tp) not in (list, dict, None) else [tp]
    return [kind for kind in members if kind not in (type(None), msgspec.UnsetType)]


def structs(tp: Any) -> list[Any]:
    """Return the Structs that a field may hold, itself or in a list."""
    found = [kind for kind in kinds(tp) if is_struct(kind)]
    items = [item for kind in kinds(tp) if get_origin(kind) is list for item in get_args(kind)]
    return found + [item for item in items if is_struct(item)]


def missing(document: VendorDocument, schema: Schema, struct: Any) -> Iterator[str]:
    """Yield the documented properties that a Struct, or one that it holds, has no field for."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, held in document.properties(schema).items():
        if name not in fields:
            yield f"{struct.__name__}.{name}"
            continue
        inner = document.item(held)
        for part in structs(fields[name].type) if inner is not schema else []:
            yield from missing(document, inner, part)


def test_every_response_has_its_model(document: VendorDocument) -> None:
    """Each object in a response has a model; the rest are strings and maps of strings."""
    answers = [operation["responses"] for _, _, operation in document.operations()]
    reached = document.reached_from(answers)
    objects = {name for name in reached if document.properties(document.schemas[name])}
    assert objects <= RESPONSES.keys()
    assert len(objects) > 50


@pytest.mark.parametrize("name", RESPONSES)
def test_every_documented_property_is_a_field(document: VendorDocument, name: str) -> None:
    """Each documented property is a field under its wire name, down to the last nested object."""
    schema = document.schemas[name]
    assert document.properties(schema)
    assert list(missing(document, schema, RESPONSES[name])) == []


def documented_value(document: VendorDocument, schema: Schema) -> Any:
    """Return a value of the documented type."""
    schema = document.resolved(schema)
    if "oneOf" in schema:
        return documented_value(document, schema["oneOf"][0])
    if document.properties(schema):
        return documented_row(document, schema)
    if schema["type"] == "array":
        return [documented_value(document, schema["items"])]
    values = {"integer": 7, "number": 8, "boolean": True, "object": {"a": "b"}, "string": "12"}
    return values[schema["type"]]


def documented_row(document: VendorDocument, schema: Schema) -> dict[str, Any]:
    """Return an object with a value of its documented type in each property that has one."""
    typed = {
        name: held
        for name, held in document.properties(schema).items()
        if document.resolved(held).keys() - {"description"} and name != "leafs"
    }
    return {name: documented_value(document, held) for name, held in typed.items()}


@pytest.mark.parametrize("name", RESPONSES)
def test_values_of_the_documented_types_are_what_the_caller_gets(
    document: VendorDocument, name: str
) -> None:
    """A number that is documented as one is a number, a flag a flag, an object its parts."""
    row = documented_row(document, document.schemas[name])
    (one,) = decode(encode([row]), list[RESPONSES[name]])  # type: ignore[misc]
    assert lost(row, one) == {}


def leaves(value: Any, path: str = "$") -> dict[str, Any]:
    """Every scalar, by its place."""
    if isinstance(value, dict):
        parts = [leaves(held, f"{path}.{key}") for key, held in value.items()]
    elif isinstance(value, list):
        parts = [leaves(held, f"{path}[{index}]") for index, held in enumerate(value)]
    else:
        return {path: value}
    return {place: leaf for part in parts for place, leaf in part.items()}


def lost(sent: Any, model: Model) -> dict[str, tuple[Any, Any]]:
    """Return the leaves that a model does not hold, or holds as another value, with that value."""
    held = leaves(msgspec.to_builtins(model))
    found = {
        place: (leaf, held.get(MOVED.get(place, place))) for place, leaf in leaves(sent).items()
    }
    return {place: pair for place, pair in found.items() if not _is_kept(*pair)}


def _is_kept(leaf: Any, held: Any) -> bool:
    """Return the same value; or the exact text of a number; or the number that a text spells."""
    if isinstance(leaf, bool) or isinstance(held, bool) or leaf is None:
        return leaf is held
    return leaf == held or json.dumps(leaf) == held or leaf == json.dumps(held)


@pytest.mark.parametrize("name", RESPONSES)
def test_every_example_keeps_each_leaf(document: VendorDocument, name: str) -> None:
    """The vendor's example of a schema decodes, and holds each of its leaves."""
    example = document.schemas[name].get("example")
    if example is None:
        assert name not in EXAMPLES
        return
    assert name in EXAMPLES
    assert lost(example, decode(json.dumps(example).encode(), RESPONSES[name])) == {}


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
    article = decode(json.dumps(document.schemas["Article"]["example"]).encode(), models.Article)
    assert article.variants is not None
    assert article.variants[0].options is not None
    assert article.variants[0].options[0].list_id == 193177


def test_every_body_has_its_struct(document: VendorDocument) -> None:
    """Each operation that takes an object, or a list of them, has a typed body."""
    taken = {
        operation["operationId"]
        for _, _, operation in document.operations()
        if (schema := document.body_schema(operation))
        and document.properties(document.item(schema))
    }
    assert taken == BODIES.keys()


def body_schema(document: VendorDocument, operation_id: str) -> Schema:
    """Return the schema of an operation's body, or of its items."""
    (operation,) = (o for _, _, o in document.operations() if o["operationId"] == operation_id)
    schema = document.body_schema(operation)
    assert schema is not None
    return document.item(schema)


@pytest.mark.parametrize("operation_id", BODIES)
def test_every_property_of_a_body_is_a_field(document: VendorDocument, operation_id: str) -> None:
    """Each documented property of a request is a field under its wire name, nested ones too."""
    assert list(missing(document, body_schema(document, operation_id), BODIES[operation_id])) == []


def required_elsewhere(document: VendorDocument, schema: Schema, struct: Any) -> Iterator[str]:
    """Return the fields on which the document and a body disagree about being required."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    demanded = {n for n in document.required(schema) if (struct, n) not in NOT_REQUIRED}
    given = {name for name, field in fields.items() if field.required}
    yield from (f"{struct.__name__}.{name}" for name in demanded ^ given)
    for name, held in document.properties(schema).items():
        for part in structs(fields[name].type):
            yield from required_elsewhere(document, document.item(held), part)


@pytest.mark.parametrize("operation_id", BODIES)
def test_what_the_vendor_requires_is_required(document: VendorDocument, operation_id: str) -> None:
    """A body asks for what the document requires, and for nothing else."""
    schema = body_schema(document, operation_id)
    assert list(required_elsewhere(document, schema, BODIES[operation_id])) == []


def unnamed(example: Any, struct: Any, path: str) -> Iterator[str]:
    """Yield the keys of an example that a body has no field for."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name, held in example.items():
        if name not in fields:
            yield f"{path}.{name}"
            continue
        for part in structs(fields[name].type):
            for item in held if isinstance(held, list) else [held]:
                yield from unnamed(item, part, f"{path}.{name}")


@pytest.mark.parametrize("operation_id", BODIES)
def test_every_example_of_a_body_can_be_sent(document: VendorDocument, operation_id: str) -> None:
    """Whatever the vendor's example of a request shows, the typed body can say."""
    example = body_schema(document, operation_id).get("example", {})
    assert list(unnamed(example, BODIES[operation_id], "$")) == []


def test_payment_portions(document: VendorDocument) -> None:
    """The example of the order lines to pay can be said in typed portions."""
    for portion in document.schemas["OrderPaymentLinePortions"]["example"]:
        assert list(unnamed(portion, models.PaymentLinePortion, "$")) == []


def published_models(surface: dict[str, Any]) -> dict[str, Any]:
    """Return the models of the published client."""
    names = surface["myonlinestore.models"]["names"]
    return {name: held for name, held in names.items() if held["kind"] == "pydantic_model"}


def test_every_published_model_is_there(surface: dict[str, Any]) -> None:
    """Each published model is exported under its name."""
    published = published_models(surface)
    assert published.keys() == set(surface["myonlinestore.models"]["__all__"])
    assert published.keys() <= set(models.__all__)


def test_every_published_field_is_there(surface: dict[str, Any]) -> None:
    """Each published field has its name, its alias, and is required or not as it was."""
    for name, published in published_models(surface).items():
        fields = getattr(models, name).model_fields
        for field, told in published["fields"].items():
            alias = None if told["alias"] == field else told["alias"]
            held = fields[field]
            assert (held.alias, held.required) == (alias, told["required"]), f"{name}.{field}"


def test_every_published_type_can_be_held(surface: dict[str, Any]) -> None:
    """Each field's type is the published one, or wider."""
    public = {name: getattr(models, name) for name in models.__all__}
    for name, published in published_models(surface).items():
        fields = getattr(models, name).model_fields
        for field, told in published["fields"].items():
            text = told["annotation"].removeprefix("<class '").removesuffix("'>")
            annotation = eval(text, {**public, **globals(), "NoneType": type(None)})
            assert holds(fields[field].annotation, annotation), f"{name}.{field}: {text}"


def holds(wide: Any, narrow: Any) -> bool:
    """Return True if each value of one type is valid for the other, or for a model of it."""
    return all(any(_holds(w, n) for w in kinds(wide)) for n in kinds(narrow))


def _holds(wide: Any, narrow: Any) -> bool:
    if is_struct(wide) and is_struct(narrow):
        return issubclass(wide, narrow)
    if get_origin(wide) is list and get_origin(narrow) is list:
        return holds(get_args(wide)[0], get_args(narrow)[0])
    return bool(wide == narrow)
