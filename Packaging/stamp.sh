#!/usr/bin/env bash
# stamp.sh: writes the commit and its date, never the time of the build, for --version.
set -euo pipefail
cd "$(dirname "$0")/.."
commit=$(git rev-parse --short=10 HEAD 2> /dev/null || true)
date=$(git log -1 --format=%cs 2> /dev/null || true)
if [[ -n $commit ]] && ! git diff --quiet HEAD 2> /dev/null; then commit+=-changed; fi
stamp="#define TCPTIMELINE_COMMIT \"$commit\"
#define TCPTIMELINE_DATE \"$date\""
file=Sources/CBuild/stamp.h
# Only where it differs, so that nothing is compiled again for nothing.
[[ -f $file && $(< "$file") == "$stamp" ]] || {
  printf '%s\n' "$stamp" > "$file"
  # The build does not look at headers of libraries.
  touch Sources/tcptimeline/Commands/Main.swift
}
