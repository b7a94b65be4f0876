"""The quantiles of services beside those that DuckDB finds in the table of connections."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb
import pytest

SAMPLES = Path(__file__).resolve().parents[3] / "Samples"
# What the program's histograms promise, in shares of a value (docs/services.md).
ERROR = 0.03
# A service's figure, and what it is in the table of connections.
FIGURES = {
    "handshake": "CASE WHEN handshake_kind <> 'incomplete' THEN handshake_ns END",
    "tls": "tls_ns",
    "first_byte": "first_byte_ns",
    "duration": "duration_ns",
    "server_time": "server_time_ns // nullif(exchanges::BIGINT, 0)",
    "rtt": "coalesce(server_rtt_ns, client_rtt_min_ns)",
}
KEYS = {
    "server": "server_address || ':' || server_port",
    "client": "client_address",
    "application": "coalesce(application, 'unknown')",
}


def table(
    database: duckdb.DuckDBPyConnection, path: Path, capture: Path, *options: str
) -> None:
    program = os.environ.get("TCPTIMELINE", "tcptimeline")
    done = subprocess.run(
        [program, str(capture), *options, "--format", "csv", "-o", "-"], capture_output=True,
        check=True)
    path.write_bytes(done.stdout)
    database.execute(
        f"CREATE TABLE {path.stem} AS SELECT * FROM read_csv('{path}', all_varchar = true)")


@pytest.mark.parametrize("by", KEYS)
@pytest.mark.parametrize("capture", ["many.pcap", "http.pcapng", "retransmissions.pcap"])
def test_quantiles(by: str, capture: str, tmp_path: Path) -> None:
    database = duckdb.connect()
    table(database, tmp_path / "connections.csv", SAMPLES / capture)
    table(database, tmp_path / "services.csv", SAMPLES / capture, "--by", by)
    compared = 0
    for figure, column in FIGURES.items():
        column = f"({column})::BIGINT" if "(" not in column else column.replace("_ns", "_ns::BIGINT")
        for share in (50, 90, 99):
            rows = database.execute(f"""
                SELECT s.key, s.{figure}_count::BIGINT, s.{figure}_p{share}_ns::BIGINT,
                       s.{figure}_max_ns::BIGINT, q.values
                FROM services s JOIN (
                  SELECT {KEYS[by]} AS key, list_sort(list({column})
                    FILTER ({column} IS NOT NULL)) AS values
                  FROM connections GROUP BY 1) q USING (key)""").fetchall()
            for key, count, ours, most, values in rows:
                values = values or []
                assert count == len(values), (figure, key)
                if not values:
                    continue
                exact, = database.execute(
                    f"SELECT quantile_disc(v, {share / 100}) FROM (SELECT unnest(?::BIGINT[]) AS v)",
                    [values]).fetchone() or (None,)
                # Of few values, the ranks of the two may be neighbours.
                place = values.index(exact)
                low = values[max(0, place - 1)]
                high = values[min(len(values) - 1, place + values.count(exact))]
                assert low * (1 - ERROR) <= ours <= high * (1 + ERROR), (figure, share, key)
                assert most == values[-1], (figure, key)
                compared += 1
    assert compared >= 9
