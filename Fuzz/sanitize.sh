#!/usr/bin/env bash
# Runs tests in builds with a sanitizer, each in a folder of its own.
#
#   Fuzz/sanitize.sh [SANITIZER... [-- FILTER]]
#
# SANITIZER is address, thread or undefined; all three unless some are named. FILTER is what --filter of
# `swift test` takes; else every test runs but those that run the program with another library before its
# own, or under a limit of memory, which a sanitizer does not bear.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  sanitizers+=("$1")
  shift
done
[ ${#sanitizers[@]} -gt 0 ] || sanitizers=(address undefined thread)
tests=(--skip 'FaultTests|FileSafetyTests')
[ "${1:-}" != -- ] || tests=(--filter "$2")
# What the C library and SQLite keep until the end is no leak of ours.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1
export SWIFT_BACKTRACE=enable=no
failed=0
for sanitizer in "${sanitizers[@]}"; do
  log=.build/sanitize-$sanitizer.log
  if swift test --disable-xctest --sanitize "$sanitizer" --scratch-path ".build/sanitize-$sanitizer" \
    "${tests[@]}" >"$log" 2>&1; then
    echo "$sanitizer: $(grep -oE 'Test run with .* passed' "$log" | tail -1)"
  else
    failed=1
    echo "$sanitizer: failed; see $log"
    grep -E 'Sanitizer|✘|error:' "$log" | head -20 || true
  fi
done
exit $failed
