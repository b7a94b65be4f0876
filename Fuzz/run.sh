#!/usr/bin/env bash
# Fuzzes the capture reader for some seconds (60 unless said otherwise), from the samples on.
#
#   Fuzz/run.sh [SECONDS] [libFuzzer options]
#
# An input that fails is left in Fuzz/.build/crashes: shrink it (-minimize_crash=1) and turn it into
# a test that builds the same bytes.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true

build=(-c release --product fuzz-capture --sanitize fuzzer --sanitize address
  -Xswiftc -parse-as-library)
swift build "${build[@]}" >&2

corpus=.build/corpus
mkdir -p "$corpus" .build/crashes
cp -n ../Samples/*.pcap ../Samples/*.pcapng "$corpus/"

# Without this a crash hangs for ever in Swift's backtracer.
export SWIFT_BACKTRACE=enable=no
exec "$(swift build "${build[@]}" --show-bin-path)/fuzz-capture" "$corpus" \
  -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
  -artifact_prefix=.build/crashes/ -print_final_stats=1 "$@"
