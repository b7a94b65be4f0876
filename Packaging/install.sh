#!/bin/sh
# install.sh [--uninstall] [PREFIX]: installs what this archive holds below PREFIX, /usr/local unless
# another is named (~/.local needs no root), or removes it again.
set -eu
remove= prefix=
for word; do
  case $word in
    --uninstall) remove=yes; continue ;;
    '' | -*) ;;
    *) [ "$prefix" ] || { prefix=$word; continue; } ;;
  esac
  echo "install.sh: '$word' is not understood; usage: install.sh [--uninstall] [PREFIX]" >&2
  exit 64
done
prefix=${prefix:-/usr/local}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
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
# Units and cron lines call the program by its path. The manual's pages tell of other ways to install it.
for file in $([ $units ] && find $units -type f) $(find Samples -type f ! -name '*.md' | sed "s|^|$doc/|"); do
  if grep -q /usr/local/bin/tcptimeline "$prefix/$file"; then
    sed "s|/usr/local/bin/tcptimeline|$prefix/bin/tcptimeline|g" "$prefix/$file" > "$prefix/$file.new"
    cat "$prefix/$file.new" > "$prefix/$file"
    rm "$prefix/$file.new"
  fi
done
"$prefix/bin/tcptimeline" --version
echo "installed in $prefix: bin/tcptimeline, man pages and completions in share, the manual in $doc${units:+, units in lib/systemd}"
case :$PATH: in
  *":$prefix/bin:"*) ;;
  *) echo "install.sh: $prefix/bin is not in your PATH" >&2 ;;
esac
