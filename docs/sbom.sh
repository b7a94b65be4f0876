#!/usr/bin/env bash
# Writes a bill of materials, SPDX 2.3 as JSON, to standard output. Needs jq, and pkg-config for the
# versions of libraries. Run it in the package's folder after a build, which resolves the packages.
set -euo pipefail

version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/Rendering/Generator.swift)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
# That of the sources, so that the same sources give the same bytes.
created=$(git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null || echo 1970-01-01T00:00:00Z)

grep -v '^#' docs/dependencies.tsv | while IFS=$'\t' read -r name kind licence reason; do
  if [ "$kind" = package ]; then
    jq -c --arg name "$name" --arg licence "$licence" --arg reason "$reason" '
      .pins[] | select((.location | split("/") | last | ascii_downcase) == ($name | ascii_downcase))
      | {name: $name, versionInfo: .state.version, downloadLocation: "git+\(.location)@\(.state.revision)",
         licence: $licence, reason: $reason}' Package.resolved
  else
    jq -cn --arg name "$name" --arg version "$(pkg-config --modversion "$name")" \
      --arg licence "$licence" --arg reason "$reason" '
      {name: $name, versionInfo: $version, downloadLocation: "NOASSERTION",
       licence: $licence, reason: $reason}'
  fi
done | TZ=UTC jq -s --arg version "$version" --arg revision "$revision" --arg created "$created" '
  def id: "SPDXRef-" + (.name | gsub("[^A-Za-z0-9.-]"; "-"));
  def package: {SPDXID: id, name, versionInfo, downloadLocation, filesAnalyzed: false,
    licenseConcluded: .licence, licenseDeclared: .licence, copyrightText: "NOASSERTION"}
    + (if .reason then {comment: .reason} else {} end);
  {name: "tcptimeline", versionInfo: $version, downloadLocation: "NOASSERTION",
   licence: "Apache-2.0"} as $self
  | {spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
     name: "tcptimeline-\($version)",
     documentNamespace: "https://spdx.org/spdxdocs/tcptimeline-\($version)-\($revision)",
     creationInfo: {created: $created, creators: ["Tool: docs/sbom.sh"]},
     packages: [$self, .[] | package],
     relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
                       relatedSpdxElement: ($self | id)}]
       + map({spdxElementId: ($self | id), relationshipType: "DEPENDS_ON", relatedSpdxElement: id}))}'
