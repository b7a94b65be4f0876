"""The Spark job: pieces of work to rows where the files are read, rows to Parquet."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .names import escaped
from .pieces import journal_folder, list_pieces, read_piece
from .program import VARIABLE
from .tables import PARTITIONS, TABLES, rows
from .work import Work

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Read by executors: the piece of work comes as plain values, so that they need nothing but this file's
#: package in their path.
_Plain = tuple[str, str, tuple[str, ...], int, str | None]


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
    plain = [_plain(piece) for piece in work]
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


def read_pieces(
    spark: SparkSession, work: Sequence[Work], size: int, folder: str, program: str | None = None
) -> list[Work]:
    """Cuts captures of more than ``size`` bytes and reads each piece in a task of its own, into journals
    below ``folder``.

    :return: All the work there is; that of the captures which were cut is to merge their journals.
    """
    cut = [piece for piece in work if piece.kind == "captures" and piece.bytes > size]
    if not cut:
        return list(work)
    name = program or os.environ.get(VARIABLE)
    lines = (
        spark.sparkContext.parallelize([_plain(piece) for piece in cut], len(cut))
        .flatMap(_cutter(name, size, folder))
        .collect()
    )
    spark.sparkContext.parallelize(lines, len(lines)).foreach(_fragmenter(name))
    return [
        replace(piece, journals=journal_folder(folder, piece)) if piece in cut else piece
        for piece in work
    ]


def _plain(piece: Work) -> _Plain:
    return piece.kind, piece.host, piece.files, piece.bytes, piece.journals


def _cutter(program: str | None, size: int, folder: str) -> Any:
    def cut(plain: _Plain) -> list[tuple[str, str]]:
        work = Work(*plain)
        return [(line, journal_folder(folder, work)) for line in list_pieces(work, size, program)]

    return cut


def _fragmenter(program: str | None) -> Any:
    def fragment(piece: tuple[str, str]) -> None:
        read_piece(*piece, program)

    return fragment


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
