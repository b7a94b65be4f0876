#!/usr/bin/env bash
# deb.sh PROGRAM MAN FOLDER VERSION: makes the Debian package.
set -euo pipefail
program=$1 man=$2 folder=$3 version=$4
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
date=$(date -u -R -d "@$SOURCE_DATE_EPOCH")
architecture=$(dpkg --print-architecture)
maintainer="tcptimeline developers <tcptimeline@example.org>"
doc=$root/usr/share/doc/tcptimeline

install -D -m 755 "$program" "$root/usr/bin/tcptimeline"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/tcptimeline"
# What docs/install.md promises: libxml2, and the C library's own.
needed=$(objdump -p "$root/usr/bin/tcptimeline" | sed -n 's/^ *NEEDED *//p' \
  | grep -vE '^(libxml2|libc|libm|libgcc_s|ld-linux[^.]*)\.so' || true)
[[ -z $needed ]] || { echo "deb: the program needs $needed, too" >&2; exit 1; }
"$(dirname "$0")/completions.sh" "$program" "$root/usr/share"
# Debian keeps zsh's completions where its zsh looks.
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_tcptimeline" "$root/usr/share/zsh/vendor-completions/"
rmdir "$root/usr/share/zsh/site-functions"
install -D -m 644 -t "$root/usr/share/man/man1" "$man"/*.1
gzip -9n "$root"/usr/share/man/man1/*.1
"$(dirname "$0")/system.sh" "$root" /usr
{
  echo "tcptimeline ($version) unstable; urgency=medium"
  echo
  echo "  * See CHANGELOG.md."
  echo
  echo " -- $maintainer  $date"
} | gzip -9n > "$doc/changelog.gz"
{
  echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
  echo "Upstream-Name: tcptimeline"
  echo
  echo "Files: *"
  echo "Copyright: 2026 the tcptimeline developers"
  echo "License: Apache-2.0"
  echo " On Debian systems the text of this licence is in"
  echo " /usr/share/common-licenses/Apache-2.0."
} > "$doc/copyright"
# One file that runs wherever libxml2 is: the others are linked in on purpose.
mkdir -p "$root/usr/share/lintian/overrides"
echo "tcptimeline: embedded-library *" > "$root/usr/share/lintian/overrides/tcptimeline"
chmod -R u=rwX,go=rX "$root"

# Which packages hold the shared libraries it needs, and from which version on.
work=$root.control
mkdir -p "$work/debian"
trap 'rm -rf "$root" "$work"' EXIT
printf 'Source: tcptimeline\n\nPackage: tcptimeline\nArchitecture: any\n' > "$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$root/usr/bin/tcptimeline" \
  2> /dev/null | sed -n 's/^shlibs:Depends=//p')
mkdir -p "$root/DEBIAN"
cat > "$root/DEBIAN/control" << CONTROL
Package: tcptimeline
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: iproute2
Suggests: bash-completion, fonts-noto-cjk, librsvg2-bin, tcpdump
Section: net
Priority: optional
Description: TCP connections of a capture as sequence diagrams
 Reads packet captures (pcap, pcapng) and socket snapshots (ss, /proc/net/tcp),
 matches segments into connections, and reports what happened to each: states of
 both ends as RFC 9293 has them, phases and how long they took, what was lost,
 repeated, refused or reset. Writes SVG, Markdown, HTML, JSON, CSV, conn.log and
 text.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
mkdir -p "$folder"
dpkg-deb --root-owner-group -Zxz --build "$root" \
  "$folder/tcptimeline_${version}_$architecture.deb"
"$(dirname "$0")/sums.sh" "$folder"
