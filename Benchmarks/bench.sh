#!/usr/bin/env bash
# Counts the instructions and allocations that each stage of the work costs, and compares them with
# thresholds.txt: fails where one takes more than it may.
#
# usage: Benchmarks/bench.sh [--record]
#
# Needs valgrind, whose counts do not depend on how fast or busy a machine is. --record writes the
# thresholds anew: 2 % more than was counted.
set -euo pipefail
cd "$(dirname "$0")"
command -v valgrind >/dev/null || { echo "bench.sh: valgrind is needed" >&2; exit 64; }
swift build -c release --quiet --product stages
swift build -c release --quiet --product make-capture
swift build -c release --quiet --product make-snapshots
built=$PWD/.build/release
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

"$built/make-capture" "$place/capture" --connections 20000 --snaplen 96 --loss 10 >/dev/null
"$built/make-snapshots" "$place/series" --sockets 50000 >/dev/null
snapshot=$(echo "$place"/series/*)

count() { # file, stage: a line "stage before items allocations instructions"
  local line
  line=$(valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
    --log-file="$place/log" "$built/stages" "$1" --stage "$2")
  echo "$line $(sed -n 's/.*I *refs: *//p' "$place/log" | tr -d ,)"
}
: >"$place/counts"
for stage in start decode correlate judge describe csv; do
  count "$place/capture" "$stage" >>"$place/counts"
done
for stage in read follow; do count "$snapshot" "$stage" >>"$place/counts"; done

awk '
  { before[$1] = $2; items[$1] = $3; allocations[$1] = $4; instructions[$1] = $5; order[NR] = $1 }
  END {
    for (n = 2; n <= NR; n++) {
      s = order[n]; b = before[s]
      printf "%s %.1f %.4f\n", s, (instructions[s] - instructions[b]) / items[s],
        (allocations[s] - allocations[b]) / items[s]
    }
  }' "$place/counts" >"$place/costs"

if [ "${1:-}" = --record ]; then
  {
    echo "# What a stage may cost for each segment (decode, correlate, judge), connection (describe, csv) or"
    echo "# socket (read, follow): stage, instructions, allocations. Written by bench.sh --record."
    awk '{printf "%s %.1f %.4f\n", $1, $2 * 1.02, $3 * 1.02 + 0.0005}' "$place/costs"
  } >thresholds.txt
fi
awk '
  FNR == NR { if ($1 !~ /^#/) { instructions[$1] = $2; allocations[$1] = $3 } next }
  FNR == 1 {
    print "| stage | instructions each | may be | allocations each | may be |"
    print "| --- | ---: | ---: | ---: | ---: |"
  }
  {
    printf "| %s | %.1f | %s | %.4f | %s |\n", $1, $2, instructions[$1], $3, allocations[$1]
    if (!($1 in instructions) || $2 > instructions[$1] || $3 > allocations[$1]) worse = worse " " $1
  }
  END { if (worse) { print "bench.sh: more than thresholds.txt allows:" worse; exit 1 } }
' thresholds.txt "$place/costs"
