#!/bin/sh
# install.sh [--uninstall] [PREFIX]: installs what this archive holds below PREFIX, /usr/local unless
# another is named (~/.local needs no root), or removes it again.
set -eu
remove=
if [ "${1-}" = --uninstall ]; then
  remove=yes
  shift
fi
prefix=${1:-/usr/local}
case $prefix in
  -*) echo "usage: install.sh [--uninstall] [PREFIX]" >&2; exit 64 ;;
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac
cd "$(dirname "$0")"

# Units are the system's: systemd looks for them in two prefixes only.
units=
case $prefix in /usr | /usr/local) units=lib ;; esac

# Everything in bin, share and, with units, lib, one a line. No name has a space.
files=$(find bin share $units -type f)
doc=share/doc/tcptimeline
if [ $remove ]; then
  for file in $files; do rm -f "$prefix/$file"; done
  rm -rf "${prefix:?}/$doc"
  echo "removed from $prefix"
  exit 0
fi
if command -v sha256sum > /dev/null; then sha256sum --quiet -c SHA256SUMS; fi
mkdir -p "$prefix" 2> /dev/null && [ -w "$prefix" ] || {
  echo "install.sh: $prefix cannot be written; run it as root, or name another: ./install.sh ~/.local" >&2
  exit 73
}
for file in $files; do
  mkdir -p "$prefix/$(dirname "$file")"
  # Not over a program that runs.
  rm -f "$prefix/$file"
  cp "$file" "$prefix/$file"
done
mkdir -p "$prefix/$doc"
cp -R README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE docs Samples "$prefix/$doc/"
for unit in lib/systemd/system/*.service; do
  if [ $units ]; then sed "s|/usr/local/bin/|$prefix/bin/|" "$unit" > "$prefix/$unit"; fi
done
"$prefix/bin/tcptimeline" --version
case :$PATH: in
  *":$prefix/bin:"*) ;;
  *) echo "install.sh: $prefix/bin is not in your PATH" >&2 ;;
esac
