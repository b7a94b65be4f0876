"""Work and rows, without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import inputs, on_one_machine
from tcptimeline_tables.job import stale_places
from tcptimeline_tables.names import escaped
from tcptimeline_tables.pieces import byte_count, journal_folder, list_pieces, read_piece
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


def test_notes_beside_captures_are_no_snapshots(fleet: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    (folder / "a.pcap").write_bytes((fleet / "captures" / "web1" / "refused.pcap").read_bytes())
    (folder / "notes.txt").write_text("taken by hand\n")
    work = find_work([str(folder), str(fleet / "night0")])
    assert [piece.host for piece in work if piece.kind == "captures"] == ["captures"]
    assert len([piece for piece in work if piece.kind == "night"]) == 6
    with pytest.raises(ProgramError, match="no snapshot"):
        (folder / "a.pcap").unlink()
        find_work([str(folder)])


def test_every_row_has_the_columns_of_its_table(fleet: Path) -> None:
    tables = on_one_machine(inputs(fleet, 1) + [str(fleet / "captures")])
    for table, found in tables.items():
        assert found, table
        assert all(len(row) == len(TABLES[table]) + 2 for row in found), table
    assert len(tables["connections"]) == 2000 + 3 + len(
        {row for row in tables["connections"] if row[-1] == "web2"})
    leaks = {row[-1] for row in tables["findings"] if row[0] == "close_wait_growth"}
    assert leaks == {"web2", "web5"}


def test_pieces_give_the_rows_of_the_captures(fleet: Path, tmp_path: Path) -> None:
    work = next(piece for piece in find_work([str(fleet / "captures")]) if piece.host == "web1")
    folder = journal_folder(str(tmp_path), work)
    lines = list(list_pieces(work, 50_000))
    assert len(lines) > 10
    # In any order, and one of them twice.
    for line in [lines[3], *reversed(lines)]:
        read_piece(line, folder)
    merged = Work(work.kind, work.host, work.files, work.bytes, folder)
    assert list(rows(merged)) == list(rows(work))
    with pytest.raises(ProgramError, match="status 65"):
        read_piece("{}", folder)


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("2K", 2048), ("256M", 1 << 28)])
def test_byte_counts(text: str, value: int) -> None:
    assert byte_count(text) == value
    for wrong in ("", "K", "0", "-1", "1X"):
        with pytest.raises(ValueError):
            byte_count(wrong)


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


def test_what_an_earlier_run_left_is_found() -> None:
    places = {("hosts", "2026-11-22", "a/b"), ("instants", "2026-11-22", "a/b"),
              ("connections", "2026-11-22", "c")}
    stale = stale_places(places)
    assert [table for table, _, _ in stale] == ["findings", "listeners", "peers", "sockets"]
    assert {place[1:] for place in stale} == {("day=2026-11-22", "host=a%2Fb")}
    assert escaped("x:y%") == "x%3Ay%25" and escaped("") == "__HIVE_DEFAULT_PARTITION__"


def test_services() -> None:
    assert service({"process": "exportd", "port": 9090}) == "exportd"
    assert service({"port": 9090}) == "port 9090"
    assert service({"local": "[::]:22"}) == "port 22"
    assert service({"local": "10.0.0.1:0"}) is None
