# Written by tools/pydantic_stub.py from the models; a test compares the two.
import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel
from typing_extensions import Self

from myonlinestore import models
from myonlinestore.models.base import Model

__all__ = [
    "Address",
    "ApiError",
    "ApiProblem",
    "Article",
    "ArticleExtraFieldSet",
    "ArticleImage",
    "ArticleImagePostable",
    "ArticleLimited",
    "ArticleList",
    "ArticleListOption",
    "ArticlePrice",
    "ArticleVariant",
    "ArticleVariantOption",
    "Category",
    "CategoryArticle",
    "CategorySorting",
    "CountResponse",
    "Customer",
    "CustomerAddress",
    "DiscountCode",
    "DiscountCodeProduct",
    "InvoiceAddress",
    "NewsletterSubscriber",
    "OfflineLocation",
    "Order",
    "OrderAddress",
    "OrderArticle",
    "OrderArticleOption",
    "OrderArticlePrice",
    "OrderComment",
    "OrderDebtor",
    "OrderDetail",
    "OrderLinePrice",
    "OrderPaymentStatus",
    "OrderPaymentSummary",
    "OrderPrice",
    "OrderShipping",
    "OrderShippingCountry",
    "OrderStatus",
    "Payment",
    "PaymentAddress",
    "PaymentCustomer",
    "PaymentGateway",
    "PaymentGateways",
    "PaymentMethod",
    "PaymentMethodCost",
    "PaymentMethodSettings",
    "PaymentMutation",
    "PaymentName",
    "PaymentOrder",
    "PaymentOrderLine",
    "PaymentShippingAddress",
    "PaymentStreet",
    "PydanticModel",
    "ShippingMethod",
    "Store",
    "TaxPolicyOverride",
    "TaxPolicyRegion",
    "TaxPolicyRegionOverride",
    "TaxPrice",
]

class PydanticModel(BaseModel):
    struct_class: ClassVar[type[Model]]
    def to_struct(self) -> Model: ...

class Address(PydanticModel):
    id: str | int | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    street: str | None = None
    number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    country_description: str | None = None
    bankaccount: str | None = None
    vat_number: str | None = None
    country: str | None = None
    @classmethod
    def from_struct(cls, struct: models.Address) -> Self: ...
    def to_struct(self) -> models.Address: ...

class ApiError(PydanticModel):
    code: int | None = None
    message: str | None = None
    description: str | None = None
    @classmethod
    def from_struct(cls, struct: models.ApiError) -> Self: ...
    def to_struct(self) -> models.ApiError: ...

class ApiProblem(PydanticModel):
    type: str | None = None
    title: str | None = None
    detail: str | None = None
    status: int | None = None
    @classmethod
    def from_struct(cls, struct: models.ApiProblem) -> Self: ...
    def to_struct(self) -> models.ApiProblem: ...

class Article(PydanticModel):
    id: int | None = None
    uuid: str | None = None
    name: str | None = None
    description: str | None = None
    sku: str | None = None
    badge_text: str | None = None
    taxable: bool | None = None
    price: ArticlePrice | None = None
    stock: int | None = None
    delivery_days: int | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    extra: ArticleExtraFieldSet | None = None
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None
    can_backorder: bool | None = None
    categories: list[dict[str, Any]] | None = None
    lists: list[ArticleList] | None = None
    images: list[ArticleImage] | None = None
    variants: list[ArticleVariant] | None = None
    url: str | None = None
    @property
    def created_datetime(self) -> dt.datetime | None: ...
    @property
    def updated_datetime(self) -> dt.datetime | None: ...
    @property
    def category_links(self) -> list[CategoryArticle]: ...
    @classmethod
    def from_struct(cls, struct: models.Article) -> Self: ...
    def to_struct(self) -> models.Article: ...

class ArticleExtraFieldSet(PydanticModel):
    visible: dict[str, Any] | None = None
    invisible: dict[str, Any] | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleExtraFieldSet) -> Self: ...
    def to_struct(self) -> models.ArticleExtraFieldSet: ...

