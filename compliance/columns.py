"""Column types and the one MetaData that every folder's tables share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, String, Text, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _instant_to_database(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // MILLISECOND


def _instant_from_database(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(milliseconds=value)


class Instant(TypeDecorator[datetime]):
    """An instant, stored as integer milliseconds UTC: the same on every database, and exact."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """Aware instant to integer."""
        return _instant_to_database

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[int | None], datetime | None]:
        """Integer to aware instant."""
        return _instant_from_database


_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class Json(TypeDecorator[Any]):
    """A small document as compact JSON text, keys sorted, so that equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Value to text."""
        return None if value is None else _TO_JSON(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Text to value."""
        return None if value is None else json.loads(value)


Id = Uuid(as_uuid=False).with_variant(String(36), "sqlite")
"""A public id: a UUID, held as text in Python and natively where the database can."""

# SQLite gives out row ids by itself for INTEGER keys only, not for BIGINT ones.
Serial = BigInteger().with_variant(Integer, "sqlite")
