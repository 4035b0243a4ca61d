"""Structs and twins in FastAPI: request body, response model, OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import Body, FastAPI

from myonlinestore import models
from myonlinestore import pydantic as twins

TEXT = b'{"firstName": "Ada", "id": 7, "isActive": "1"}'
SENT = {"firstName": "Ada", "id": "7"}


def _struct_app() -> FastAPI:
    app = FastAPI()

    async def replace(customer: models.Customer = Body()) -> models.Customer:  # noqa: B008
        assert isinstance(customer, models.Customer)
        return customer

    async def listed(customers: list[models.Customer] = Body()) -> list[models.Customer]:  # noqa: B008
        return customers

    app.put("/one", response_model=models.Customer, response_model_exclude_none=True)(replace)
    app.put("/many", response_model=list[models.Customer])(listed)
    return app


def _twin_app() -> FastAPI:
    app = FastAPI()

    async def replace(customer: twins.Customer) -> twins.Customer:
        assert isinstance(customer, twins.Customer)
        return customer

    async def listed(customers: list[twins.Customer]) -> list[models.Customer]:
        return [customer.to_struct() for customer in customers]

    app.put("/one", response_model=twins.Customer, response_model_exclude_none=True)(replace)
    app.put("/many", response_model=list[twins.Customer])(listed)
    return app


@pytest.fixture(params=[_struct_app, _twin_app])
def api(request: Any) -> httpx.AsyncClient:
    """A client of an application written with Structs, and of one written with twins."""
    transport = httpx.ASGITransport(app=request.param())
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


@pytest.mark.anyio
async def test_body_and_response(api: httpx.AsyncClient) -> None:
    """A body is validated and mended; the answer has wire names and no nulls if so asked."""
    answer = await api.put("/one", content=TEXT, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == SENT


@pytest.mark.anyio
async def test_lists_of_models(api: httpx.AsyncClient) -> None:
    """Lists of models go in and out."""
    answer = await api.put("/many", json=[json.loads(TEXT), {}])
    assert answer.status_code == 200
    assert [{k: v for k, v in row.items() if v} for row in answer.json()] == [SENT, {}]


@pytest.mark.anyio
async def test_a_bad_body_is_refused(api: httpx.AsyncClient) -> None:
    """A body of another shape ends in FastAPI's 422."""
    assert (await api.put("/one", json={"firstName": [1]})).status_code == 422
    assert (await api.put("/many", json=[5])).status_code == 422


@pytest.mark.anyio
async def test_the_openapi_document_builds(api: httpx.AsyncClient) -> None:
    """The document describes each model, and each of its references leads somewhere."""
    document = (await api.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert "firstName" in schemas["Customer"]["properties"]
    references = {
        part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]
    }
    assert references <= schemas.keys()
    assert "Customer" in references


def test_every_model_stands_in_one_document() -> None:
    """An application that answers with every model, as Struct and as twin, describes them all."""
    app = FastAPI()
    names = [name for name in twins.__all__ if name != "PydanticModel"]
    for name in names:
        app.get(f"/struct/{name}", response_model=getattr(models, name))(lambda: None)
        app.get(f"/twin/{name}", response_model=getattr(twins, name))(lambda: None)
    schemas = app.openapi()["components"]["schemas"]
    assert schemas.keys() == set(names)
