#!/usr/bin/env bash
# documentation.sh FOLDER: README, the manual and the samples that it speaks of, with links that work.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
git ls-files -z README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE docs Samples \
  ':!docs/*.sh' ':!docs/*.yml' | while IFS= read -r -d '' file; do
  install -D -m 644 "$file" "$folder/$file"
done
