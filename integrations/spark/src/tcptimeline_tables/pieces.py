"""Captures that are more than one task should read: cut into pieces, each read into a journal, and the
journals merged by the program itself, so that what comes out is what one machine says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from .names import escaped
from .program import run_lines, run_with
from .work import Work

#: As the program has them.
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def byte_count(text: str) -> int:
    """``256M``; raises ``ValueError`` for what is none."""
    number, unit = (text[:-1], _UNITS[text[-1]]) if text[-1:] in _UNITS else (text, 1)
    count = int(number) * unit
    if count <= 0:
        raise ValueError(text)
    return count


def journal_folder(root: str, work: Work) -> str:
    """Where the journals of all its pieces lie."""
    return os.path.join(root, escaped(work.host))


def list_pieces(work: Work, size: int, program: str | None = None) -> Iterator[str]:
    """The pieces of all its captures, each as a line for ``read_piece``."""
    for piece in run_lines(["pieces", *work.files, "--size", str(size)], program):
        yield json.dumps(piece)


def read_piece(line: str, folder: str, program: str | None = None) -> None:
    """Writes the piece's journal. It appears when it is whole: who comes second writes the same again."""
    os.makedirs(folder, mode=0o750, exist_ok=True)
    run_with(line + "\n", ["fragment", "-", "-o", folder], program)
