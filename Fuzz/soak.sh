#!/usr/bin/env bash
# Reads a million damaged files (or RUNS) in one process a target, and prints a line each: outcomes,
# the slowest run, the most memory. A run that traps ends it, one that hangs too.
#
#   Fuzz/soak.sh [RUNS [SEED]]
set -euo pipefail
cd "$(dirname "$0")"
runs=${1:-1000000}
seed=${2:-1}
swift build -c release --product soak >&2
program=$(swift build -c release --show-bin-path)/soak
export SWIFT_BACKTRACE=enable=no

packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
for file in ../Samples/*.pcap*; do
  gzip -c "$file" >"$packed/${file##*/}.gz"
  if command -v zstd >/dev/null; then zstd -qc "$file" >"$packed/${file##*/}.zst"; fi
  if command -v lz4 >/dev/null; then lz4 -qc "$file" >"$packed/${file##*/}.lz4"; fi
done
mapfile -t sockets < <(find ../Samples -name '*ss*.txt' -size -64k)
mapfile -t tables < <(find ../Samples -name '*tcp*.txt' -size -64k)

printf '| target | runs | outcomes | slowest | memory |\n| --- | ---: | --- | ---: | ---: |\n'
share() { echo $((runs * $1 / 100)); }
"$program" "$(share 30)" "$seed" pcap ../Samples/*.pcap
"$program" "$(share 25)" "$seed" pcapng ../Samples/*.pcapng
"$program" "$(share 10)" "$seed" compressed "$packed"/*
"$program" "$(share 10)" "$seed" links ../Samples/*.pcap
"$program" "$(share 10)" "$seed" segments ../Samples/*.pcap
[ ${#sockets[@]} -eq 0 ] || "$program" "$(share 10)" "$seed" ss "${sockets[@]}"
[ ${#tables[@]} -eq 0 ] || "$program" "$(share 4)" "$seed" proc "${tables[@]}"
"$program" "$(share 1)" "$seed" report ../Samples/*.pcap
