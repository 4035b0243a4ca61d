"""Each odd shape of live responses, in every place where it can occur."""

from __future__ import annotations

import msgspec
import pytest

from myonlinestore._codec.decode import decode
from myonlinestore.models import Model
from tests.models.cases import MODELS, iterate_odd_rows


@pytest.mark.parametrize("model", MODELS)
def test_odd_shapes_decode_without_loss(model: type[Model]) -> None:
    """A row with an odd shape anywhere in it decodes as the documented row does."""
    rows = list(iterate_odd_rows(model))
    assert rows
    for label, text, documented in rows:
        page = decode(f"[{text}]".encode(), list[model])  # type: ignore[valid-type]
        assert page == [msgspec.convert(documented, model)], label
