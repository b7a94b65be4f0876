#!/usr/bin/env bash
# Builds the manual as a site, with mkdocs-material from PyPI, and fails on a link that leads nowhere.
#
#   docs/site.sh [FOLDER]
#
# FOLDER (.build/site) can be put on any web server; it loads nothing from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
site=$(realpath -m "${1:-.build/site}")
tools=.build/site-tools
if ! [ -x "$tools/bin/mkdocs" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet 'mkdocs-material>=9.5,<10'
fi
pages=.build/site-pages
rm -rf "$pages"
mkdir -p "$pages"
# As they lie in the repository, so that links between them hold.
cp -r README.md CONTRIBUTING.md CHANGELOG.md SECURITY.md LICENSE docs Samples Templates Examples Makefile "$pages"
NO_MKDOCS_2_WARNING=1 "$tools/bin/mkdocs" build --clean --config-file docs/site.yml --site-dir "$site"
echo "The site is in $site."
