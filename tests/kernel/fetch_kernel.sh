#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fetch_kernel.sh ARCHITECTURE FOLDER: Debian's kernel for virtual machines, downloaded and unpacked
# there, not installed. Once.
set -euo pipefail
mkdir -p "$2"
cd "$2"
compgen -G 'boot/vmlinuz-*' >/dev/null && exit 0
# The meta package names the current kernel.
package=$(apt-cache depends "linux-image-cloud-$1:$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')
if [ -z "$package" ]; then
  echo "apt knows no linux-image-cloud-$1: dpkg --add-architecture $1, apt-get update" >&2
  exit 1
fi
apt-get download -q "$package"
dpkg -x ./linux-image-*.deb .
rm -rf ./linux-image-*.deb lib usr
