"""The API's 61 operations, one package or module per domain."""

from __future__ import annotations

from myonlinestore.sandbox.api import categories, customers, discount_codes, newsletter, settings
from myonlinestore.sandbox.api.articles.routes import OPERATIONS as ARTICLE_OPERATIONS
from myonlinestore.sandbox.api.orders.routes import OPERATIONS as ORDER_OPERATIONS

# Within a domain, a fixed path comes before a path with a placeholder that would match it too.
OPERATIONS = (
    *ARTICLE_OPERATIONS,
    *categories.OPERATIONS,
    *customers.OPERATIONS,
    *ORDER_OPERATIONS,
    *discount_codes.OPERATIONS,
    *newsletter.OPERATIONS,
    *settings.OPERATIONS,
)
