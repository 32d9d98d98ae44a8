from collections.abc import Iterator

import pytest
from doors import DOORS, Door, Keys, made_keys, opened


@pytest.fixture(scope="module")
def keys() -> Keys:
    return made_keys()


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, keys: Keys) -> Iterator[Door]:
    """Every kind of bound socket, with keys."""
    with opened(request.param, keys) as made:
        yield made


@pytest.fixture(params=["events", "frames"])
def published(request: pytest.FixtureRequest, keys: Keys) -> Iterator[Door]:
    """Those that publish, with keys."""
    with opened(request.param, keys) as made:
        yield made


@pytest.fixture(params=DOORS)
def loopback(request: pytest.FixtureRequest) -> Iterator[Door]:
    """Every kind of bound socket, without keys."""
    with opened(request.param, None) as made:
        yield made
