"""The vendor's 61 operations: from a request to the store and back, a file for each domain."""

from __future__ import annotations

from myonlinestore.sandbox.operations import (
    article_lists,
    articles,
    categories,
    customers,
    discount_codes,
    newsletter,
    orders,
    payments,
    settings,
)

# A fixed path stands before the one with a placeholder that would match it too.
OPERATIONS = (
    *articles.OPERATIONS,
    *article_lists.OPERATIONS,
    *categories.OPERATIONS,
    *customers.OPERATIONS,
    *orders.OPERATIONS,
    *payments.OPERATIONS,
    *discount_codes.OPERATIONS,
    *newsletter.OPERATIONS,
    *settings.OPERATIONS,
)
