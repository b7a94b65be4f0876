#!/usr/bin/env bash
# Fuzzes every target for some minutes (1 unless said otherwise), or the ones named, from the samples
# on, and prints a line each.
#
#   Fuzz/fuzz.sh [MINUTES [TARGET...]]
#
# An input that fails is left in Fuzz/.build/crashes: shrink it (-minimize_crash=1) and turn it into a
# test that builds the same bytes.
set -euo pipefail
cd "$(dirname "$0")"

minutes=${1:-1}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(pcap pcapng links segments compressed ss proc template report)

build=(-c release --product fuzz --sanitize fuzzer --sanitize address -Xswiftc -parse-as-library)
swift build "${build[@]}" >&2
program=$(swift build "${build[@]}" --show-bin-path)/fuzz

# Without this a crash hangs for ever in Swift's backtracer.
export SWIFT_BACKTRACE=enable=no
mkdir -p .build/crashes
failed=0
printf '| target | minutes | executions | coverage | inputs kept | finds |\n'
printf '| --- | ---: | ---: | ---: | ---: | ---: |\n'
for target in "${targets[@]}"; do
  corpus=.build/corpus/$target
  mkdir -p "$corpus"
  case $target in
    pcap | report) cp -n ../Samples/*.pcap "$corpus/" ;;
    pcapng) cp -n ../Samples/*.pcapng "$corpus/" ;;
    compressed)
      for file in ../Samples/*.pcap*; do
        for pack in "gzip -c" "zstd -qc" "lz4 -qc"; do
          command -v "${pack%% *}" >/dev/null || continue
          $pack "$file" >"$corpus/${file##*/}.${pack%% *}"
        done
      done
      ;;
    ss) find ../Samples -name '*ss*.txt' -size -64k -exec cp -n {} "$corpus/" \; ;;
    proc) find ../Samples -name '*tcp*.txt' -size -64k -exec cp -n {} "$corpus/" \; ;;
    template) cp -n ../Templates/*.mustache "$corpus/" ;;
  esac
  log=.build/$target.log
  FUZZ_TARGET=$target "$program" "$corpus" -max_total_time=$((minutes * 60)) -max_len=65536 \
    -timeout=10 -rss_limit_mb=2048 -artifact_prefix=".build/crashes/$target-" \
    -print_final_stats=1 >"$log" 2>&1 && finds=0 || { finds=1; failed=1; }
  printf '| %s | %s | %s | %s | %s | %s |\n' "$target" "$minutes" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)" \
    "$(ls "$corpus" | wc -l)" "$finds"
done
exit $failed
