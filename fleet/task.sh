#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# task.sh FOLDER SOURCE BUILD [BENCH-ARGUMENT...]: what a node does. Without BUILD it builds SOURCE
# in scratch of its own.
set -uo pipefail
folder=$1/$SLURMD_NODENAME source=$2 build=$3
shift 3
exec >"$folder/log.txt" 2>&1 || exit
scratch=
trap '[ -z "$scratch" ] || rm -rf "$scratch"' EXIT
trap 'exit 143' TERM

build() {
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/extram.XXXXXX") || return
  git clone --quiet "$source" "$scratch/source" || return
  CC=gcc CXX=g++ meson setup "$scratch/build" "$scratch/source" -Dtests=disabled || return
  meson compile -C "$scratch/build" bench/extram-bench || return
  build=$scratch/build
}

status=0
[ -n "$build" ] || build || status=$?
[ "$status" -ne 0 ] || "$build/bench/extram-bench" --output "$folder/$SLURMD_NODENAME.csv" "$@" || status=$?
echo "$status" >"$folder/exit"
exit "$status"
