#!/usr/bin/env bash
# system.sh ROOT PREFIX: lays out a package's units and documentation below ROOT. Whatever names the
# program there names the one in PREFIX/bin.
set -euo pipefail
root=$1 prefix=$2
cd "$(dirname "$0")/.."
units=$root$prefix/lib/systemd/system
doc=$root$prefix/share/doc/tcptimeline
install -D -m 644 -t "$units" Samples/nightly/*.service Samples/nightly/*.timer
Packaging/documentation.sh "$doc"
# The manual's pages tell of other ways to install it, too.
grep -rlZ --exclude='*.md' /usr/local/bin/tcptimeline "$units" "$doc" \
  | xargs -0r sed -i "s|/usr/local/bin/tcptimeline|$prefix/bin/tcptimeline|g"
