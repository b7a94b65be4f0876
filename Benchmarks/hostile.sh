#!/usr/bin/env bash
# What captures cost that are meant to cost much, beside a usual one of as many frames: time and memory,
# in formats of one pass and of two.
#
#   Benchmarks/hostile.sh [FRAMES [KIND...]]
#
# The program is .build/release/tcptimeline (make build). Fails where a capture takes more than three
# times what a usual one takes, and more than 0.2 s or 64 MB besides.
set -euo pipefail
cd "$(dirname "$0")"
frames=${1:-1000000}
shift || true
kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(syn-flood scan out-of-order random-sequence fragments nested port-reuse
  random-times exchanges windows)
program=$PWD/../.build/release/tcptimeline
[ -x "$program" ] || { echo "hostile.sh: no release program; make build" >&2; exit 64; }
swift build -c release --quiet --product make-hostile
make=$PWD/.build/release/make-hostile
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# A connection costs hundreds of bytes: those who fear too many set a limit.
options=(--max-connections 100000 --threads 1)
measure() { # FILE FORMAT: seconds of the processor, MB
  local ended=0
  /usr/bin/time -f '%U %S %M' -o "$place/time" timeout 120 \
    "$program" "$1" --format "$2" -o "$place/out.$2" "${options[@]}" 2>"$place/errors" || ended=$?
  [ $ended = 0 ] || { echo "hostile.sh: $1 as $2 ended with $ended" >&2; return 1; }
  awk 'END { printf "%.2f %d\n", $1 + $2, $3 / 1024 }' "$place/time"
}
failed=0
declare -A usual
printf '| capture | MB | format | s | times usual | MB of memory | times usual |\n'
printf '| --- | ---: | --- | ---: | ---: | ---: | ---: |\n'
for kind in usual "${kinds[@]}"; do
  file=$place/$kind.pcap
  "$make" "$kind" "$file" "$frames"
  for format in text csv svg html; do
    read -r seconds memory < <(measure "$file" "$format") || { failed=1; continue; }
    [ $kind != usual ] || usual[$format]="$seconds $memory"
    read -r usualSeconds usualMemory <<<"${usual[$format]}"
    awk -v kind="$kind" -v size="$(stat -c %s "$file")" -v format="$format" -v s="$seconds" \
      -v m="$memory" -v us="$usualSeconds" -v um="$usualMemory" 'BEGIN {
        if (us < 0.01) us = 0.01
        over = (s > 3 * us && s > us + 0.2) || (m > 3 * um && m > um + 64)
        printf "| %s | %d | %s | %.2f | %.1f | %d | %.1f |%s\n", kind, size / 1e6, format, s, s / us,
          m, m / um, over ? " over" : ""
        exit over
      }' || failed=1
  done
  rm "$file"
done
exit $failed
