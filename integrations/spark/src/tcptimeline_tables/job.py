"""The Spark job: pieces of work to rows where the files are read, rows to Parquet."""

from __future__ import annotations

import os
import shutil
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
    # A few a core; Spark's own default of 200 is for other sizes.
    parts = max(1, min(len(plain), 4 * spark.sparkContext.defaultParallelism))
    try:
        for table, columns in TABLES.items():
            mine = found.filter(_of(table)).map(_row)
            schema = ", ".join(f"`{column}` {kind}" for column, kind in columns + PARTITIONS)
            frame = spark.createDataFrame(mine, schema)
            partitions = [column for column, _ in PARTITIONS]
            # One file a day and host, its rows in one order whatever order they came in.
            (
                frame.repartition(parts, *partitions)
                .sortWithinPartitions(*partitions, *[column for column, _ in columns])
                .write.mode("overwrite")
                .partitionBy(*partitions)
                .parquet(os.path.join(output, table))
            )
        places = set(found.map(_place).distinct().collect())
        for stale in stale_places(places):
            shutil.rmtree(os.path.join(output, *stale), ignore_errors=True)
    finally:
        found.unpersist()


def stale_places(places: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Folders that an earlier run may have left: of tables in which a night that was written again has
    nothing any more. Every night has its row among the hosts."""
    nights = sorted((day, host) for table, day, host in places if table == "hosts")
    return [
        (table, f"day={escaped(day)}", f"host={escaped(host)}")
        for table in TABLES
        for day, host in nights
        if table != "connections" and (table, day, host) not in places
    ]


def escaped(text: str) -> str:
    """A value as Spark writes it into the name of a partition's folder."""
    special = set("\"#%'*/:=?\\\x7f{[]^")
    return "".join(
        f"%{ord(letter):02X}" if letter in special or letter < " " else letter for letter in text
    ) or "__HIVE_DEFAULT_PARTITION__"


def _place(pair: tuple[str, Any]) -> tuple[str, str, str]:
    return pair[0], pair[1][-2], pair[1][-1]


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
