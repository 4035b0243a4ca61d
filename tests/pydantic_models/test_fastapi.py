"""Structs and pydantic models in FastAPI: request body, response model, OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import Body, FastAPI

from myonlinestore import models
from myonlinestore import pydantic as pydantic_models

TEXT = b'{"firstName": "Ada", "id": 7, "isActive": "1"}'
SENT = {"firstName": "Ada", "id": "7"}


def _make_struct_app() -> FastAPI:
    app = FastAPI()

    async def replace(customer: models.Customer = Body()) -> models.Customer:  # noqa: B008
        assert isinstance(customer, models.Customer)
        return customer

    async def echo(customers: list[models.Customer] = Body()) -> list[models.Customer]:  # noqa: B008
        return customers

    app.put("/one", response_model=models.Customer, response_model_exclude_none=True)(replace)
    app.put("/many", response_model=list[models.Customer])(echo)
    return app


def _make_pydantic_app() -> FastAPI:
    app = FastAPI()

    async def replace(customer: pydantic_models.Customer) -> pydantic_models.Customer:
        assert isinstance(customer, pydantic_models.Customer)
        return customer

    async def echo(customers: list[pydantic_models.Customer]) -> list[models.Customer]:
        return [customer.to_struct() for customer in customers]

    app.put("/one", response_model=pydantic_models.Customer, response_model_exclude_none=True)(
        replace
    )
    app.put("/many", response_model=list[pydantic_models.Customer])(echo)
    return app


@pytest.fixture(params=[_make_struct_app, _make_pydantic_app])
def api(request: Any) -> httpx.AsyncClient:
    """Return a client of an application with Structs, and of one with pydantic models."""
    transport = httpx.ASGITransport(app=request.param())
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


@pytest.mark.anyio
async def test_body_and_response(api: httpx.AsyncClient) -> None:
    """A body is validated and normalized; the response has JSON names and omits nulls."""
    response = await api.put("/one", content=TEXT, headers={"content-type": "application/json"})
    assert response.status_code == 200
    assert response.json() == SENT


@pytest.mark.anyio
async def test_lists_of_models(api: httpx.AsyncClient) -> None:
    """Lists of models are valid bodies and responses."""
    response = await api.put("/many", json=[json.loads(TEXT), {}])
    assert response.status_code == 200
    assert [{k: v for k, v in row.items() if v} for row in response.json()] == [SENT, {}]


@pytest.mark.anyio
async def test_an_invalid_body_is_rejected(api: httpx.AsyncClient) -> None:
    """An invalid body gets FastAPI's status 422."""
    assert (await api.put("/one", json={"firstName": [1]})).status_code == 422
    assert (await api.put("/many", json=[5])).status_code == 422


@pytest.mark.anyio
async def test_the_openapi_document_builds(api: httpx.AsyncClient) -> None:
    """The document describes each model, and each of its references resolves."""
    document = (await api.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert "firstName" in schemas["Customer"]["properties"]
    references = {
        part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]
    }
    assert references <= schemas.keys()
    assert "Customer" in references


def test_one_document_describes_every_model() -> None:
    """An application that returns every Struct and pydantic model describes each of them."""
    app = FastAPI()
    names = [name for name in pydantic_models.__all__ if name != "PydanticModel"]
    for name in names:
        app.get(f"/struct/{name}", response_model=getattr(models, name))(lambda: None)
        app.get(f"/pydantic/{name}", response_model=getattr(pydantic_models, name))(lambda: None)
    schemas = app.openapi()["components"]["schemas"]
    assert schemas.keys() == set(names)
