"""The tables, and the rows that the program's documents become.

Times are microseconds since 1970 in UTC (``TIMESTAMP``), as SQL has them, durations are nanoseconds as
in the JSON. What is not known is NULL.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from .program import run_json, run_lines
from .work import Work

Row = tuple[Any, ...]

#: Table to columns, in their order, with Spark's names of types. ``day`` and ``host`` come behind
#: them: the tables are partitioned by both.
TABLES: dict[str, list[tuple[str, str]]] = {
    "hosts": [
        ("started", "timestamp"), ("ended", "timestamp"), ("snapshots", "bigint"),
        ("instants", "bigint"), ("most_sockets", "bigint"), ("errors", "bigint"),
        ("warnings", "bigint"),
    ],
    "instants": [
        ("time", "timestamp"), ("state", "string"), ("sockets", "bigint"),
    ],
    "findings": [
        ("kind", "string"), ("severity", "string"), ("service", "string"), ("peer", "string"),
        ("text", "string"),
    ],
    "listeners": [
        ("address", "string"), ("port", "int"), ("process", "string"), ("uid", "bigint"),
        ("first_seen", "timestamp"), ("last_seen", "timestamp"), ("queue_limit", "bigint"),
        ("most_waiting", "bigint"), ("most_connections", "bigint"),
    ],
    "peers": [
        ("address", "string"), ("most_sockets", "bigint"), ("of_sockets", "bigint"),
        ("most_at", "timestamp"), ("instants", "bigint"),
    ],
    "sockets": [
        ("local_address", "string"), ("local_port", "int"), ("remote_address", "string"),
        ("remote_port", "int"), ("process", "string"), ("pid", "bigint"),
        ("first_seen", "timestamp"), ("last_seen", "timestamp"), ("last_state", "string"),
        ("instants", "bigint"),
    ],
    "connections": [
        ("capture", "string"), ("id", "bigint"), ("client_address", "string"),
        ("client_port", "int"), ("server_address", "string"), ("server_port", "int"),
        ("name", "string"), ("application", "string"), ("started", "timestamp"),
        ("duration_ns", "bigint"), ("outcome", "string"), ("handshake_rtt_ns", "bigint"),
        ("first_byte_ns", "bigint"), ("client_bytes", "bigint"), ("server_bytes", "bigint"),
        ("client_retransmitted", "bigint"), ("server_retransmitted", "bigint"),
    ],
}

#: Behind the columns of every table.
PARTITIONS: list[tuple[str, str]] = [("day", "string"), ("host", "string")]


def time(text: str | None) -> datetime | None:
    """An RFC 3339 time with nanoseconds, cut to microseconds."""
    if text is None:
        return None
    moment = datetime.strptime(text[:26], "%Y-%m-%dT%H:%M:%S.%f")
    return moment.replace(tzinfo=timezone.utc)


def endpoint(text: str) -> tuple[str, int]:
    """``10.0.0.1:80`` and ``[::1]:80``; port ``*`` is 0."""
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port) if port.isdigit() else 0


def rows(work: Work, program: str | None = None) -> Iterator[tuple[str, Row]]:
    """Reads a piece of work; gives the rows with the names of their tables."""
    if work.kind == "night":
        document = run_json(["nightly", *work.files, "--format", "json", "--threads", "1"], program)
        yield from night_rows(work.host, document)
    else:
        # Rotated captures of one host are one timeline.
        inputs = ["merge", work.journals] if work.journals else list(work.files)
        lines = run_lines([*inputs, "--format", "ndjson", "--threads", "1"], program)
        for connection in lines:
            yield "connections", connection_row(work, connection)


def night_rows(host: str, night: dict[str, Any]) -> Iterator[tuple[str, Row]]:
    instants = night["instants"]
    if not instants:
        return
    times = sorted(instant["time"] for instant in instants)
    partition = (times[0][:10], host)
    severities = [finding["severity"] for finding in night["findings"]]
    yield "hosts", (
        time(times[0]), time(times[-1]), len(night["snapshots"]), len(instants),
        max(instant["sockets"] for instant in instants), severities.count("error"),
        severities.count("warning"), *partition,
    )
    for instant in instants:
        for state, count in instant["by_state"].items():
            yield "instants", (time(instant["time"]), state, count, *partition)
    for finding in night["findings"]:
        evidence = finding["evidence"]
        yield "findings", (
            finding["kind"], finding["severity"], service(evidence), evidence.get("peer"),
            finding["text"], *partition,
        )
    for listener in night["listeners"]:
        address, port = endpoint(listener["local"])
        process = listener["process"] or {}
        yield "listeners", (
            address, port, process.get("name"), listener["uid"], time(listener["first_seen"]),
            time(listener["last_seen"]), listener["queue_limit"], listener["most_waiting"],
            listener["most_connections"], *partition,
        )
    for peer in night["peers"]:
        yield "peers", (
            peer["address"], peer["most_sockets"], peer["of_sockets"], time(peer["most_at"]),
            peer["instants"], *partition,
        )
    for socket in night["sockets"]:
        local = endpoint(socket["local"])
        remote = endpoint(socket["peer"]) if socket["peer"] else (None, None)
        process = socket["process"] or {}
        states = socket["states"]
        yield "sockets", (
            *local, *remote, process.get("name"), process.get("pid"), time(socket["first_seen"]),
            time(socket["last_seen"]), states[-1]["state"] if states else None, socket["instants"],
            *partition,
        )


def service(evidence: dict[str, Any]) -> str | None:
    """The program, else the port, that a finding is about."""
    if process := evidence.get("process"):
        return str(process)
    port = evidence.get("port")
    if port is None and (local := evidence.get("local")):
        port = endpoint(local)[1] or None
    return None if port is None else f"port {port}"


def connection_row(work: Work, connection: dict[str, Any]) -> Row:
    client, server = connection["client"], connection["server"]
    traffic, timings = connection["traffic"], connection["timings"]
    handshake = connection["handshake"]
    return (
        work.files[0], connection["id"], client["address"], client["port"], server["address"],
        server["port"], connection.get("name"), connection.get("application"),
        time(connection["start"]), connection["duration_ns"], connection["outcome"],
        handshake["rtt_ns"], timings["first_byte_ns"], traffic["client"]["payload_bytes"],
        traffic["server"]["payload_bytes"], traffic["client"]["retransmitted_segments"],
        traffic["server"]["retransmitted_segments"], connection["start"][:10], work.host,
    )
