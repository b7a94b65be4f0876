#!/usr/bin/env bash
# dist.sh PROGRAM MAN FOLDER NAME: packs FOLDER/NAME.tar.gz. The same program gives the same bytes.
set -euo pipefail
program=$1 man=$2 folder=$3 name=$4
here=$(dirname "$0")
root=$folder/$name
rm -rf "$root" "$folder/$name.tar.gz"
install -D -s -m 755 "$program" "$root/bin/tcptimeline"
if objdump -p "$root/bin/tcptimeline" | grep NEEDED >&2; then
  echo "dist: the program is not linked whole" >&2
  exit 1
fi
"$here/completions.sh" "$program" "$root/share"
install -D -m 644 -t "$root/share/man/man1" "$man"/*.1
install -D -m 644 -t "$root/lib/systemd/system" Samples/nightly/*.service Samples/nightly/*.timer
"$here/documentation.sh" "$root"
install -m 755 "$here/install.sh" "$root/install.sh"
(cd "$root" && find . -type f ! -name SHA256SUMS -printf '%P\0' | LC_ALL=C sort -z \
  | xargs -0 sha256sum > SHA256SUMS)
time=$(git log -1 --format=%ct)
tar --create --directory "$folder" --sort=name --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX --mtime="@$time" "$name" | gzip -9n > "$folder/$name.tar.gz"
rm -rf "$root"
"$here/sums.sh" "$folder"
ls -sh "$folder/$name.tar.gz"
