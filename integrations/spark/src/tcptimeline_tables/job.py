"""The Spark job: pieces of work to rows where the files are read, rows to Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .program import VARIABLE
from .tables import PARTITIONS, TABLES, rows
from .work import Work

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Read by executors: the piece of work comes as plain values, so that they need nothing but this file's
#: package in their path.
_Plain = tuple[str, str, tuple[str, ...], int]


def write_tables(
    spark: SparkSession, work: Sequence[Work], output: str, program: str | None = None
) -> None:
    """Writes the tables below ``output``, partitioned by day and host.

    The days and hosts that are written replace what was there of them; others stay. A task that is
    repeated or run twice at a time changes nothing: what it writes takes its place when it is whole.
    """
    from pyspark import StorageLevel

    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    plain: list[_Plain] = [(piece.kind, piece.host, piece.files, piece.bytes) for piece in work]
    name = program or os.environ.get(VARIABLE)
    found = (
        spark.sparkContext.parallelize(plain, max(1, len(plain)))
        .flatMap(_reader(name))
        .persist(StorageLevel.MEMORY_AND_DISK)
    )
    try:
        for table, columns in TABLES.items():
            # Tables of which there is nothing are not made, but for what is there already.
            mine = found.filter(_of(table)).map(_row)
            schema = ", ".join(f"`{column}` {kind}" for column, kind in columns + PARTITIONS)
            frame = spark.createDataFrame(mine, schema)
            partitions = [column for column, _ in PARTITIONS]
            # One file a day and host, its rows in one order whatever order they came in.
            (
                frame.repartition(*partitions)
                .sortWithinPartitions(*partitions, *[column for column, _ in columns])
                .write.mode("overwrite")
                .partitionBy(*partitions)
                .parquet(os.path.join(output, table))
            )
    finally:
        found.unpersist()


def _reader(program: str | None) -> Any:
    def read(piece: _Plain) -> Iterator[tuple[str, Any]]:
        return rows(Work(*piece), program)

    return read


def _of(table: str) -> Any:
    def is_of(pair: tuple[str, Any]) -> bool:
        return pair[0] == table

    return is_of


def _row(pair: tuple[str, Any]) -> Any:
    return pair[1]
