#!/usr/bin/env python3
"""Holds names, ALPN, HTTP and DNS answers that tcptimeline reads against tshark's fields.

usage: tshark_names.py --program PATH FOLDER...

Every capture below the folders is read by both. Compared are the TCP connections that begin with a SYN and
were captured whole, by the frame of their first segment:

  server_name   tls.handshake.extensions_server_name of the first ClientHello
  alpn          tls.handshake.extensions_alpn_str of it
  requests      http.request.method and http.host, one after the other
  statuses      http.response.code, one after the other, 1xx but 101 left out
  dns           the name of the last answer that the client got for the server's address before it connected,
                where the name of the connection comes from such an answer in either program

Prints each difference, then agreeing / compared. Exit status 1 where there are any.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

FIELDS = ["frame.number", "frame.time_epoch", "tcp.stream", "frame.len", "frame.cap_len", "tcp.flags.syn",
          "tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str",
          "http.request.method", "http.host", "http.response.code", "ip.dst", "ipv6.dst", "dns.flags.response",
          "dns.qry.name", "dns.a", "dns.aaaa", "dns.resp.ttl", "ip.src", "ipv6.src"]
SEPARATOR = "\x1f"
ENDING = re.compile(r"\.(pcap|pcapng|cap|dmp|trace)(\.gz)?$")


def tshark(path):
    command = ["tshark", "-r", str(path), "-n", "-o", "tcp.desegment_tcp_streams:TRUE",
               "-o", "tcp.reassemble_out_of_order:TRUE", "-o", "http.decompress_body:FALSE",
               "-Y", "tcp or dns", "-T", "fields", "-E", f"separator={chr(9)}", "-E", "occurrence=a",
               "-E", f"aggregator={SEPARATOR}"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    streams, answers = {}, []
    for line in done.stdout.splitlines():
        values = dict(zip(FIELDS, (v.split(SEPARATOR) if v else [] for v in line.split("\t"))))
        if not values["frame.number"]:
            continue
        if values["dns.flags.response"] and values["dns.flags.response"][0] in ("1", "True"):
            answers.append(values)
        if not values["tcp.stream"]:
            continue
        stream = streams.setdefault(values["tcp.stream"][0], {
            "first": int(values["frame.number"][0]), "whole": True, "server_name": None, "alpn": None,
            "hello": False, "requests": [], "statuses": []})
        if values["frame.len"] != values["frame.cap_len"]:
            stream["whole"] = False
        if "1" in values["tls.handshake.type"] and not stream["hello"]:
            stream["hello"] = True
            stream["server_name"] = (values["tls.handshake.extensions_server_name"] or [None])[0]
            stream["alpn"] = values["tls.handshake.extensions_alpn_str"]
        hosts = list(values["http.host"])
        for method in values["http.request.method"]:
            stream["requests"].append((method, hosts.pop(0) if hosts else None))
        stream["statuses"] += [int(code) for code in values["http.response.code"]
                               if not code.startswith("1") or code == "101"]
    return {stream["first"]: stream for stream in streams.values()}, answers


def told(answers, connection, seconds):
    """What the client was told last of the server's address."""
    name = None
    for answer in answers:
        at = float(answer["frame.time_epoch"][0])
        to = (answer["ip.dst"] or answer["ipv6.dst"] or [""])[-1]
        if at > seconds or to != connection["client"]["address"] or not answer["dns.qry.name"]:
            continue
        if connection["server"]["address"] in answer["dns.a"] + answer["dns.aaaa"]:
            life = min((int(t) for t in answer["dns.resp.ttl"]), default=0)
            if at + max(1, life) >= seconds:
                name = answer["dns.qry.name"][0].lower().rstrip(".")
    return name


def seconds(text):
    import datetime
    whole, fraction = text[:-1].split(".")
    start = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    return start + float("0." + fraction)


def compare(program, path, table, rows):
    done = subprocess.run([program, str(path), "--format", "json", "-o", "-"], capture_output=True, timeout=300)
    if done.returncode != 0:
        table["refused"][1] += 1
        return
    report = json.loads(done.stdout)
    # A SYN was seen, and data.
    if not any(c["role_basis"] == "syn" and c["completeness"] & 8 for c in report["connections"]):
        return
    theirs, answers = tshark(path)
    for connection in report["connections"]:
        other = theirs.get(connection["first_frame"])
        whole = (other and other["whole"] and connection["role_basis"] == "syn"
                 and not any(connection["traffic"][s]["missing_bytes"] for s in ("client", "server")))
        if not whole:
            continue
        tls = connection.get("tls") or {}
        exchanges = connection.get("exchanges") or []
        ours = {
            "server_name": tls.get("server_name"),
            "alpn": tls.get("alpn") or [],
            "requests": [(e["method"], e["host"]) for e in exchanges if e["method"]],
            "statuses": [e["status"] for e in exchanges if e["status"]],
        }
        wanted = {
            "server_name": other["server_name"], "alpn": other["alpn"] or [],
            "requests": other["requests"][:64], "statuses": other["statuses"][:64],
        }
        for field in ours:
            if not ours[field] and not wanted[field]:
                continue
            put(table, rows, field, ours[field], wanted[field], path, connection)
        name = told(answers, connection, seconds(connection["start"]))
        if name or connection.get("name_basis") == "dns":
            if connection.get("name_basis") in ("dns", None, "dns_other", "capture"):
                put(table, rows, "dns", connection.get("name"), name, path, connection)


def put(table, rows, field, ours, theirs, path, connection):
    table[field][1] += 1
    if ours == theirs:
        table[field][0] += 1
    else:
        rows.append(f"{field:12} {path}#{connection['id']}: {ours!r}, tshark {theirs!r}")
        print(rows[-1], flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    table, rows, captures = collections.defaultdict(lambda: [0, 0]), [], 0
    for folder in arguments.folders:
        for path in sorted(p for p in folder.rglob("*") if ENDING.search(p.name)):
            captures += 1
            try:
                compare(arguments.program, path, table, rows)
            except (subprocess.TimeoutExpired, ValueError):
                rows.append(f"time-out     {path}")
    print(f"{captures} captures")
    for field in ("server_name", "alpn", "requests", "statuses", "dns"):
        print(f"{field:12} {table[field][0]:6} / {table[field][1]:6}")
    print(f"refused by tcptimeline: {table['refused'][1]}")
    sys.exit(1 if rows else 0)


if __name__ == "__main__":
    main()
