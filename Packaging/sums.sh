#!/usr/bin/env bash
# sums.sh FOLDER: writes FOLDER/SHA256SUMS of the packages that lie there.
set -euo pipefail
cd "$1"
find . -maxdepth 1 \( -name '*.tar.gz' -o -name '*.deb' \) -printf '%P\0' | LC_ALL=C sort -z \
  | xargs -0 sha256sum > SHA256SUMS
