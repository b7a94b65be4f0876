#!/usr/bin/env bash
# dist.sh PROGRAM MAN FOLDER NAME: packs FOLDER/NAME.tar.gz and its checksum. The same program gives
# the same bytes.
set -euo pipefail
program=$1 man=$2 folder=$3 name=$4
root=$folder/$name
rm -rf "$root" "$folder/$name.tar.gz"
install -D -s -m 755 "$program" "$root/bin/tcptimeline"
if objdump -p "$root/bin/tcptimeline" | grep NEEDED >&2; then
  echo "dist: the program is not linked whole" >&2
  exit 1
fi
"$(dirname "$0")/completions.sh" "$program" "$root/share"
install -D -m 644 -t "$root/share/man/man1" "$man"/*.1
"$(dirname "$0")/documentation.sh" "$root/share/doc/tcptimeline"
time=$(git log -1 --format=%ct)
tar --create --directory "$folder" --sort=name --owner=0 --group=0 --numeric-owner \
  --mtime="@$time" "$name" | gzip -9n > "$folder/$name.tar.gz"
rm -rf "$root"
(cd "$folder" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" && ls -sh "$name.tar.gz")
