"""What the tests of several parts of one service share."""

from collections.abc import AsyncIterator

import pytest

from tests.component.billing import Billing, billing_on


@pytest.fixture
async def billing(dsn: str) -> AsyncIterator[Billing]:
    """Billing on its own database, without its API."""
    async with billing_on(dsn) as own:
        yield own
