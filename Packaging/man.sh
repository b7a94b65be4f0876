#!/usr/bin/env bash
# man.sh PROGRAM FOLDER: writes a man page a command, made from the options the program says of itself.
set -euo pipefail
program=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
swift build --product generate-manual > /dev/null
tool=$(swift build --show-bin-path)/generate-manual
[[ -x $tool ]] || tool+=-tool
"$tool" "$program" --multi-page --section 1 --date "$(git log -1 --format=%cs)" \
  --output-directory "$folder"
cd "$folder"
rm -f tcptimeline.help.1
# A page is found as git's are (tcptimeline-nightly), and says so.
for page in tcptimeline.*.1; do
  [[ $page == tcptimeline.1 ]] || mv "$page" "${page/tcptimeline./tcptimeline-}"
done
# Examples and lists keep their lines; the usual sections of a page are sections.
for page in *.1; do
  awk '
    function close_() { if (open) { print ".Ed"; open = 0 } }
    /^(EXAMPLES|OTHER COMMANDS.*|EXIT STATUS):$/ { close_(); sub(/:$/, ""); print ".Ss " $0; next }
    /^ +[^ ]/ && !/^\./ { if (!open) { print ".Bd -literal -compact"; open = 1 } sub(/^  /, ""); print; next }
    /^$/ { close_(); print ".Pp"; next }
    /^\.Ar subcommand$/ { next }
    /^\.Bl / && !listed { close_(); print ".Ss OPTIONS"; listed = 1 }
    { close_(); print }
    END { close_() }' "$page" \
    | sed -E -e '/^\.(Xr|Dt)/s/(tcptimeline|TCPTIMELINE)\.([A-Za-z]+)/\1-\2/' \
      -e '/^\.Xr tcptimeline-help/d' \
      -e '/^\.Sh NAME/,/^\.Sh SYN/s/^\.Nm "tcptimeline ([a-z]+)"/.Nm tcptimeline-\1/' \
      -e "/^\.Sh SYN/,/^\.Sh DESC/s/^\.Nm\$/.Nm ${page%.1}/" \
      -e '/^\.Sh SYN/,/^\.Sh DESC/s/^\.Nm tcptimeline-/.Nm tcptimeline /' > "$page.new"
  # What the page itself says of the exit status is not said in other words again.
  if grep -q '^\.Ss EXIT STATUS' "$page.new"; then
    sed -i -e '/^\.Sh "EXIT STATUS"/d' -e '/^\.Ex -std/d' "$page.new"
  else
    sed -i 's/^\.Ex -std.*/As of\n.Xr tcptimeline 1 ./' "$page.new"
  fi
  mv "$page.new" "$page"
done
