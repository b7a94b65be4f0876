#!/usr/bin/env bash
# Makes the night of a fleet, times the report on it, and looks whether what was planted is found,
# and nothing else.
#
# usage: Benchmarks/fleet.sh [HOSTS [SNAPSHOTS [SOCKETS]]]
#
# 1,000 hosts with 24 snapshots of 100 sockets each without numbers. The snapshots take 850 MB in a
# temporary folder, which is removed at the end.
set -euo pipefail
cd "$(dirname "$0")"
hosts=${1:-1000} snapshots=${2:-24} sockets=${3:-100}
program=${TCPTIMELINE:-$PWD/../.build/release/tcptimeline}
[ -x "$program" ] || { echo "fleet.sh: build the release first: swift build -c release" >&2; exit 64; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 - "$place" "$hosts" "$snapshots" "$sockets" <<'PYTHON'
import os, random, sys
place, hosts, snapshots, sockets = sys.argv[1], *map(int, sys.argv[2:5])
random.seed(23)
chosen = random.sample(range(hosts), hosts * 8 // 100)
third = len(chosen) // 3
leaks, stuck, full = chosen[:third], chosen[third:2 * third], chosen[2 * third:]
with open(f"{place}/planted", "w") as file:
    for kind, names in (("close_wait_growth", leaks), ("send_queue_stuck", stuck),
                        ("accept_queue_full", full)):
        for host in names:
            file.write(f"{kind} host{host:04}\n")
details = ("\t skmem:(r0,rb131072,t0,tb87040,f0,w0,o0,bl0,d0) ts sack cubic wscale:10,10 rto:204"
           " rtt:0.4/0.2 ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 bytes_sent:%d"
           " bytes_acked:%d bytes_received:%d segs_out:%d segs_in:%d data_segs_out:%d minrtt:0.1\n")
for host in range(hosts):
    own = f"10.{20 + host // 250}.{host % 250}.1"
    folder = f"{place}/night/host{host:04}"
    os.makedirs(folder)
    for snapshot in range(snapshots):
        time = 1795356000 + snapshot * 3600 + host % 60
        rows = [f"# host: host{host:04}\n",
                "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"]
        queue = 128 if host in full and snapshot % 5 == 3 else 0
        for number, (port, name) in enumerate(((22, "sshd"), (8080, "webd"), (9090, "exportd"))):
            waiting = queue if port == 8080 else 0
            rows.append(f"LISTEN {waiting} 128 0.0.0.0:{port} 0.0.0.0:* users:((\"{name}\",pid={port},"
                        f"fd=3)) ino:{host * 9000 + number + 1} sk:{number + 1}\n")
        for socket in range(sockets):
            # One in ten is another one each time.
            age = snapshot if socket % 10 else 0
            port = 30000 + socket + (0 if socket % 10 else snapshot * 200)
            name, local = ("webd", 8080) if socket % 3 else ("exportd", 9090)
            peer = (host + 1 + socket % 7) % hosts
            remote = f"10.{20 + peer // 250}.{peer % 250}.1"
            send = 4344 if host in stuck and socket == 3 else 0
            rows.append(f"ESTAB 0 {send} {own}:{local} {remote}:{port} users:((\"{name}\",pid={local},"
                        f"fd={socket})) ino:{host * 9000 + port} sk:{port:x}\n")
            sent = 1000 if send else (age + 1) * 1000
            rows.append(details % (sent, sent, sent, age + 3, age + 3, age + 1))
        if host in leaks:
            for socket in range(snapshot * 3):
                rows.append(f"CLOSE-WAIT 1 0 {own}:9090 10.200.{socket % 40}.9:{40000 + socket} users:"
                            f"((\"exportd\",pid=9090,fd={socket})) ino:{socket + 7000} sk:{socket + 9000:x}\n")
        with open(f"{folder}/{time}.100_host{host:04}_ss-tanoipem.txt", "w") as file:
            file.writelines(rows)
PYTHON
cat "$place"/night/*/* >/dev/null # into the page cache
/usr/bin/time -f "%e s, user %U s, system %S s, %M KB" \
  "$program" nightly "$place/night" -o "$place/fleet.json" --prometheus "$place/fleet.prom"
/usr/bin/time -f "html: %e s, user %U s, system %S s, %M KB" \
  "$program" nightly "$place/night" -o "$place/fleet.html"
du -sh "$place/night" "$place/fleet.json" "$place/fleet.html"
python3 - "$place" <<'PYTHON'
import json, sys
place = sys.argv[1]
report = json.load(open(f"{place}/fleet.json"))
found = sorted(f"{finding['kind']} {host}" for finding in report["findings"] for host in finding["hosts"])
planted = sorted(open(f"{place}/planted").read().split("\n")[:-1])
print(f"{len(report['hosts'])} hosts, {len(planted)} planted, {len(found)} found,"
      f" {len(set(planted) - set(found))} missed, {len(set(found) - set(planted))} too many")
for finding in report["findings"]:
    print(" ", finding["severity"], finding["text"])
print(f"  {len(report['outliers'])} outliers, {len(report['links'])} links"
      f" and {report['links_omitted']} more")
sys.exit(found != planted)
PYTHON
