#!/bin/sh
# Writes the Swift source that holds the texts of languages, each FILE being texts.CODE.txt.
#
#   Packaging/languages.sh SOURCE FILE...
set -eu
source=$1
shift
{
  echo 'enum LanguageFiles {'
  echo '  static let all: [(code: String, text: StaticString)] = ['
  for file; do
    code=${file##*/texts.}
    printf '    ("%s", ####"""\n' "${code%.txt}"
    cat "$file"
    printf '\n"""####),\n'
  done
  echo '  ]'
  echo '}'
} >"$source"
