"""People: customers with addresses and bank accounts, subscribers, and the codes they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.articles.service import slug
from myonlinestore.sandbox.api.discount_codes import BLANK
from myonlinestore.sandbox.seed.samples import timestamp_after, timestamps
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    import random

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_NAMES = {
    "F": (
        "Anna", "Emma", "Sanne", "Truus", "Fatima", "Lotte", "Marieke", "Noor", "Julia", "Saskia",
        "Femke", "Ingrid", "Zoë", "Mila", "Roos", "Tess", "Yara", "Willemijn", "Hanneke", "Eline",
    ),
    "M": (
        "Daan", "Bram", "Sem", "Thijs", "Mohammed", "Lars", "Jeroen", "Pieter", "Joris", "Ruben",
        "Koen", "Maarten", "Gijs", "Teun", "Sven", "Henk", "Wouter", "Ahmed", "Stijn", "Bas",
    ),
}  # fmt: skip
LAST_NAMES = (
    "de Jong", "Jansen", "de Vries", "van den Berg", "Bakker", "van Dijk", "Visser", "Smit",
    "Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen",
    "Dekker", "Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "Kok", "Yilmaz",
    "van Vliet", "Willems", "Hoekstra", "Koster", "Prins", "Huisman", "Postma", "Kuiper",
)  # fmt: skip
STREETS = (
    "Molenstraat", "Kerkstraat", "Dorpsstraat", "Schoolstraat", "Stationsweg", "Beatrixlaan",
    "Julianastraat", "Nieuwstraat", "Wilhelminastraat", "Parallelweg", "Lindelaan", "Kastanjelaan",
    "Industrieweg", "Oranjestraat", "Hoofdstraat", "Achterweg",
)  # fmt: skip
PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "NL": (
        ("Oss", "53"), ("Utrecht", "35"), ("Amsterdam", "10"), ("Groningen", "97"), ("Breda", "48"),
        ("Zwolle", "80"), ("Arnhem", "68"), ("Leiden", "23"), ("Maastricht", "62"), ("Delft", "26"),
        ("'s-Hertogenbosch", "52"), ("Alkmaar", "18"), ("Enschede", "75"), ("Middelburg", "43"),
    ),
    "BE": (("Antwerpen", "20"), ("Gent", "90"), ("Brugge", "80"), ("Leuven", "30")),
    "DE": (("Köln", "506"), ("Kleve", "475"), ("Münster", "481")),
    "CH": (("Zürich", "80"), ("Bern", "30")),
}  # fmt: skip
COUNTRIES = ("NL",) * 85 + ("BE",) * 9 + ("DE",) * 5 + ("CH",)
COMPANIES = ("Bloemen", "Bouw", "Advies", "Horeca", "Studio", "Interieur")
DIALS = {"NL": "+316", "BE": "+324", "DE": "+4915", "CH": "+417"}
BANKS = ("INGB", "RABO", "ABNA", "TRIO", "SNSB")
DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved domains (RFC 2606), so that mail to seeded customers is never delivered."""


def person(rng: random.Random) -> tuple[str, str, str]:
    """Return a gender (F or M), a first name and a last name."""
    gender = rng.choice("FM")
    return gender, rng.choice(FIRST_NAMES[gender]), rng.choice(LAST_NAMES)


def email(first: str, last: str, number: int) -> str:
    """Return an email address that is unique per number."""
    return f"{slug(first)}.{slug(last).replace('-', '')}{number}@{DOMAINS[number % 3]}"


def address(rng: random.Random, gender: str, first: str, last: str) -> Row:
    """Return the fields of a CustomerAddress, without its id and defaults."""
    code = rng.choice(COUNTRIES)
    city, prefix = rng.choice(PLACES[code])
    business = rng.random() < 0.1
    return {
        "firstName": first,
        "lastName": last,
        "street": rng.choice(STREETS),
        "streetNumber": f"{rng.randint(1, 240)}{rng.choice(('', '', '', 'a', '-2'))}",
        "zipCode": _zip_code(rng, code, prefix),
        "city": city,
        "countryCode": code,
        "company": f"{last} {rng.choice(COMPANIES)}" if business else None,
        "gender": gender,
        "phone": f"{DIALS[code]}{rng.randrange(10**8):08d}",
        "taxNumber": f"{code}{rng.randrange(10**9):09d}B01" if business else None,
        "iban": iban(rng) if rng.random() < 0.3 else None,
    }


