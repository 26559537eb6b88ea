#!/bin/sh
# Sees to what `make test-kernels` needs beside what `make` does: a machine that is
# emulated, and apt to fetch kernels with. As root it installs what is missing; else it
# says what is, and fails.
set -eu

missing=
for command in qemu-system-x86_64 apt-get apt-cache dpkg-deb; do
	command -v "$command" >/dev/null || missing="$missing $command"
done
[ -n "$missing" ] || exit 0

if [ "$missing" != " qemu-system-x86_64" ] || [ "$(id -u)" -ne 0 ]; then
	echo "the trial of kernels needs these commands:$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends qemu-system-x86