class ArticleImage(PydanticModel):
    position: int | None = None
    id: str | None = None
    original_name: str | None = None
    url: str | None = None
    urls: dict[str, Any] | list[dict[str, Any]] | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleImage) -> Self: ...
    def to_struct(self) -> models.ArticleImage: ...

class ArticleImagePostable(PydanticModel):
    id: str | int | None = None
    position: int | None = None
    url: str | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleImagePostable) -> Self: ...
    def to_struct(self) -> models.ArticleImagePostable: ...

class ArticleLimited(PydanticModel):
    id: int | None = None
    name: str | None = None
    uuid: str | None = None
    is_main: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleLimited) -> Self: ...
    def to_struct(self) -> models.ArticleLimited: ...

class ArticleList(PydanticModel):
    id: int | None = None
    name: str | None = None
    description: str | None = None
    options: list[ArticleListOption] | None = None
    has_images: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleList) -> Self: ...
    def to_struct(self) -> models.ArticleList: ...

class ArticleListOption(PydanticModel):
    id: int | None = None
    name: str | None = None
    price: str | None = None
    image_ids: list[str] | None = None
    @property
    def price_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.ArticleListOption) -> Self: ...
    def to_struct(self) -> models.ArticleListOption: ...

class ArticlePrice(PydanticModel):
    default: str | None = None
    action: str | None = None
    purchase: str | None = None
    @property
    def default_decimal(self) -> Decimal | None: ...
    @property
    def action_decimal(self) -> Decimal | None: ...
    @property
    def purchase_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.ArticlePrice) -> Self: ...
    def to_struct(self) -> models.ArticlePrice: ...

class ArticleVariant(PydanticModel):
    id: int | None = None
    options: list[ArticleVariantOption] | None = None
    stock: int | None = None
    can_backorder: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleVariant) -> Self: ...
    def to_struct(self) -> models.ArticleVariant: ...

class ArticleVariantOption(PydanticModel):
    list_id: int | None = None
    option_id: int | None = None
    name: str | None = None
    @classmethod
    def from_struct(cls, struct: models.ArticleVariantOption) -> Self: ...
    def to_struct(self) -> models.ArticleVariantOption: ...

class Category(PydanticModel):
    id: int | None = None
    parent_category_id: int | None = None
    hidden: bool | None = None
    title: str | None = None
    content: str | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    article_order: int | None = None
    leafs: list[Category] | None = None
    sorting: CategorySorting | None = None
    parent_id: int | None = None
    @classmethod
    def from_struct(cls, struct: models.Category) -> Self: ...
    def to_struct(self) -> models.Category: ...

class CategoryArticle(PydanticModel):
    category_id: int | None = None
    article_url_id: int | None = None
    is_active: bool | None = None
    is_main: bool | None = None
    position: int | None = None
    @classmethod
    def from_struct(cls, struct: models.CategoryArticle) -> Self: ...
    def to_struct(self) -> models.CategoryArticle: ...

class CategorySorting(PydanticModel):
    first: bool | int | None = None
    last: bool | int | None = None
    previous: int | None = None
    next: int | None = None
    @classmethod
    def from_struct(cls, struct: models.CategorySorting) -> Self: ...
    def to_struct(self) -> models.CategorySorting: ...

class CountResponse(PydanticModel):
    count: int
    @classmethod
    def from_struct(cls, struct: models.CountResponse) -> Self: ...
    def to_struct(self) -> models.CountResponse: ...

class Customer(PydanticModel):
    id: str | None = None
    store_id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: str | None = None
    description: str | None = None
    addresses: list[CustomerAddress] | None = None
    @classmethod
    def from_struct(cls, struct: models.Customer) -> Self: ...
    def to_struct(self) -> models.Customer: ...

