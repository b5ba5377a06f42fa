from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.app import create_app
from bot.settings import Settings


@pytest.fixture
def visitor(sqlite_url: str) -> Iterator[FlaskClient]:
    """Somebody with a browser, on this machine."""
    app = create_app(Settings(database_url=sqlite_url))
    yield app.test_client()
    app.extensions["weighbridge-store"].close()
