#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The README's first commands on a bare Debian: ./run bench and ./run test in a clone of this
# checkout's last commit, in a chroot that debootstrap makes and that is removed at the end. Exit
# 77: debootstrap, root or mount namespaces are missing here.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tests/fresh/fresh.sh [--suite NAME] [--dir DIR] [--keep DIR]
  --suite NAME   a Debian that debootstrap knows (default: bookworm)
  --dir DIR      where the chroot is made, in a new folder: 4 GB (default: $TMPDIR, or /tmp)
  --keep DIR     the log, the result, the plots and the tests' log are copied there (default: build/fresh-NAME)
TEXT
}

skip() {
  echo "fresh SKIPPED: $*"
  exit 77
}

wrong() {
  echo "fresh.sh: $*" >&2
  exit 2
}

suite=bookworm
dir=${TMPDIR:-/tmp}
keep=''
while [ $# -gt 0 ]; do
  case "$1" in
  --help | -h) usage && exit 0 ;;
  --suite | --dir | --keep) [ $# -gt 1 ] || wrong "$1 needs a value" ;;
  *) wrong "unknown argument $1; see --help" ;;
  esac
  declare "${1#--}=$2"
  shift 2
done
source=$(cd "$(dirname "$0")/../.." && pwd)
keep=${keep:-$source/build/fresh-$suite}

PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
[ "$(id -u)" -eq 0 ] || skip "a chroot needs root"
unshare --mount --pid --fork true 2>/dev/null || skip "no mount namespaces here"
[ -e "/usr/share/debootstrap/scripts/$suite" ] || wrong "debootstrap does not know a suite $suite"
[ -d "$dir" ] || wrong "no folder $dir"
mkdir -p "$keep/meson-logs"
keep=$(cd "$keep" && pwd)

root=''
child=''
# The mounts, and the processes, are those of a namespace, and go with it.
# shellcheck disable=SC2317
clean() {
  trap '' INT TERM HUP
  if [ -n "$child" ]; then kill -KILL "$child" 2>/dev/null || true; fi
  wait
  [ -n "$root" ] || return
  # What was killed may hold on for a moment.
  rm -rf --one-file-system "$root" 2>/dev/null || { sleep 1 && rm -rf --one-file-system "$root"; }
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# In the background, so that a signal is answered at once.
run() {
  "$@" >>"$keep/log" 2>&1 &
  child=$!
  local status=0
  wait "$child" || status=$?
  child=''
  return "$status"
}

# As the machine's own apt is told: its mirror, its proxies.
# shellcheck disable=SC2016
mirror() {
  apt-get indextargets --format '$(SITE) $(RELEASE)' 2>/dev/null | awk '$2 !~ /-/ && $1 ~ /debian\/?$/ {print $1; exit}'
}

copy_apt_settings() {
  local file
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if grep -qs '^ *Acquire' "$file"; then cp "$file" "$root/etc/apt/apt.conf.d/"; fi
  done
}

# One line, as meson writes them, for .ci/count.py.
record() {
  printf '{"name": "fresh / %s", "result": "%s", "duration": %d}\n' "$1" "$2" "$3" >>"$keep/meson-logs/freshlog.json"
}

step() {
  local name=$1 begin=$SECONDS status=0
  shift
  run "$@" || status=$?
  local result=OK
  [ "$status" -eq 0 ] || result=FAIL
  record "$name" "$result" "$((SECONDS - begin))"
  echo "$suite: $name: $result after $((SECONDS - begin)) s"
  return "$status"
}

# inside COMMAND [ARGUMENT...]: in the chroot, in namespaces of its own.
inside() {
  # shellcheck disable=SC2016,SC2317
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -o remount,bind,ro "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin http_proxy="${http_proxy-}" "$@"
  ' bash "$root" "$@"
}

rm -f "$keep/log" "$keep"/meson-logs/*log.json "$keep"/*.csv
root=$(mktemp -d "$dir/extram-fresh.XXXXXX")
chmod 755 "$root" # apt leaves root's rights behind
echo "$suite: the log is $keep/log"
step debootstrap unshare --mount --pid --fork --kill-child debootstrap --variant=minbase "$suite" "$root" "$(mirror)"
copy_apt_settings
cp /etc/resolv.conf "$root/etc/"
run env -i PATH="$PATH" HOME=/root git -c safe.directory='*' clone --quiet "$source" "$root/root/extram"

status=0
for command in bench test; do
  step "./run $command" inside /root/extram/tests/fresh/inside.sh "$command" || status=1
done
clone=$root/root/extram
cp "$clone"/results/*.csv "$clone"/plots/out/*.??g "$keep/" 2>/dev/null || true
cp "$clone/build/gcc/meson-logs/testlog-quick.json" "$keep/meson-logs/testlog.json" 2>/dev/null || true
grep '^inside: ' "$keep/log" || true
exit "$status"
