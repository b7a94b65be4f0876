#!/usr/bin/env bash
# Reads a capture whole and in pieces, compares the reports byte for byte, and times each step.
#
# usage: Benchmarks/pieces.sh CAPTURE [SIZE [PROCESSES]]
#
# 64 MB a piece and as many processes as there are processors where nothing is said.
set -euo pipefail
capture=$(realpath "${1:?usage: pieces.sh CAPTURE [SIZE [PROCESSES]]}")
cd "$(dirname "$0")"
size=${2:-64M} processes=${3:-$(nproc)}
program=${TCPTIMELINE:-$PWD/../.build/release/tcptimeline}
[ -x "$program" ] || { echo "pieces.sh: build the release first: make build" >&2; exit 64; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cat "$capture" >/dev/null # into the page cache
timed() { # name, then the command
  local name=$1
  shift
  /usr/bin/time -f "$name: %e s, user %U s, system %S s, %M KB" "$@"
}
timed "csv, one thread" "$program" "$capture" --threads 1 -o "$place/whole.csv"
timed "csv, $(nproc) processors" "$program" "$capture" -o "$place/whole.csv"
"$program" "$capture" -o "$place/whole.json" --max-detail 0
timed pieces "$program" pieces "$capture" --size "$size" -o "$place/pieces"
count=$(wc -l <"$place/pieces")
for number in 1 "$processes"; do
  rm -rf "$place/journals"
  timed "fragment, $count pieces by $number processes" \
    bash -c 'seq "$1" | xargs -P "$2" -I{} "$3" fragment "$4/pieces" --only {} -o "$4/journals"' \
    _ "$count" "$number" "$program" "$place"
done
timed "merge, csv" "$program" merge "$place/journals" -o "$place/merged.csv"
"$program" merge "$place/journals" -o "$place/merged.json" --max-detail 0
cmp "$place/whole.csv" "$place/merged.csv"
cmp "$place/whole.json" "$place/merged.json"
bytes=$(cat "$place"/journals/* | wc -c)
python3 - "$place/whole.json" "$bytes" "$(stat -c %s "$capture")" <<'PYTHON'
import json, sys
segments = json.load(open(sys.argv[1]))["summary"]["tcp_segments"]
journals, capture = int(sys.argv[2]), int(sys.argv[3])
print(f"the same bytes; {segments} segments, {capture / segments:.1f} bytes each in the capture,"
      f" {journals / segments:.1f} in the journals")
PYTHON
