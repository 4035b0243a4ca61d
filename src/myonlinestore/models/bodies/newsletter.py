"""Request bodies for newsletter subscribers."""

from __future__ import annotations

from msgspec import UNSET

from myonlinestore.models.bodies.base import Body, Text


class NewsletterSubscriberUpdate(Body, kw_only=True):
    """Changes to a subscriber (patchNewsletterSubscriber).

    Attributes:
        name: name.
    """

    name: Text = UNSET


class NewsletterSubscriberCreate(NewsletterSubscriberUpdate, kw_only=True):
    """A new subscriber (postNewsletterSubscriber).

    Attributes:
        email: email address.
    """

    email: Text = UNSET
