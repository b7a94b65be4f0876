#!/usr/bin/env bash
# Times tcptimeline against its peers on the same captures, in turns, and prints medians.
#
# usage: Benchmarks/peers.sh [RUNS]
#
# Needs: argus, tcptrace, tshark, tcpdump, capinfos (Debian: argus-server tcptrace tshark tcpdump).
# A peer that is not installed is left out. Everything runs on one core (taskset). The captures
# take 1.6 GB in a temporary folder, which is removed at the end.
set -euo pipefail
cd "$(dirname "$0")"
runs=${1:-5}
program=$PWD/../.build/release/tcptimeline
[ -x "$program" ] || { echo "peers.sh: build the release first: swift build -c release" >&2; exit 64; }
swift build -c release --quiet
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

make=$PWD/.build/release/make-capture
"$make" "$place/many.pcap" --connections 400000 --snaplen 96 --loss 10
"$make" "$place/bulk.pcap" --connections 2000 --response 752960

# name, then the command; CAPTURE stands for the file.
commands=(
  "cat|cat CAPTURE"
  "capinfos|capinfos -c CAPTURE"
  "tcpdump|tcpdump -n -r CAPTURE -w - tcp"
  "tcptimeline|$program CAPTURE --limit 1"
  "tcptimeline csv|$program CAPTURE --format csv -o -"
  "tcptimeline ndjson|$program CAPTURE --format ndjson -o -"
  "tcptimeline svg|$program CAPTURE --format svg -o -"
  "argus|argus -r CAPTURE -w -"
  "tcptrace|tcptrace -n -l -r CAPTURE"
  "tshark|tshark -n -q -z conv,tcp -r CAPTURE"
)

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

for capture in many bulk; do
  file=$place/$capture.pcap
  cat "$file" >/dev/null # into the page cache
  rm -f "$place"/time.*
  for ((run = 1; run <= runs; run++)); do
    for entry in "${commands[@]}"; do
      name=${entry%%|*}
      read -ra command <<<"${entry#*|}"
      command -v "${command[0]}" >/dev/null || continue
      command=("${command[@]/CAPTURE/$file}")
      taskset -c 0 /usr/bin/time -a -o "$place/time.$name" -f "%e %U %M" "${command[@]}" \
        >/dev/null 2>&1 || true
    done
  done
  printf '\n%s: %s bytes, medians of %s runs\n\n' "$capture.pcap" "$(stat -c %s "$file")" "$runs"
  printf '| program | elapsed, s | user, s | memory, MB | to tcptimeline |\n'
  printf '| --- | ---: | ---: | ---: | ---: |\n'
  own=$(grep -E '^[0-9.]+ ' "$place/time.tcptimeline" | awk '{print $1}' | median)
  for entry in "${commands[@]}"; do
    name=${entry%%|*}
    [ -f "$place/time.$name" ] || continue
    lines=$(grep -E '^[0-9.]+ ' "$place/time.$name")
    elapsed=$(awk '{print $1}' <<<"$lines" | median)
    user=$(awk '{print $2}' <<<"$lines" | median)
    memory=$(awk '{print $3}' <<<"$lines" | median)
    awk -v n="$name" -v e="$elapsed" -v u="$user" -v m="$memory" -v o="$own" \
      'BEGIN {printf "| %s | %.2f | %.2f | %.0f | %.1f |\n", n, e, u, m / 1024, e / o}'
  done
done
