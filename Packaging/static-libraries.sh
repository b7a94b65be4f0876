#!/usr/bin/env bash
# static-libraries.sh FOLDER [all]: makes the linker prefer archives.
#
# ld takes a library from the first folder that holds it in either form. FOLDER/lib holds the archives
# of what the program links, and FOLDER/pkgconfig names that folder before the system's; with
# PKG_CONFIG_PATH=FOLDER/pkgconfig the build links them. libxml2 stays shared, but with `all`.
set -euo pipefail
folder=$1 everything=${2-}
rm -rf "$folder"
mkdir -p "$folder/lib" "$folder/pkgconfig"
folder=$(cd "$folder" && pwd)
libxml2=-lxml2

archive() { # archive NAME [AS]: links libNAME.a
  local path
  path=$(clang -print-file-name="lib$1.a")
  if [[ $path != /* ]]; then
    echo "static-libraries: no lib$1.a here; the shared library is linked" >&2
    [[ $everything ]] && exit 1 || return 0
  fi
  ln -s "$path" "$folder/lib/lib${2:-$1}.a"
}
for name in z zstd lz4 sqlite3 stdc++; do archive $name; done
# libpcap asks for the D-Bus, which only capturing from it needs.
pcap=$(clang -print-file-name=libpcap.a)
if [[ $pcap == /* ]]; then
  cp "$pcap" "$folder/lib/libpcap.a"
  ar d "$folder/lib/libpcap.a" pcap-dbus.o 2> /dev/null || true
  clang -O2 -c "$(dirname "$0")/no-dbus.c" -o "$folder/pcap-dbus.o"
  ar r "$folder/lib/libpcap.a" "$folder/pcap-dbus.o"
fi
# What the linker is told so that empty tables stand for ICU's, where the toolchain's Foundation has any.
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
tables=$(nm "${resources}_static/linux/lib_FoundationICU.a" 2> /dev/null \
  | sed -n 's/.* [RDB] \(icudt[0-9]*_dat\)$/\1/p' | head -n 1) || true
if [[ $tables ]]; then
  clang -O2 -c "$(dirname "$0")/no-icu-data.c" -o "$folder/no-icu-data.o"
  echo "-Xlinker --defsym -Xlinker $tables=no_icu_data -Xlinker $folder/no-icu-data.o" > "$folder/flags"
else
  : > "$folder/flags"
fi
# What clang names for unwinding is shared only; its archive has another name.
archive gcc_eh gcc_s

if [[ $everything ]]; then
  archive xml2
  archive lzma
  # libxml2 asks ICU for encodings that this program never writes: without ICU it has its own.
  clang -O2 -c "$(dirname "$0")/no-icu.c" -o "$folder/no-icu.o"
  ar rcs "$folder/lib/libnoicu.a" "$folder/no-icu.o"
  libxml2="-lxml2 -lnoicu -llzma -lz -lm"
fi

for name in libxml-2.0:"$libxml2" zlib:-lz libzstd:-lzstd liblz4:-llz4 libpcap:-lpcap; do
  cat > "$folder/pkgconfig/${name%%:*}.pc" << PC
Name: ${name%%:*}
Description: ${name%%:*}, as an archive where there is one
Version: $(pkg-config --modversion "${name%%:*}")
Libs: -L$folder/lib ${name#*:}
Cflags: $(pkg-config --cflags "${name%%:*}")
PC
done