class CustomerAddress(PydanticModel):
    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    street: str | None = None
    street_number: str | None = None
    zip_code: str | None = None
    city: str | None = None
    country_code: str | None = None
    company: str | None = None
    gender: str | None = None
    phone: str | None = None
    tax_number: str | None = None
    iban: str | None = None
    is_default_for_delivery: bool | None = None
    is_default_for_invoice: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.CustomerAddress) -> Self: ...
    def to_struct(self) -> models.CustomerAddress: ...

class DiscountCode(PydanticModel):
    id: str | None = None
    code: str | None = None
    description: str | None = None
    percentage_discount: str | None = None
    fixed_discount: str | None = None
    minimum_order_price: str | None = None
    minimum_products: int | None = None
    applies_to_shipping: bool | None = None
    free_shipping: bool | None = None
    applies_to_action_prices: bool | None = None
    single_use: bool | None = None
    active: bool | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    valid_article_ids: list[str] | None = None
    valid_product_ids: list[dict[str, Any]] | None = None
    invalid_article_ids: list[str] | None = None
    invalid_product_ids: list[str] | None = None
    valid_category_ids: list[str] | None = None
    invalid_category_ids: list[str] | None = None
    customer_id: str | None = None
    valid_products: list[DiscountCodeProduct] | None = None
    @property
    def percentage_discount_decimal(self) -> Decimal | None: ...
    @property
    def fixed_discount_decimal(self) -> Decimal | None: ...
    @property
    def minimum_order_price_decimal(self) -> Decimal | None: ...
    @property
    def valid_product_links(self) -> list[DiscountCodeProduct]: ...
    @classmethod
    def from_struct(cls, struct: models.DiscountCode) -> Self: ...
    def to_struct(self) -> models.DiscountCode: ...

class DiscountCodeProduct(PydanticModel):
    product_id: str | None = None
    max_quantity: int | None = None
    @classmethod
    def from_struct(cls, struct: models.DiscountCodeProduct) -> Self: ...
    def to_struct(self) -> models.DiscountCodeProduct: ...

class InvoiceAddress(PydanticModel):
    id: str | int | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    street: str | None = None
    number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    country_description: str | None = None
    country: str | None = None
    bankaccount: str | None = None
    vat_number: str | None = None
    @classmethod
    def from_struct(cls, struct: models.InvoiceAddress) -> Self: ...
    def to_struct(self) -> models.InvoiceAddress: ...

class NewsletterSubscriber(PydanticModel):
    email: str | None = None
    name: str | None = None
    activated: bool | None = None
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None
    @property
    def created_datetime(self) -> dt.datetime | None: ...
    @property
    def updated_datetime(self) -> dt.datetime | None: ...
    @classmethod
    def from_struct(cls, struct: models.NewsletterSubscriber) -> Self: ...
    def to_struct(self) -> models.NewsletterSubscriber: ...

class OfflineLocation(PydanticModel):
    id: str | None = None
    name: str | None = None
    street: str | None = None
    street_number: str | None = None
    zipcode: str | None = None
    city: str | None = None
    country_code: str | None = None
    phone: str | None = None
    email: str | None = None
    country: str | None = None
    deleted: bool | None = None
    note: str | None = None
    @classmethod
    def from_struct(cls, struct: models.OfflineLocation) -> Self: ...
    def to_struct(self) -> models.OfflineLocation: ...

class Order(PydanticModel):
    number: str | int | None = None
    uuid: str | None = None
    date: str | None = None
    time: str | None = None
    status: int | None = None
    status_changed_date: str | None = None
    status_changed_time: str | None = None
    weight: str | None = None
    archived: bool | None = None
    finished: bool | None = None
    taxed: str | None = None
    locale: str | None = None
    discountcode: str | None = None
    currency: str | None = None
    currency_format_locale: str | None = None
    credited_order_number: int | None = None
    credit_order_numbers: list[str | int] | None = None
    comments: OrderComment | None = None
    business_model: str | None = None
    reference: str | None = None
    tax_region: str | None = None
    tax_strategy: str | None = None
    partner: dict[str, Any] | None = None
    payment_status: str | None = None
    payment: OrderPaymentSummary | None = None
    debtor: OrderDebtor | None = None
    price: OrderPrice | None = None
    orderlines: list[OrderDetail] | None = None
    shipping: list[OrderShipping] | None = None
    offline_location_id: str | None = None
    @property
    def datetime(self) -> dt.datetime | None: ...
    @property
    def status_changed_datetime(self) -> dt.datetime | None: ...
    @classmethod
    def from_struct(cls, struct: models.Order) -> Self: ...
    def to_struct(self) -> models.Order: ...