def _zip_code(rng: random.Random, code: str, prefix: str) -> str:
    digits = f"{prefix}{rng.randrange(100):02d}"
    return digits + "".join(rng.choices("ABCDEGHJKLMNPRSTVWXZ", k=2)) if code == "NL" else digits


def iban(rng: random.Random) -> str:
    """Return a Dutch account number with valid check digits (ISO 13616)."""
    account = f"{rng.choice(BANKS)}{rng.randrange(10**10):010d}"
    digits = "".join(str(int(sign, 36)) for sign in f"{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}{account}"


NOTES = ("Belt graag voor bezorging.", "Vaste klant.", "Factuur altijd per e-mail.")


def fill_customers(store: Store, rng: random.Random, count: int) -> None:
    """Add the customers, oldest first."""
    for number, created in enumerate(timestamps(rng, count), 1):
        gender, first, last = person(rng)
        body = _customer(store, rng, email(first, last, number), (first, last))
        store.customers.add(body["id"], body, created=created)
        for index in range(1 if rng.random() < 0.8 else 2):
            row = _address(store, address(rng, gender, first, last), first=index == 0)
            store.addresses.add(
                row["id"], row, created=timestamp_after(rng, created, 60), owner=body["id"]
            )


def _customer(store: Store, rng: random.Random, email: str, names: tuple[str, str]) -> Row:
    born = f"{rng.randint(1940, 2005)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return {
        "id": store.ids.uuid(),
        "storeId": store.settings["id"],
        "email": email,
        "firstName": names[0],
        "lastName": names[1],
        "dateOfBirth": born if rng.random() < 0.4 else None,
        "description": rng.choice(NOTES) if rng.random() < 0.1 else None,
    }


def _address(store: Store, fields: Row, *, first: bool) -> Row:
    return {
        "id": store.ids.uuid(),
        **fields,
        "isDefaultForDelivery": first,
        "isDefaultForInvoice": first,
    }


CODES: tuple[Row, ...] = (
    {"code": "welkom10", "description": "Nieuwsbrief", "percentage_discount": "10.00"},
    {"code": "korting5", "description": "Vijf euro", "fixed_discount": "5.00"},
    {"code": "gratisverzending", "description": "Geen verzendkosten", "free_shipping": True},
    {
        "code": "kerst-2024",
        "description": "Kerst 2024",
        "percentage_discount": "15.00",
        "valid_from": "2024-12-01",
        "valid_until": "2024-12-26",
    },
    {
        "code": "zomer-2023",
        "description": "Zomer 2023",
        "percentage_discount": "20.00",
        "active": False,
        "valid_from": "2023-06-21",
        "valid_until": "2023-09-21",
    },
    {
        "code": "vanaf100",
        "description": "Grote bestelling",
        "fixed_discount": "12.50",
        "minimum_order_price": "100.00",
        "applies_to_action_prices": True,
    },
    {
        "code": "drie-halen",
        "description": "Bij drie artikelen",
        "percentage_discount": "5.00",
        "minimum_products": 3,
        "single_use": True,
    },
)
EVERYDAY_CODES = ("welkom10", "korting5", "gratisverzending")
"""Codes without restrictions."""


def fill_marketing(store: Store, rng: random.Random, subscribers: int) -> None:
    """Add the codes, then the subscribers, oldest first."""
    for fields, created in zip(CODES, timestamps(rng, len(CODES)), strict=True):
        body = {"id": store.ids.uuid(), **BLANK, **fields}
        store.discount_codes.add(body["code"], _restrict(store, rng, body), created=created)
    for number, created in enumerate(timestamps(rng, subscribers), 1):
        _subscribe(store, rng, number, created)


def _restrict(store: Store, rng: random.Random, body: Row) -> Row:
    """Restrict one code to two articles, as in the vendor's example."""
    if body["code"] != "zomer-2023" or len(store.articles) < 2:
        return body
    first, second = rng.sample(store.articles.keys, 2)
    products = [{"product_id": str(first)}, {"product_id": str(second), "max_quantity": 3}]
    ids = [str(first), str(second)]
    return {
        **body,
        "valid_products": products,
        "valid_product_ids": products,
        "valid_article_ids": ids,
    }


def _subscribe(store: Store, rng: random.Random, number: int, created: str) -> None:
    _, first, last = person(rng)
    changed = timestamp_after(rng, created, 90)
    address = email(first, last, 100_000 + number)
    body = {
        "email": address,
        "name": f"{first} {last}",
        "activated": rng.random() < 0.85,
        **date_time_fields(created, changed),
    }
    store.subscribers.add(address, body, created=created, changed=changed)
