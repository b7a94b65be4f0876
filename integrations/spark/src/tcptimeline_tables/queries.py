"""The tables as views, and the example queries that DuckDB and Spark SQL run as they are."""

from __future__ import annotations

import os
from glob import glob
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .tables import PARTITIONS, TABLES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_DUCKDB_TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "int": "INTEGER", "timestamp": "TIMESTAMPTZ"}


def queries() -> dict[str, str]:
    """File name without its ending, to the query."""
    folder = files(__package__) / "sql"
    return {
        file.name.removesuffix(".sql"): file.read_text()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def duckdb_views(connection: Any, output: str) -> None:
    """Makes a view of each table in a DuckDB connection; of one without rows an empty one."""
    for table, columns in TABLES.items():
        pattern = os.path.join(output, table, "*", "*", "*.parquet")
        if glob(pattern):
            quoted = pattern.replace("'", "''")
            source = f"read_parquet('{quoted}', hive_partitioning = true, hive_types_autocast = false)"
            connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM {source}")
        else:
            nothing = ", ".join(
                f"CAST(NULL AS {_DUCKDB_TYPES[kind]}) AS {column}"
                for column, kind in columns + PARTITIONS)
            connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT {nothing} WHERE false")


def spark_views(spark: SparkSession, output: str) -> None:
    """Makes a temporary view of each table in a Spark session."""
    for table, columns in TABLES.items():
        schema = ", ".join(f"`{column}` {kind}" for column, kind in columns + PARTITIONS)
        frame = spark.read.schema(schema).parquet(os.path.join(output, table))
        frame.createOrReplaceTempView(table)