class OrderAddress(PydanticModel):
    invoice: InvoiceAddress | None = None
    delivery: Address | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderAddress) -> Self: ...
    def to_struct(self) -> models.OrderAddress: ...

class OrderArticle(PydanticModel):
    id: int | None = None
    description: str | None = None
    sku: str | None = None
    price: OrderArticlePrice | None = None
    options: list[OrderArticleOption] | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderArticle) -> Self: ...
    def to_struct(self) -> models.OrderArticle: ...

class OrderArticleOption(PydanticModel):
    list_option_id: int | None = None
    description: str | None = None
    price: TaxPrice | str | None = None
    @property
    def price_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.OrderArticleOption) -> Self: ...
    def to_struct(self) -> models.OrderArticleOption: ...

class OrderArticlePrice(PydanticModel):
    rate: str | None = None
    amount: str | None = None
    amount_including_tax: str | None = None
    purchase_price: str | None = None
    @property
    def rate_decimal(self) -> Decimal | None: ...
    @property
    def amount_decimal(self) -> Decimal | None: ...
    @property
    def amount_including_tax_decimal(self) -> Decimal | None: ...
    @property
    def purchase_price_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.OrderArticlePrice) -> Self: ...
    def to_struct(self) -> models.OrderArticlePrice: ...

class OrderComment(PydanticModel):
    customer: str | None = None
    internal: str | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderComment) -> Self: ...
    def to_struct(self) -> models.OrderComment: ...

class OrderDebtor(PydanticModel):
    id: str | None = None
    gender: str | None = None
    name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    bankaccount: str | None = None
    link_to_account: bool | str | None = None
    address: OrderAddress | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderDebtor) -> Self: ...
    def to_struct(self) -> models.OrderDebtor: ...

class OrderDetail(PydanticModel):
    id: str | None = None
    type: str | None = None
    quantity: int | None = None
    unit_price: TaxPrice | str | None = None
    unit_weight: str | None = None
    price_override: str | bool | None = None
    description: str | None = None
    price: OrderLinePrice | list[OrderLinePrice] | None = None
    weight: str | None = None
    articles: list[OrderArticle] | None = None
    @property
    def unit_price_decimal(self) -> Decimal | None: ...
    @property
    def price_override_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.OrderDetail) -> Self: ...
    def to_struct(self) -> models.OrderDetail: ...

class OrderLinePrice(PydanticModel):
    rate: str | None = None
    amount: str | None = None
    amount_including_tax: str | None = None
    articles: list[OrderArticle] | None = None
    @property
    def rate_decimal(self) -> Decimal | None: ...
    @property
    def amount_decimal(self) -> Decimal | None: ...
    @property
    def amount_including_tax_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.OrderLinePrice) -> Self: ...
    def to_struct(self) -> models.OrderLinePrice: ...

class OrderPaymentStatus(PydanticModel):
    id: int | None = None
    text: str | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderPaymentStatus) -> Self: ...
    def to_struct(self) -> models.OrderPaymentStatus: ...

class OrderPaymentSummary(PydanticModel):
    gateway_name: str | None = None
    method_name: str | None = None
    status: OrderPaymentStatus | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderPaymentSummary) -> Self: ...
    def to_struct(self) -> models.OrderPaymentSummary: ...

class OrderPrice(PydanticModel):
    tax: list[TaxPrice] | None = None
    total: str | None = None
    @property
    def total_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.OrderPrice) -> Self: ...
    def to_struct(self) -> models.OrderPrice: ...

