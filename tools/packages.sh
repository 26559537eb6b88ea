#!/bin/sh
# Sees to the Debian packages that the tests need: compilers and linkers for
# the programs that they trace, and the tools that results are compared with.
# As root it installs what is missing; else it says what is, and fails.
set -eu

packages='
	gcc g++ gcc-multilib g++-multilib clang libc++-dev libc++abi-dev musl-tools rustc
	binutils lld llvm mold elfutils dwz xz-utils zstd libc6-dbg
	gdb ltrace strace mandoc
	git make perl python3 pkgconf
	bc curl jq openssh-client openssl procps sqlite3 zsh fish busybox iproute2 rsync
	libssl-dev libcurl4-openssl-dev libsqlite3-dev libncurses-dev libxml2-dev
	libglib2.0-dev libx11-dev libxext-dev libpython3-dev zlib1g-dev
	libselinux1-dev libpcre2-dev libacl1-dev libattr1-dev libcap-dev libexpat1-dev
	liblzma-dev libbz2-dev libzstd-dev libreadline-dev
'

if ! command -v dpkg-query >/dev/null; then
	# Elsewhere packages go by other names. What they would bring:
	missing=
	for command in gcc g++ clang musl-gcc rustc ld objdump ld.lld llvm-dwp mold eu-readelf dwz dwp jq xz zstd \
		gdb ltrace strace mandoc git make perl python3 zsh fish; do
		command -v "$command" >/dev/null || missing="$missing $command"
	done
	printf 'int main(void) { return 0; }\n' |
		gcc -m32 -x c -o /dev/null - 2>/dev/null || missing="$missing gcc -m32"
	if [ -n "$missing" ]; then
		echo "the tests need these commands:$missing" >&2
		exit 1
	fi
	exit 0
fi

missing=
for package in $packages; do
	status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "the tests need these Debian packages: apt-get install$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # one word for each package
apt-get install -q -y --no-install-recommends $missing
