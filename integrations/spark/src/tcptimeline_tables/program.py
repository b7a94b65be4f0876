"""Runs the tcptimeline program."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

#: Names the program where it is not in the path, on the driver and on the executors.
VARIABLE = "TCPTIMELINE"


class ProgramError(RuntimeError):
    """The program gave up; the message is its own line on standard error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"tcptimeline ended with status {status}: {message}")
        self.status = status


def program() -> str:
    return os.environ.get(VARIABLE) or "tcptimeline"


def _fail(status: int, errors: bytes) -> None:
    # 1 says that something was found, which is no failure.
    if status not in (0, 1):
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise ProgramError(status, lines[-1] if lines else "without a word")


def run_json(arguments: Sequence[str], name: str | None = None) -> Any:
    """The one JSON document that the program writes."""
    done = subprocess.run([name or program(), *arguments], capture_output=True, check=False)
    _fail(done.returncode, done.stderr)
    return json.loads(done.stdout)


def run_with(text: str, arguments: Sequence[str], name: str | None = None) -> None:
    """Runs the program with this text as its standard input; it has nothing to say."""
    done = subprocess.run(
        [name or program(), *arguments], input=text.encode(), capture_output=True, check=False)
    _fail(done.returncode, done.stderr)


def run_lines(arguments: Sequence[str], name: str | None = None) -> Iterator[Any]:
    """The JSON document of each line that the program writes, as they come."""
    # Standard error goes to a file: a pipe that nobody reads would stop the program.
    import tempfile

    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            [name or program(), *arguments], stdout=subprocess.PIPE, stderr=errors
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield json.loads(line)
            status = process.wait()
        errors.seek(0)
        _fail(status, errors.read())
