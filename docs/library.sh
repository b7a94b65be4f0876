#!/usr/bin/env bash
# Builds the documentation of the library TCPTimeline from a build of the package, and checks that the
# example compiles against it. A warning is an error.
#
#   swift build --target TCPTimeline && docs/library.sh .build/debug [FOLDER]
#
# FOLDER (.build/TCPTimeline.doccarchive) can be put on any web server.
set -euo pipefail
build=$(realpath "${1:?the folder of a build, such as .build/debug}")
cd "$(dirname "$0")/.."
archive=${2:-.build/TCPTimeline.doccarchive}

# Where the compiler finds what the library is built on.
flags=(-I "$build/Modules")
for folder in Sources/C*/; do
  if [ -f "$folder/module.modulemap" ]; then flags+=(-I "$folder"); fi
done
for flag in $(pkg-config --cflags libxml-2.0); do flags+=(-Xcc "$flag"); done

symbols=$(mktemp -d)
trap 'rm -rf "$symbols"' EXIT
swift symbolgraph-extract -module-name TCPTimeline -target "$(uname -m)-unknown-linux-gnu" \
  -minimum-access-level public -skip-synthesized-members "${flags[@]}" -output-dir "$symbols"
docc convert Sources/Library/TCPTimeline.docc --additional-symbol-graph-dir "$symbols" \
  --fallback-display-name TCPTimeline --fallback-bundle-identifier TCPTimeline \
  --warnings-as-errors --analyze --output-path "$archive"
swiftc -typecheck -swift-version 6 -warnings-as-errors "${flags[@]}" \
  Examples/Connections/Sources/connections/*.swift
