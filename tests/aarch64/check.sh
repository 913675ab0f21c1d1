#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# make check-aarch64: builds memtop for aarch64 with warnings as errors, and runs under qemu's user
# mode what of the tests needs no ptrace and no such processor.  All of it happens in a root of
# Debian 13's, which has a qemu and a libunwind that are new enough; it is made by debootstrap the
# first time and stays (1.6 GiB).
#
#	tests/aarch64/check.sh ROOT [REGULAR EXPRESSION on the tests' names]
set -eu
cd "$(dirname "$0")/../.."
root=$1
[ "$(id -u)" = 0 ] || { echo "this needs root, for debootstrap and chroot"; exit 1; }
command -v debootstrap >/dev/null || { echo "no debootstrap here: apt-get install debootstrap"; exit 1; }
packages='make git gcc g++ gcc-aarch64-linux-gnu g++-aarch64-linux-gnu gfortran-aarch64-linux-gnu
	clang libc6-dev-arm64-cross qemu-user python3 gawk procps file binutils perl
	libunwind-dev:arm64 libdw-dev:arm64 libelf-dev:arm64 libiberty-dev:arm64 libsqlite3-dev:arm64
	libreadline-dev:arm64 libncurses-dev:arm64 libvterm-dev:arm64 zlib1g-dev:arm64
	libcmocka-dev:arm64 libstdc++6:arm64 libgfortran5:arm64 sqlite3:arm64'

[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates trixie "$root"
mounted=
registered=
clean_up() {
	[ -z "$registered" ] || echo -1 >"$registered"
	for place in $mounted; do
		umount "$place"
	done
}
trap clean_up EXIT
for place in proc dev dev/pts sys; do
	if ! mountpoint -q "$root/$place"; then
		mount --bind "/$place" "$root/$place"
		mounted="$root/$place $mounted"
	fi
done
chroot "$root" dpkg --print-foreign-architectures | grep -q arm64 ||
	chroot "$root" dpkg --add-architecture arm64
for package in $packages; do
	chroot "$root" dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || {
		chroot "$root" apt-get update -q
		chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
			--no-install-recommends $packages
		break
	}
done

# Programs start others, so the kernel has to know which program runs them; F: it is opened now,
# and so found in each root.
kinds=/proc/sys/fs/binfmt_misc
[ -e $kinds/register ] || { mount -t binfmt_misc binfmt_misc $kinds; mounted="$mounted $kinds"; }
if ! grep -qs '^magic 7f454c460201010000000000000000000200b700' $kinds/*; then
	zeros='\x00\x00\x00\x00\x00\x00\x00\x00'
	magic="\\x7fELF\\x02\\x01\\x01\\x00$zeros\\x02\\x00\\xb7\\x00"
	mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
	echo ":memtop-aarch64:M::$magic:$mask:$(realpath "$root")/usr/bin/qemu-aarch64:POF" >$kinds/register
	registered=$kinds/memtop-aarch64
fi

# What was built stays there, and a file that is no longer in the tree goes.
mkdir -p "$root/src"
find "$root/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$root/src"
chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
	/src/tests/aarch64/inside.sh ${2+"$2"}
