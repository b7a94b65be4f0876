#!/usr/bin/env bash
# Times the reading of large socket snapshots, and prints medians.
#
# usage: Benchmarks/snapshots.sh [RUNS]
#
# One snapshot of 1,000,000 sockets in each form, and a night of 288 snapshots with 20,000 sockets
# each: on one core (taskset), then on all. The snapshots take 5 GB in a temporary folder, which is
# removed at the end.
set -euo pipefail
cd "$(dirname "$0")"
runs=${1:-3}
program=$PWD/../.build/release/tcptimeline
[ -x "$program" ] || { echo "snapshots.sh: build the release first: swift build -c release" >&2; exit 64; }
swift build -c release --quiet
make=$PWD/.build/release/make-snapshots
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

printf '| snapshots | bytes | one core, s | user + system, s | memory, MB | all cores, s | memory, MB |\n'
printf '| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n'
run() { # file for the times, then what comes before the program
  local times=$1 run
  shift
  : >"$times"
  for ((run = 1; run <= runs; run++)); do
    "$@" /usr/bin/time -a -o "$times" -f "%e %U %S %M" \
      "$program" nightly "$place/series" -o "$place/report.md" >/dev/null
  done
}
measure() { # name, then the options of make-snapshots
  local name=$1
  shift
  rm -rf "$place/series"
  "$make" "$place/series" "$@" >/dev/null
  cat "$place"/series/* >/dev/null # into the page cache
  run "$place/one" taskset -c 0
  run "$place/all" env
  printf '| %s | %s | %.2f | %.2f | %.0f | %.2f | %.0f |\n' "$name" \
    "$(du -sb "$place/series" | cut -f1)" \
    "$(awk '{print $1}' "$place/one" | median)" \
    "$(awk '{print $2 + $3}' "$place/one" | median)" \
    "$(awk '{print $4 / 1024}' "$place/one" | median)" \
    "$(awk '{print $1}' "$place/all" | median)" \
    "$(awk '{print $4 / 1024}' "$place/all" | median)"
}
for form in ss-tan proc-net-tcp ss-tanoipem; do
  measure "1,000,000 sockets, $form" --sockets 1000000 --form "$form"
done
for form in ss-tan ss-tanoipem; do
  measure "288 times 20,000 sockets, $form" --sockets 20000 --snapshots 288 --form "$form"
done