class OrderShipping(PydanticModel):
    country: OrderShippingCountry | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderShipping) -> Self: ...
    def to_struct(self) -> models.OrderShipping: ...

class OrderShippingCountry(PydanticModel):
    description: str | None = None
    isocode: str | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderShippingCountry) -> Self: ...
    def to_struct(self) -> models.OrderShippingCountry: ...

class OrderStatus(PydanticModel):
    status: int | None = None
    description: str | None = None
    credit_order: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.OrderStatus) -> Self: ...
    def to_struct(self) -> models.OrderStatus: ...

class Payment(PydanticModel):
    id: str | None = None
    gateway: str | None = None
    method: str | None = None
    gateway_reference: str | None = None
    price: int | str | None = None
    currency: str | None = None
    store_id: str | None = None
    reference: str | None = None
    is_test: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    order: PaymentOrder | int | str | None = None
    properties: dict[str, Any] | None = None
    referrer_url: str | None = None
    mutations: list[PaymentMutation] | None = None
    @classmethod
    def from_struct(cls, struct: models.Payment) -> Self: ...
    def to_struct(self) -> models.Payment: ...

class PaymentAddress(PydanticModel):
    id: str | None = None
    name: PaymentName | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: PaymentStreet | None = None
    zip_code: str | None = None
    city: str | None = None
    country: str | None = None
    phone: str | None = None
    gender: str | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentAddress) -> Self: ...
    def to_struct(self) -> models.PaymentAddress: ...

class PaymentCustomer(PydanticModel):
    id: str | None = None
    email: str | None = None
    birth_date: str | None = None
    iban: str | None = None
    ip: str | None = None
    billing_address: PaymentAddress | None = None
    invoice_address: PaymentAddress | None = None
    shipping_address: PaymentShippingAddress | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentCustomer) -> Self: ...
    def to_struct(self) -> models.PaymentCustomer: ...

class PaymentGateway(PydanticModel):
    name: str | None = None
    display_name: str | None = None
    website_url: str | None = None
    methods: list[PaymentMethod] | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentGateway) -> Self: ...
    def to_struct(self) -> models.PaymentGateway: ...

class PaymentGateways(PydanticModel):
    gateways: list[PaymentGateway] | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentGateways) -> Self: ...
    def to_struct(self) -> models.PaymentGateways: ...

class PaymentMethod(PydanticModel):
    name: str | None = None
    display_name: str | None = None
    settings: PaymentMethodSettings | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentMethod) -> Self: ...
    def to_struct(self) -> models.PaymentMethod: ...

class PaymentMethodCost(PydanticModel):
    amount: str | None = None
    percentage: str | None = None
    @property
    def amount_decimal(self) -> Decimal | None: ...
    @property
    def percentage_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.PaymentMethodCost) -> Self: ...
    def to_struct(self) -> models.PaymentMethodCost: ...

class PaymentMethodSettings(PydanticModel):
    cost: PaymentMethodCost | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentMethodSettings) -> Self: ...
    def to_struct(self) -> models.PaymentMethodSettings: ...

class PaymentMutation(PydanticModel):
    id: int | None = None
    type: str | None = None
    reference: str | None = None
    price: int | str | None = None
    description: str | None = None
    created_at: str | None = None
    expires_at: str | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentMutation) -> Self: ...
    def to_struct(self) -> models.PaymentMutation: ...

class PaymentName(PydanticModel):
    first: str | None = None
    last: str | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentName) -> Self: ...
    def to_struct(self) -> models.PaymentName: ...

class PaymentOrder(PydanticModel):
    id: str | None = None
    reference: str | int | None = None
    price: int | None = None
    tax: int | None = None
    locale: str | None = None
    delivery_type: str | None = None
    lines: list[PaymentOrderLine] | None = None
    customer: PaymentCustomer | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentOrder) -> Self: ...
    def to_struct(self) -> models.PaymentOrder: ...

