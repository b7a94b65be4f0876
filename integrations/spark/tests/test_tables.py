"""Work and rows, without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import inputs, on_one_machine
from tcptimeline_tables.program import ProgramError
from tcptimeline_tables.tables import TABLES, endpoint, rows, service, time
from tcptimeline_tables.work import Work, find_work


def test_work_is_sorted_by_hosts(fleet: Path) -> None:
    work = find_work(inputs(fleet, 0))
    nights = [piece for piece in work if piece.kind == "night"]
    assert sorted(piece.host for piece in nights) == [f"web{number}" for number in range(1, 7)]
    assert all(len(piece.files) == 5 for piece in nights)
    captures = {piece.host: piece.files for piece in work if piece.kind == "captures"}
    assert {host: len(files) for host, files in captures.items()} == {"web1": 2, "web2": 1}
    assert [piece.bytes for piece in work] == sorted((piece.bytes for piece in work), reverse=True)


def test_every_row_has_the_columns_of_its_table(fleet: Path) -> None:
    tables = on_one_machine(inputs(fleet, 1) + [str(fleet / "captures")])
    for table, found in tables.items():
        assert found, table
        assert all(len(row) == len(TABLES[table]) + 2 for row in found), table
    assert len(tables["connections"]) == 2000 + 3 + len(
        {row for row in tables["connections"] if row[-1] == "web2"})
    leaks = {row[-1] for row in tables["findings"] if row[0] == "close_wait_growth"}
    assert leaks == {"web2", "web5"}


def test_what_the_program_refuses_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "1795356000_ss.txt"
    file.write_text("nothing of the kind\n")
    with pytest.raises(ProgramError, match="status 65"):
        list(rows(Work("night", "web1", (str(file),), 20)))
    with pytest.raises(ProgramError, match="status 66"):
        list(rows(Work("captures", "web1", (str(tmp_path / "missing.pcap"),), 20)))


@pytest.mark.parametrize(
    ("text", "value"),
    [("10.0.0.1:80", ("10.0.0.1", 80)), ("[::1]:443", ("::1", 443)), ("0.0.0.0:*", ("0.0.0.0", 0))],
)
def test_endpoints(text: str, value: tuple[str, int]) -> None:
    assert endpoint(text) == value


def test_times_are_cut_to_microseconds() -> None:
    moment = time("2026-11-22T14:00:00.123456789Z")
    assert moment is not None and moment.isoformat() == "2026-11-22T14:00:00.123456+00:00"


def test_services() -> None:
    assert service({"process": "exportd", "port": 9090}) == "exportd"
    assert service({"port": 9090}) == "port 9090"
    assert service({"local": "[::]:22"}) == "port 22"
    assert service({"local": "10.0.0.1:0"}) is None
