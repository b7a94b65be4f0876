"""The command line: ``spark-submit tcptimeline_spark.py INPUT... -o OUT``."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .job import read_pieces, write_tables
from .pieces import byte_count
from .program import ProgramError, program
from .work import find_work


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="tcptimeline_spark.py",
        description="Reads the snapshots and captures of many hosts into Parquet tables.",
    )
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="folders, snapshots, captures;"
                        " the executors must see them under the same paths")
    parser.add_argument("-o", "--output", required=True, metavar="OUT",
                        help="the folder of the tables")
    parser.add_argument("--host-from", metavar="WHAT", help="as tcptimeline nightly has it")
    parser.add_argument("--piece-size", metavar="BYTES", default="256M", type=byte_count,
                        help="captures of one folder that are larger are cut into pieces of so many"
                        " bytes (K, M, G; default 256M), each read by a task of its own")
    parser.add_argument("--journals", metavar="DIR",
                        help="keep what was read of the pieces there, a folder a host, for tcptimeline"
                        " merge")
    parser.add_argument("--report", metavar="FILE",
                        help="write the fleet's night there, too (html, md, json or text)")
    arguments = parser.parse_args(given)
    try:
        work = find_work(arguments.inputs, arguments.host_from)
    except ProgramError as error:
        print(f"tcptimeline_spark: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"tcptimeline_spark: {error}", file=sys.stderr)
        return 66

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("tcptimeline").getOrCreate()
    with tempfile.TemporaryDirectory() as scratch:
        # The executors get the package as it is here.
        archive = shutil.make_archive(
            str(Path(scratch) / "tcptimeline_tables"), "zip",
            root_dir=Path(__file__).resolve().parent.parent, base_dir="tcptimeline_tables")
        spark.sparkContext.addPyFile(archive)
        os.makedirs(arguments.output, exist_ok=True)
        # Readers of tables pass over names that begin so.
        journals = arguments.journals or tempfile.mkdtemp(prefix="_journals-", dir=arguments.output)
        try:
            work = read_pieces(spark, work, arguments.piece_size, os.path.abspath(journals))
            write_tables(spark, work, arguments.output)
        finally:
            if not arguments.journals:
                shutil.rmtree(journals, ignore_errors=True)
        spark.stop()
    if arguments.report:
        options = ["--host-from", arguments.host_from] if arguments.host_from else []
        files = [file for piece in work if piece.kind == "night" for file in piece.files]
        if files:
            return subprocess.run(
                [program(), "nightly", *arguments.inputs, *options, "-o", arguments.report],
                check=False).returncode
    return 0
