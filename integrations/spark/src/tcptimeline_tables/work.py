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
    #: Where the journals of all pieces of these captures lie, if they were cut.
    journals: str | None = None


def _is_capture(path: str) -> bool:
    if _CAPTURE_NAME.search(path):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(4) in _CAPTURE_MAGICS
    except OSError:
        return False


def _walk(inputs: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    """Every file, with the input that it was found in, and that one's folder."""
    for given in inputs:
        if not os.path.isdir(given):
            yield given, given, os.path.dirname(given)
            continue
        for folder, folders, files in os.walk(given):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield os.path.join(folder, name), given, given


def find_work(inputs: Sequence[str], host_from: str | None = None) -> list[Work]:
    """Sorts files by hosts: snapshots as ``tcptimeline nightly`` does, captures by their folder.

    The largest piece of work comes first, so that it does not begin when the others are done.
    """
    captures: dict[str, list[str]] = {}
    holds_captures: set[str] = set()
    others: set[str] = set()
    for path, given, root in _walk(inputs):
        if _is_capture(path):
            folder = os.path.relpath(os.path.dirname(path) or ".", root or ".")
            host = os.path.basename(os.path.abspath(root)) if folder == "." else folder
            captures.setdefault(host, []).append(path)
            holds_captures.add(given)
        else:
            others.add(given)
    work = [
        Work("captures", host, tuple(files), _size(files)) for host, files in captures.items()
    ]
    candidates = {given: given in holds_captures for given in inputs if given in others}
    work += _nights(candidates, ["--host-from", host_from] if host_from else [])
    return sorted(work, key=lambda piece: (-piece.bytes, piece.kind, piece.host))


def _nights(inputs: dict[str, bool], options: list[str]) -> list[Work]:
    """The snapshots of each host; of each input it is known whether it holds captures as well."""
    given = list(inputs)
    while given:
        try:
            return [
                Work("night", line["host"] or "", tuple(line["files"]), _size(line["files"]))
                for line in run_lines(["nightly", *given, "--list-hosts", *options])
            ]
        except ProgramError as error:
            # A folder of captures, in which something else lies that is no snapshot.
            mixed = [path for path in given if inputs[path] and f"{path}: no snapshot in" in str(error)]
            if not mixed:
                raise
            given.remove(mixed[0])
    return []


def _size(files: Iterable[str]) -> int:
    return sum(os.path.getsize(path) for path in files)
