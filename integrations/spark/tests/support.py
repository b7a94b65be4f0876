"""Tables compared as they are, whatever wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from tcptimeline_tables.queries import duckdb_views
from tcptimeline_tables.tables import PARTITIONS, TABLES, rows
from tcptimeline_tables.work import find_work

Tables = dict[str, list[tuple[Any, ...]]]


def _key(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("" if value is None else f"{value}" for value in row)


def inputs(fleet: Path, day: int) -> list[str]:
    return [str(fleet / f"night{day}"), *([str(fleet / "captures")] if day == 0 else [])]


def read(output: str) -> Tables:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    duckdb_views(connection, output)
    tables: Tables = {}
    for table, columns in TABLES.items():
        names = ", ".join(column for column, _ in columns + PARTITIONS)
        tables[table] = sorted(
            connection.execute(f"SELECT {names} FROM {table}").fetchall(), key=_key)
    return tables


def on_one_machine(given: list[str]) -> Tables:
    """What the program says, without Spark."""
    tables: Tables = {table: [] for table in TABLES}
    for work in find_work(given):
        for table, row in rows(work):
            tables[table].append(row)
    for table in tables.values():
        table.sort(key=_key)
    return tables


def comparable(tables: Tables) -> dict[str, list[tuple[str, ...]]]:
    return {name: [tuple(map(_text, row)) for row in table] for name, table in tables.items()}


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
