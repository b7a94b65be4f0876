#!/usr/bin/env bash
# Reads a million damaged files (or RUNS), in one process a target, and prints a line each: outcomes, the
# slowest run, the most memory. A run that traps ends it; so does one that takes more than 2 s, a process
# of more than 256 MB, and a capture that gives nothing without a word.
#
#   [CORPUS=FOLDER] Fuzz/soak.sh [RUNS [SEED [TARGET...]]]
set -euo pipefail
cd "$(dirname "$0")"
runs=${1:-1000000}
seed=${2:-1}
shift $(($# < 2 ? $# : 2))
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(./targets.sh)
swift build -c release --product soak >&2
soak=$(swift build -c release --show-bin-path)/soak
export SWIFT_BACKTRACE=enable=no

seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
mkdir -p .build/crashes
# In thousandths of all runs; a picture takes milliseconds.
share() {
  case $1 in
    pcap) echo 250 ;;
    pcapng) echo 200 ;;
    links | tunnels) echo 100 ;;
    compressed | ss) echo 90 ;;
    proc) echo 80 ;;
    paths) echo 40 ;;
    template) echo 20 ;;
    history) echo 2 ;;
    *) echo 4 ;;
  esac
}
failed=0
printf '| target | runs | outcomes | slowest | memory |\n| --- | ---: | --- | ---: | ---: |\n'
for target in "${targets[@]}"; do
  ./seeds.sh "$target" "$seeds/$target" "$soak"
  last=.build/crashes/soak-$target
  if "$soak" "$target" $((runs * $(share "$target") / 1000)) "$seed" "$last" "$seeds/$target"/*; then
    rm "$last"
  else
    failed=1
    echo "soak: $target ended; the input is in Fuzz/$last, behind its length (8 bytes)" >&2
  fi
done
exit $failed