class PaymentOrderLine(PydanticModel):
    id: str | None = None
    type: str | None = None
    name: str | None = None
    description: str | None = None
    quantity: str | int | None = None
    price: int | None = None
    tax: int | None = None
    tax_rate: str | None = None
    @property
    def tax_rate_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.PaymentOrderLine) -> Self: ...
    def to_struct(self) -> models.PaymentOrderLine: ...

class PaymentShippingAddress(PydanticModel):
    id: str | None = None
    name: PaymentName | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: PaymentStreet | None = None
    zip_code: str | None = None
    city: str | None = None
    country: str | None = None
    phone: str | None = None
    gender: str | None = None
    email: str | None = None
    birth_date: str | None = None
    iban: str | None = None
    ip: str | None = None
    billing_address: PaymentAddress | None = None
    invoice_address: PaymentAddress | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentShippingAddress) -> Self: ...
    def to_struct(self) -> models.PaymentShippingAddress: ...

class PaymentStreet(PydanticModel):
    name: str | None = None
    number: str | int | None = None
    suffix: str | None = None
    @classmethod
    def from_struct(cls, struct: models.PaymentStreet) -> Self: ...
    def to_struct(self) -> models.PaymentStreet: ...

class ShippingMethod(PydanticModel):
    id: str | None = None
    display_name: str | None = None
    countries: list[str] | None = None
    default: bool | None = None
    no_costs_above: str | bool | None = None
    @property
    def no_costs_above_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.ShippingMethod) -> Self: ...
    def to_struct(self) -> models.ShippingMethod: ...

class Store(PydanticModel):
    id: str | None = None
    name: str | None = None
    primary_domain: str | None = None
    description: str | None = None
    open: bool | None = None
    version: str | None = None
    administration_language: str | None = None
    currency: str | None = None
    email: str | None = None
    region_code: str | None = None
    default_language: str | None = None
    active_languages: list[str] | None = None
    available_business_models: str | None = None
    currency_format_locale: str | None = None
    prices_include_tax: bool | None = None
    @classmethod
    def from_struct(cls, struct: models.Store) -> Self: ...
    def to_struct(self) -> models.Store: ...

class TaxPolicyOverride(PydanticModel):
    type: str | None = None
    references: list[str] | None = None
    @classmethod
    def from_struct(cls, struct: models.TaxPolicyOverride) -> Self: ...
    def to_struct(self) -> models.TaxPolicyOverride: ...

class TaxPolicyRegion(PydanticModel):
    region_code: str | None = None
    tax_enabled: bool | None = None
    tax_number: str | None = None
    tax_rate: str | None = None
    shipping_tax_method: str | None = None
    shipping_tax_rate: str | None = None
    transaction_tax_method: str | None = None
    transaction_tax_rate: str | None = None
    overrides: list[TaxPolicyRegionOverride] | None = None
    @property
    def tax_rate_decimal(self) -> Decimal | None: ...
    @property
    def shipping_tax_rate_decimal(self) -> Decimal | None: ...
    @property
    def transaction_tax_rate_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.TaxPolicyRegion) -> Self: ...
    def to_struct(self) -> models.TaxPolicyRegion: ...

class TaxPolicyRegionOverride(PydanticModel):
    tax_rate: str | None = None
    items: list[TaxPolicyOverride] | None = None
    @property
    def tax_rate_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.TaxPolicyRegionOverride) -> Self: ...
    def to_struct(self) -> models.TaxPolicyRegionOverride: ...

class TaxPrice(PydanticModel):
    rate: str | None = None
    amount: str | None = None
    amount_including_tax: str | None = None
    @property
    def rate_decimal(self) -> Decimal | None: ...
    @property
    def amount_decimal(self) -> Decimal | None: ...
    @property
    def amount_including_tax_decimal(self) -> Decimal | None: ...
    @classmethod
    def from_struct(cls, struct: models.TaxPrice) -> Self: ...
    def to_struct(self) -> models.TaxPrice: ...
