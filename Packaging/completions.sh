#!/usr/bin/env bash
# completions.sh PROGRAM SHARE: writes the completions of three shells below SHARE.
set -euo pipefail
program=$1 share=$2
install -d "$share/bash-completion/completions" "$share/zsh/site-functions" \
  "$share/fish/vendor_completions.d"
# Sourced, never run: without the line that names an interpreter.
"$program" --generate-completion-script bash | sed '1{/^#!/d}' > "$share/bash-completion/completions/tcptimeline"
"$program" --generate-completion-script zsh > "$share/zsh/site-functions/_tcptimeline"
"$program" --generate-completion-script fish > "$share/fish/vendor_completions.d/tcptimeline.fish"
