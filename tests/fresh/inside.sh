#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# inside.sh bench|test, in the bare machine: the command, and what it must leave. Also what the
# workflows do with a result.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "$1" in
bench)
  ./run bench --set smoke --block-ms 20
  csv=(results/*Z.csv)
  ./run validate "${csv[@]}"
  ./run submit "${csv[@]}" --out archives
  ./run submit --check archives/*.tar.gz
  svg=(plots/out/*.svg) png=(plots/out/*.png)
  ls -l "${csv[@]}" "${svg[@]}" "${png[@]}"
  echo "inside: $(wc -l <"${csv[0]}") lines in ${csv[0]}, ${#svg[@]} SVG, ${#png[@]} PNG"
  ;;
test)
  status=0
  ./run test || status=$?
  # A count of nothing fails, too.
  counted=$(/usr/bin/python3 .ci/count.py build/gcc/meson-logs/testlog-quick.json) || status=1
  echo "$counted"
  echo "inside: ${counted##*$'\n'}"
  exit "$status"
  ;;
esac
