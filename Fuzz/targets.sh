#!/usr/bin/env bash
# The names of all targets, a line each.
sed -n 's/^  case \([a-z, ]*\)$/\1/p' "$(dirname "$0")/../Tests/FuzzTargets/FuzzTarget.swift" |
  tr ',' '\n' | tr -d ' ' | grep -vxE 'read|damaged|empty|refused'
