#!/usr/bin/env bash
# Puts small inputs of a target into a folder, from the samples.
#
#   Fuzz/seeds.sh TARGET FOLDER SOAK
#
# SOAK is the program of that name, which makes a history. CORPUS may name a folder of more captures and
# snapshots, which are taken where they are small enough.
set -euo pipefail
cd "$(dirname "$0")"
target=$1
folder=$2
soak=$3
samples=../Samples
mkdir -p "$folder"
put() { for file in "$@"; do cp -n "$file" "$folder/"; done; }
# A mark between the files of one input.
join() { # NAME FILE...
  local name=$1
  shift
  cat "$1" >"$folder/$name"
  shift
  for file in "$@"; do
    printf '\0\377PART\377\0' >>"$folder/$name"
    cat "$file" >>"$folder/$name"
  done
}
small() { find "$@" -type f -size "-${most}k" ! -name '*.json' ! -name '*.md' | sort; }
# A picture of a large capture takes too long to be drawn again and again.
most=48
[ "$target" != report ] || most=6
more() { # first bytes in hexadecimal, as a pattern
  [ -n "${CORPUS:-}" ] || return 0
  local number=0
  while IFS= read -r file; do
    if [[ $(head -c 4 "$file" | od -An -tx1 | tr -d ' ') =~ $1 ]]; then
      number=$((number + 1))
      cp -n "$file" "$folder/more-$number-${file##*/}"
    fi
  done < <(small "$CORPUS")
}
random() { for size in 40 200 1000; do head -c $size "$samples/zero-window.pcap" >"$folder/$size"; done; }
case $target in
  pcap | report)
    put $(small $samples/*.pcap $samples/findings/*.pcap $samples/both-ends/*.pcap)
    [ "$target" = pcap ] || put $(small $samples/*.pcapng)
    more '^(a1b2|d4c3|4d3c|34cd)'
    [ "$target" = pcap ] || more '^0a0d0d0a'
    ;;
  pcapng)
    put $(small $samples/*.pcapng)
    more '^0a0d0d0a'
    ;;
  journal)
    for file in $(small $samples/*.pcap*); do
      "$soak" --journal "$file" >"$folder/${file##*/}"
    done
    ;;
  compressed)
    for file in $(small $samples/*.pcap*); do
      for pack in "gzip -nc" "zstd -qc" "lz4 -qc"; do
        if command -v "${pack%% *}" >/dev/null; then
          $pack "$file" >"$folder/${file##*/}.${pack%% *}"
        fi
      done
    done
    ;;
  paths)
    for client in $samples/both-ends/*-client.pcap; do
      stem=${client%-client.pcap}
      join "${stem##*/}" $(ls "$stem"-client.pcap "$stem"-middle.pcap "$stem"-server.pcap 2>/dev/null)
    done
    join long $samples/findings/big-lost-once-sender.pcap $samples/findings/big-lost-once-receiver.pcap
    find "$folder" -size +48k -delete
    ;;
  ss) put $(find $samples -name '*ss*.txt' -size -48k) ;;
  proc) put $(find $samples -name '*tcp*.txt' -size -48k ! -path '*/reports/*') ;;
  night) join night $(find $samples/half-close-snapshots -name '*ss*.txt' | sort) ;;
  sockets)
    join sockets $samples/half-close.pcapng $(find $samples/half-close-snapshots -name '*.txt' | sort)
    join full $samples/findings/accept-queue-full.pcap $samples/findings/*ss*.txt
    find "$folder" -size +48k -delete
    ;;
  template) put ../Templates/*.mustache ;;
  history) "$soak" --history "$folder/history" ;;
  names)
    # A script of the bytes that both ends of a sample said would need a dissector: whole captures as
    # pieces serve as well.
    random
    printf '\0\0\0\x2d\x16\x03\x01\0\x28\x01\0\0\x24\x03\x03' >"$folder/tls"
    head -c 32 $samples/http.pcapng >>"$folder/tls"
    printf '\1\0\0\x37GET / HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n\1\0\x26HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' >"$folder/http"
    printf '\2\xc0\0\x3d\x12\x34\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\1' >"$folder/dns"
    printf '\1\0\0\x18PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x15\0\0\x0c\1\4\0\0\0\1\x82\x84\x86\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a' >"$folder/http2"
    ;;
  links | tunnels | segments | transfers | anonymized) random ;;
esac
