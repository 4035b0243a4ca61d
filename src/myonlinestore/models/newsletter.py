"""Newsletter subscribers."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DatetimeView, Model


class NewsletterSubscriber(Model):
    """A subscriber (getNewsletterSubscribers, getNewsletterSubscriber).

    Attributes:
        email: email address; identifies the subscriber.
        name: name.
        activated: whether the subscription was confirmed.
        created_date: date of subscription, ``yyyy-mm-dd``.
        created_time: time of subscription, ``hh:mm:ss`` in store time.
        updated_date: date of the last change.
        updated_time: time of the last change.
    """

    map_fields: ClassVar[tuple[str, str]] = ("email", "name")
    row_keys: ClassVar[tuple[str, ...]] = ("email",)

    email: str | None = None
    name: str | None = None
    activated: bool | None = None
    created_date: str | None = None
    created_time: str | None = None
    updated_date: str | None = None
    updated_time: str | None = None

    created_datetime: ClassVar[DatetimeView] = DatetimeView("created_date", "created_time")
    updated_datetime: ClassVar[DatetimeView] = DatetimeView("updated_date", "updated_time")
