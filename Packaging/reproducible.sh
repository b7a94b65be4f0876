#!/usr/bin/env bash
# Builds the committed tree twice from nothing, in two folders, and compares what comes out.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for name in one another/folder; do
  git clone -q --no-hardlinks "$repository" "$place/$name"
  # Sources of packages, so that nothing is fetched.
  if [ -d "$repository/.build/checkouts" ]; then
    mkdir -p "$place/$name/.build"
    for part in checkouts repositories workspace-state.json; do
      if [ -e "$repository/.build/$part" ]; then
        cp -a "$repository/.build/$part" "$place/$name/.build/"
      fi
    done
    [ ! -f "$repository/Package.resolved" ] || cp "$repository/Package.resolved" "$place/$name/"
  fi
  (cd "$place/$name" && make build >&2)
done
program=.build/release/tcptimeline
for name in one another/folder; do
  cp "$place/$name/$program" "$place/program"
  strip "$place/program"
  echo "$(sha256sum <"$place/$name/$program" | cut -c 1-16) built, $(sha256sum <"$place/program" | cut -c 1-16) stripped, in $name"
done
if cmp "$place/one/$program" "$place/another/folder/$program"; then
  echo "the same bytes"
else
  echo "reproducible.sh: not the same bytes" >&2
  exit 1
fi
