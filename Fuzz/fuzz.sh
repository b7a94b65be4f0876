#!/usr/bin/env bash
# Fuzzes every target for some minutes (1 unless said otherwise), or the ones named, from the samples
# on, and prints a line each.
#
#   Fuzz/fuzz.sh [MINUTES [TARGET...]]
#
# What was found worth keeping stays in Fuzz/.build/corpus, as few inputs as cover the same. An input
# that fails is left in Fuzz/.build/crashes: shrink it (-minimize_crash=1) and turn it into a test that
# builds the same bytes.
set -euo pipefail
cd "$(dirname "$0")"

minutes=${1:-1}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(./targets.sh)

swift build -c release --product soak >&2
soak=$(swift build -c release --show-bin-path)/soak
# The objects are not those of a plain build.
build=(-c release --product fuzz --sanitize fuzzer --sanitize address -Xswiftc -parse-as-library
  --scratch-path .build/fuzzer)
swift build "${build[@]}" >&2
program=$(swift build "${build[@]}" --show-bin-path)/fuzz

# Without this a crash hangs for ever in Swift's backtracer.
export SWIFT_BACKTRACE=enable=no
mkdir -p .build/crashes .build/logs
failed=0
printf '| target | minutes | executions | coverage | inputs kept | finds |\n'
printf '| --- | ---: | ---: | ---: | ---: | ---: |\n'
for target in "${targets[@]}"; do
  corpus=.build/corpus/$target
  log=.build/logs/$target
  ./seeds.sh "$target" "$corpus" "$soak"
  export FUZZ_TARGET=$target
  "$program" "$corpus" -max_total_time=$((minutes * 60)) -max_len=131072 -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix=".build/crashes/$target-" -print_final_stats=1 \
    >"$log" 2>&1 && finds=0 || { finds=1 failed=1; }
  # What covers nothing of its own goes.
  smaller=.build/corpus/$target.smaller
  rm -rf "$smaller"
  mkdir "$smaller"
  if [ $finds = 0 ] && "$program" -merge=1 "$smaller" "$corpus" >>"$log.merge" 2>&1; then
    rm -rf "$corpus"
    mv "$smaller" "$corpus"
  fi
  rm -rf "$smaller"
  printf '| %s | %s | %s | %s | %s | %s |\n' "$target" "$minutes" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)" \
    "$(find "$corpus" -type f | wc -l)" "$finds"
done
exit $failed
