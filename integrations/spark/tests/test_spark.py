"""The same tables on one core, two, a cluster, with repeated tasks and a lost worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from support import comparable, inputs, on_one_machine, read
from tcptimeline_tables.queries import duckdb_views, queries, spark_views

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="needs Java")

HERE = Path(__file__).resolve().parent.parent


def submit(
    master: str, given: list[str], output: Path, *options: str, more: tuple[str, ...] = (),
    **environment: str
) -> None:
    import pyspark

    program = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    done = subprocess.run(
        [str(program), "--master", master, "--conf", "spark.ui.enabled=false",
         "--conf", "spark.executor.memory=512m", *options, str(HERE / "tcptimeline_spark.py"),
         *given, "-o", str(output), *more],
        env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def expected(fleet: Path) -> dict[str, list[tuple[str, ...]]]:
    tables = on_one_machine(inputs(fleet, 0))
    assert len(tables["hosts"]) == 6 and len(tables["connections"]) > 2000
    return comparable(tables)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A master and two workers."""
    folder = tmp_path / "cluster"
    script = str(HERE / "cluster.sh")
    done = subprocess.run(
        ["bash", script, "start", str(folder), "2", "1"], capture_output=True, text=True,
        check=True, env=os.environ | {"PYSPARK_PYTHON": sys.executable})
    yield done.stdout.strip(), folder
    subprocess.run(["bash", script, "stop", str(folder)], check=True)


@pytest.mark.parametrize("master", ["local[1]", "local[2]"])
def test_one_machine(master: str, fleet: Path, tmp_path: Path, expected: object) -> None:
    submit(master, inputs(fleet, 0), tmp_path / "tables")
    assert comparable(read(str(tmp_path / "tables"))) == expected


@pytest.mark.parametrize("size", ["300K", "100K", "9K"])
def test_captures_that_are_cut(size: str, fleet: Path, tmp_path: Path, expected: object) -> None:
    kept = tmp_path / "journals"
    submit("local[2]", inputs(fleet, 0), tmp_path / "tables",
           more=("--piece-size", size, "--journals", str(kept)))
    assert comparable(read(str(tmp_path / "tables"))) == expected
    tool, captures = os.environ["TCPTIMELINE"], fleet / "captures" / "web1"
    for name in ("json", "csv"):
        whole = subprocess.run(
            [tool, *sorted(map(str, captures.iterdir())), "-o", "-", "--format", name],
            capture_output=True, check=True)
        merged = subprocess.run(
            [tool, "merge", str(kept / "web1"), "-o", "-", "--format", name],
            capture_output=True, check=True)
        assert merged.stdout == whole.stdout


def test_tasks_that_fail_once_are_repeated(fleet: Path, tmp_path: Path, expected: object) -> None:
    flaky = tmp_path / "flaky"
    marks = tmp_path / "marks"
    marks.mkdir()
    # Every host's first reading fails, after half of its output.
    flaky.write_text(f"""#!/bin/bash
case "$*" in *--list-hosts*) exec "{os.environ['TCPTIMELINE']}" "$@";; esac
mark="{marks}/$(echo "$*" | cksum | cut -d' ' -f1)"
[ -e "$mark" ] && exec "{os.environ['TCPTIMELINE']}" "$@"
touch "$mark"
"{os.environ['TCPTIMELINE']}" "$@" | head -c 1000
exit 74
""")
    flaky.chmod(0o755)
    submit("local[2,4]", inputs(fleet, 0), tmp_path / "tables", TCPTIMELINE=str(flaky))
    assert any(marks.iterdir())
    assert comparable(read(str(tmp_path / "tables"))) == expected


def test_a_second_run_replaces_its_days_and_leaves_others(fleet: Path, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    for day in (0, 1, 1):
        submit("local[2]", inputs(fleet, day), output)
    both = on_one_machine(inputs(fleet, 0))
    for table, found in on_one_machine(inputs(fleet, 1)).items():
        both[table] += found
    assert {name: sorted(table) for name, table in comparable(read(str(output))).items()} == {
        name: sorted(table) for name, table in comparable(both).items()}


def test_a_finding_that_is_gone_is_gone_from_the_tables(fleet: Path, tmp_path: Path) -> None:
    night = tmp_path / "night" / "web2"
    shutil.copytree(fleet / "night1" / "web2", night)
    submit("local[1]", [str(night)], tmp_path / "tables")
    assert len(read(str(tmp_path / "tables"))["findings"]) == 1
    for file in night.iterdir():
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith("CLOSE-WAIT")))
    submit("local[1]", [str(night)], tmp_path / "tables")
    assert read(str(tmp_path / "tables"))["findings"] == []


def test_two_workers_with_duplicates(
    fleet: Path, tmp_path: Path, cluster: tuple[str, Path], expected: object
) -> None:
    submit(cluster[0], inputs(fleet, 0), tmp_path / "tables",
           "--conf", "spark.speculation=true", "--conf", "spark.speculation.quantile=0.1",
           "--conf", "spark.speculation.multiplier=1.01", "--conf", "spark.speculation.interval=10ms",
           more=("--piece-size", "100K"))
    assert comparable(read(str(tmp_path / "tables"))) == expected


def test_a_worker_that_is_lost(
    fleet: Path, tmp_path: Path, cluster: tuple[str, Path], expected: object
) -> None:
    # Readings take long enough to be interrupted.
    slow = tmp_path / "slow"
    started = tmp_path / "started"
    slow.write_text(f"""#!/bin/bash
case "$*" in *--list-hosts*|pieces*) ;; *) touch "{started}"; sleep 1;; esac
exec "{os.environ['TCPTIMELINE']}" "$@"
""")
    slow.chmod(0o755)
    killed: list[int] = []

    def kill() -> None:
        for _ in range(1200):
            if started.exists():
                break
            time.sleep(0.1)
        time.sleep(1.5)
        done = subprocess.run(["bash", str(HERE / "cluster.sh"), "kill", str(cluster[1]), "1"], check=False)
        killed.append(done.returncode)

    killer = threading.Thread(target=kill)
    killer.start()
    submit(cluster[0], inputs(fleet, 0), tmp_path / "tables", more=("--piece-size", "100K"),
           TCPTIMELINE=str(slow))
    killer.join()
    assert killed == [0]
    assert comparable(read(str(tmp_path / "tables"))) == expected


@pytest.fixture(scope="module")
def two_nights(fleet: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("sql") / "tables"
    for day in (0, 1):
        submit("local[2]", inputs(fleet, day), output)
    return str(output)


def test_the_queries_say_the_same_in_both_engines(two_nights: str) -> None:
    from pyspark.sql import SparkSession

    connection = duckdb.connect()
    duckdb_views(connection, two_nights)
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    spark_views(spark, two_nights)
    answers = {}
    for name, query in queries().items():
        of_duckdb = [tuple(row) for row in connection.execute(query).fetchall()]
        of_spark = [tuple(row) for row in spark.sql(query).collect()]
        assert of_duckdb == of_spark, name
        answers[name] = of_duckdb
    spark.stop()
    assert len(answers) == 10
    assert [name for name, answer in answers.items() if not answer and name != "08-unlike-the-others"] == []
    assert answers["01-leaks"] == [("exportd", 2, "2026-11-23")]
    assert answers["05-new-listeners"] == [("2026-11-23", "web3", 4444, "nc")]
    assert answers["06-full-queues"] == [("web4", 22, "sshd", 100, 128)]
    assert {row[5] for row in answers["07-both-ends"]} == {6}
    assert answers["10-failed-connections"][0][3] > 0
