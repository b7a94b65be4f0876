"""What there is to read: a piece of work is one host's snapshots, or the captures of one folder.

A host's snapshots follow its sockets from one to the next, and a connection's segments may lie in
several captures of one folder: neither is cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .program import ProgramError, run_lines

_CAPTURE_MAGICS = {
    bytes.fromhex(magic)
    for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1", "0a0d0d0a")
}
#: Captures may be compressed; then only the name says what they are.
_CAPTURE_NAME = re.compile(r"\.(pcap|pcapng|cap)\d*(\.(gz|zst|lz4))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Work:
    """Files that one task reads."""

    #: ``night`` or ``captures``
    kind: str
    host: str
    files: tuple[str, ...]
    bytes: int


def _is_capture(path: str) -> bool:
    if _CAPTURE_NAME.search(path):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(4) in _CAPTURE_MAGICS
    except OSError:
        return False


def _walk(inputs: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Every file, with the input that it lies in."""
    for given in inputs:
        if not os.path.isdir(given):
            yield given, os.path.dirname(given)
            continue
        for folder, folders, files in os.walk(given):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield os.path.join(folder, name), given


def find_work(inputs: Sequence[str], host_from: str | None = None) -> list[Work]:
    """Sorts files by hosts: snapshots as ``tcptimeline nightly`` does, captures by their folder.

    The largest piece of work comes first, so that it does not begin when the others are done.
    """
    captures: dict[str, list[str]] = {}
    has_snapshots = False
    for path, root in _walk(inputs):
        if _is_capture(path):
            folder = os.path.relpath(os.path.dirname(path) or ".", root or ".")
            host = os.path.basename(os.path.abspath(root)) if folder == "." else folder
            captures.setdefault(host, []).append(path)
        else:
            has_snapshots = True
    work = [
        Work("captures", host, tuple(files), _size(files)) for host, files in captures.items()
    ]
    if has_snapshots:
        options = ["--host-from", host_from] if host_from else []
        given = [path for path in inputs if os.path.isdir(path) or not _is_capture(path)]
        try:
            for line in run_lines(["nightly", *given, "--list-hosts", *options]):
                files = line["files"]
                work.append(Work("night", line["host"] or "", tuple(files), _size(files)))
        except ProgramError as error:
            # Folders that hold captures, and other files that are no snapshots.
            if not (captures and "no snapshot in this folder" in str(error)):
                raise
    return sorted(work, key=lambda piece: (-piece.bytes, piece.kind, piece.host))


def _size(files: Iterable[str]) -> int:
    return sum(os.path.getsize(path) for path in files)
