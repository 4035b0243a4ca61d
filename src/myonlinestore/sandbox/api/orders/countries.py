"""Country names as a Dutch store shows them."""

from __future__ import annotations

NAMES = {
    "AT": "Oostenrijk",
    "BE": "België",
    "CH": "Zwitserland",
    "DE": "Duitsland",
    "DK": "Denemarken",
    "ES": "Spanje",
    "FR": "Frankrijk",
    "GB": "Verenigd Koninkrijk",
    "IT": "Italië",
    "LU": "Luxemburg",
    "NL": "Nederland",
    "PL": "Polen",
    "SE": "Zweden",
    "US": "Verenigde Staten",
}


def name(code: str) -> str:
    """The Dutch name of a country, or its code when it is not one of the usual ones."""
    return NAMES.get(code, code)
