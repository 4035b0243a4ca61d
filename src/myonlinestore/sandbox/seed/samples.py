"""Samples that seeded data is drawn from: words of the catalog, and timestamps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from myonlinestore.sandbox.store.store import TIMESTAMP_FORMAT

if TYPE_CHECKING:
    import random

OPENED_AT = datetime(2019, 3, 1, 9)  # noqa: DTZ001 - the vendor's timestamps have no time zone
CLOSED_AT = datetime(2025, 4, 1, 18)  # noqa: DTZ001
"""The last timestamp of seeded data, fixed so that the same seed gives the same store."""


class ProductType(NamedTuple):
    """A product type: page, nouns, price and weight (from, to), and article lists."""

    page: str
    nouns: tuple[str, ...]
    euros: tuple[int, int]
    kilos: tuple[float, float]
    lists: tuple[str, ...] = ()


BRANCHES: dict[str, tuple[str, ...]] = {
    "Keuken": ("Pannen", "Messen & snijplanken", "Servies", "Glaswerk"),
    "Wonen": ("Verlichting", "Kussens & plaids", "Klokken", "Opbergen"),
    "Slapen": ("Beddengoed", "Nachtkleding"),
    "Badkamer": ("Handdoeken", "Zeep & verzorging"),
    "Tuin": ("Planten & bollen", "Tuingereedschap", "Buitenverlichting"),
    "Kinderkamer": ("Speelgoed", "Prentenboeken", "Kinderkleding"),
    "Eten & drinken": ("Koffie & thee", "Chocolade", "Kruiden"),
    "Cadeaus": ("Gegraveerd", "Pakketten"),
}
DEEPER: dict[str, tuple[str, ...]] = {
    "Pannen": ("Koekenpannen", "Kookpannen"),
    "Verlichting": ("Hanglampen", "Tafellampen"),
    "Speelgoed": ("Houten speelgoed", "Puzzels"),
}
SALE, NEW = "Aanbiedingen", "Nieuw binnen"
LOW_RATE_PAGES = ("Prentenboeken", "Planten & bollen", "Koffie & thee", "Chocolade", "Kruiden")
"""Books, plants and food are taxed at 9 %."""

PRODUCT_TYPES: tuple[ProductType, ...] = (
    ProductType(
        "Koekenpannen", ("koekenpan", "wokpan", "grillpan"), (25, 95), (0.9, 2.5), ("Diameter",)
    ),
    ProductType(
        "Kookpannen", ("kookpan", "steelpan", "braadpan"), (30, 160), (1.0, 4.5), ("Diameter",)
    ),
    ProductType("Messen & snijplanken", ("snijplank", "koksmes", "broodmes"), (13, 90), (0.2, 1.8)),
    ProductType("Servies", ("dinerbord", "mok", "schaal"), (6, 35), (0.2, 1.2), ("Kleur",)),
    ProductType("Glaswerk", ("waterglas", "karaf", "wijnglas"), (4, 30), (0.1, 0.9)),
    ProductType("Hanglampen", ("hanglamp", "lampenkap"), (39, 240), (0.8, 4.0), ("Kleur",)),
    ProductType("Tafellampen", ("tafellamp", "bureaulamp"), (29, 140), (0.7, 3.0), ("Kleur",)),
    ProductType("Kussens & plaids", ("kussen", "plaid"), (15, 80), (0.3, 1.5), ("Kleur",)),
    ProductType("Klokken", ("wandklok", "wekker"), (18, 120), (0.2, 2.0)),
    ProductType("Opbergen", ("mand", "opbergdoos", "kapstok"), (10, 75), (0.3, 3.5), ("Formaat",)),
    ProductType("Beddengoed", ("dekbedovertrek", "hoeslaken"), (25, 130), (0.6, 2.2), ("Bedmaat",)),
    ProductType("Nachtkleding", ("pyjama", "badjas"), (25, 85), (0.3, 1.0), ("Maat", "Kleur")),
    ProductType("Handdoeken", ("handdoek", "badlaken", "washand"), (4, 35), (0.1, 0.7), ("Kleur",)),
    ProductType(
        "Zeep & verzorging", ("zeep", "handcrème", "badzout"), (4, 25), (0.1, 0.5), ("Geur",)
    ),
    ProductType("Planten & bollen", ("tulpenbollen", "lavendel", "hortensia"), (4, 30), (0.2, 3.0)),
    ProductType("Tuingereedschap", ("schep", "snoeischaar", "hark"), (12, 70), (0.3, 2.5)),
    ProductType("Buitenverlichting", ("lantaarn", "wandlamp"), (22, 120), (0.6, 3.0)),
    ProductType("Houten speelgoed", ("blokkenset", "trein", "poppenhuis"), (12, 110), (0.3, 6.0)),
    ProductType("Puzzels", ("puzzel", "legpuzzel"), (8, 35), (0.3, 1.0)),
    ProductType("Prentenboeken", ("prentenboek", "voorleesboek"), (10, 22), (0.3, 0.8)),
    ProductType(
        "Kinderkleding", ("trui", "jurk", "regenjas"), (15, 60), (0.2, 0.6), ("Kindermaat",)
    ),
    ProductType("Koffie & thee", ("koffiebonen", "kruidenthee"), (4, 22), (0.1, 1.0), ("Maling",)),
    ProductType("Chocolade", ("chocoladereep", "bonbons"), (3, 28), (0.1, 0.6)),
    ProductType("Kruiden", ("kruidenmix", "peperkorrels"), (3, 14), (0.1, 0.3)),
    ProductType("Gegraveerd", ("sleutelhanger", "naambord"), (9, 45), (0.1, 0.8), ("Gravure",)),
    ProductType("Pakketten", ("cadeaupakket", "verwenpakket"), (19, 95), (0.8, 4.0), ("Inpakken",)),
)

LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Kleur": (
        ("Wit", "0.00"),
        ("Zwart", "0.00"),
        ("Oker", "0.00"),
        ("Olijfgroen", "2.50"),
        ("Terracotta", "2.50"),
    ),
    "Maat": (("S", "0.00"), ("M", "0.00"), ("L", "0.00"), ("XL", "4.00")),
    "Kindermaat": (("98/104", "0.00"), ("110/116", "0.00"), ("122/128", "1.50")),
    "Bedmaat": (("90x200", "0.00"), ("140x200", "10.00"), ("180x200", "20.00")),
    "Diameter": (("20 cm", "0.00"), ("24 cm", "5.00"), ("28 cm", "9.95")),
    "Formaat": (("Klein", "0.00"), ("Middel", "7.50"), ("Groot", "15.00")),
    "Geur": (("Lavendel", "0.00"), ("Citroen", "0.00"), ("Ongeparfumeerd", "0.00")),
    "Maling": (("Hele bonen", "0.00"), ("Gemalen", "0.00")),
    "Gravure": (("Zonder gravure", "0.00"), ("Met naam", "6.95")),
    "Inpakken": (("Niet inpakken", "0.00"), ("Cadeaupapier", "2.95")),
}

ADJECTIVES = (
    "Handgemaakte", "Klassieke", "Moderne", "Duurzame", "Kleine", "Grote", "Landelijke", "Stoere",
    "Vrolijke", "Zachte", "Luxe", "Robuuste", "Minimalistische", "Gerecyclede", "Vintage", "Fijne",
)  # fmt: skip
MATERIALS = (
    "bamboe", "eikenhout", "gietijzer", "keramiek", "katoen", "linnen", "wol", "messing", "glas",
    "rotan", "kurk", "roestvrij staal", "beukenhout", "porselein", "leer", "vilt",
)  # fmt: skip
SERIES = (
    "Amstel", "Betuwe", "Drenthe", "Eems", "Friso", "Gooi", "Heide", "IJssel", "Jutter", "Kade",
    "Linge", "Maas", "Noord", "Oever", "Polder", "Rijn", "Schelde", "Texel", "Veluwe", "Waal",
)  # fmt: skip
SENTENCES = (
    "Met zorg gemaakt in een klein atelier in Nederland.",
    "Gaat jarenlang mee en wordt alleen maar mooier.",
    "Makkelijk schoon te maken met een vochtige doek.",
    "Geleverd in een doos van gerecycled karton.",
    "Een fijn cadeau voor iedereen die van mooie spullen houdt.",
    "Let op: kleuren kunnen licht afwijken van de foto.",
    "Op werkdagen voor 16:00 uur besteld, dezelfde dag verzonden.",
    "Geschikt voor dagelijks gebruik.",
)
BADGES = ("Nieuw", "Bestseller", "Laatste stuks", "Handgemaakt", "van - voor")


def timestamps(rng: random.Random, count: int, start: datetime = OPENED_AT) -> list[str]:
    """Return `count` timestamps in the store's lifetime, oldest first."""
    seconds = int((CLOSED_AT - start).total_seconds())
    offsets = sorted(rng.randrange(seconds) for _ in range(count))
    return [(start + timedelta(seconds=offset)).strftime(TIMESTAMP_FORMAT) for offset in offsets]


def timestamp_after(rng: random.Random, timestamp: str, days: float) -> str:
    """Return a timestamp at most `days` after another, within the store's lifetime."""
    start = datetime.strptime(timestamp, TIMESTAMP_FORMAT)  # noqa: DTZ007
    return min(start + timedelta(days=rng.random() * days), CLOSED_AT).strftime(TIMESTAMP_FORMAT)
