"""A small fleet, and the program to read it with."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent / "src"))

HOSTS = 6
START = 1_795_356_000
LEAKING = {1, 4}


def _program() -> str:
    given = os.environ.get("TCPTIMELINE")
    if given:
        return given
    for build in ("release", "debug"):
        path = ROOT / ".build" / build / "tcptimeline"
        if path.exists():
            return str(path)
    return "tcptimeline"


os.environ["TCPTIMELINE"] = _program()
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


def address(host: int) -> str:
    return f"10.7.0.{host + 1}"


def snapshot(host: int, number: int, day: int) -> str:
    """`exportd` leaks on two hosts from the second day on; `app` talks to the next host."""
    lines = [f"# host: web{host + 1}", "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process"]
    ports = [(22, "sshd"), (9090, "exportd")] + ([(4444, "nc")] if day and host == 2 else [])
    for port, name in ports:
        waiting = 100 if name == "sshd" and host == 3 and number == 2 else 0
        lines.append(f'LISTEN {waiting} 128 0.0.0.0:{port} 0.0.0.0:* users:(("{name}",pid={port},fd=3))'
                     f" ino:{host * 1000 + port} sk:{port}")
    following, previous = (host + 1) % HOSTS, (host - 1) % HOSTS
    for socket in range(3):
        lines.append(f"ESTAB 0 0 {address(host)}:{40_000 + socket} {address(following)}:9090"
                     f' users:(("app",pid=77,fd={socket})) ino:{host * 1000 + 200 + socket}')
        lines.append(f"ESTAB 0 0 {address(host)}:9090 {address(previous)}:{40_000 + socket}"
                     f' users:(("exportd",pid=9090,fd={socket})) ino:{host * 1000 + 300 + socket}')
    if day and host in LEAKING:
        for socket in range(number * 6):
            lines.append(f"CLOSE-WAIT 1 0 {address(host)}:9090 10.99.0.{socket % 9 + 1}:{50_000 + socket}"
                         f' users:(("exportd",pid=9090,fd={socket + 9})) ino:{host * 1000 + 400 + socket}')
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights of six hosts, a folder a night, and captures on two of them."""
    root = tmp_path_factory.mktemp("fleet")
    for day in range(2):
        for host in range(HOSTS):
            folder = root / f"night{day}" / f"web{host + 1}"
            folder.mkdir(parents=True)
            for number in range(5):
                time = START + day * 86_400 + number * 300 + host
                path = folder / f"{time}.250_web{host + 1}_ss-tanoipem.txt"
                path.write_text(snapshot(host, number, day))
    for host, captures in (("web1", ("many.pcap", "refused.pcap")), ("web2", ("http.pcapng",))):
        folder = root / "captures" / host
        folder.mkdir(parents=True)
        for capture in captures:
            shutil.copy(ROOT / "Samples" / capture, folder / capture)
    return root
