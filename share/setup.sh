#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing to build memtop, or to test it too, where apt-get
# is; elsewhere names the packages.  Nothing is asked for and nothing fetched
# when all is there.
#
#	share/setup.sh build [check]
build='gcc make libc6-dev libunwind-dev libdw-dev libelf-dev libiberty-dev libsqlite3-dev
	libreadline-dev libncurses-dev libvterm-dev zlib1g-dev'
check='g++ clang libcmocka-dev universal-ctags tmux gawk python3 sqlite3 perl git gdb valgrind
	groff-base procps libxml2-utils zsh fish python3-yaml binutils file libcap2-bin protobuf-compiler
	python3-pytest'
# A test that misses one of these is skipped, or does without.
better='python3-gevent python3-numpy python3-pandas python3-pytest-xdist'

fedora='gcc make glibc-devel libunwind-devel elfutils-devel elfutils-libelf-devel binutils-devel
	sqlite-devel readline-devel ncurses-devel libvterm-devel zlib-devel'
arch='base-devel libunwind elfutils libelf binutils sqlite readline ncurses libvterm zlib'
suse='gcc make glibc-devel libunwind-devel libdw-devel libelf-devel binutils-devel
	sqlite3-devel readline-devel ncurses-devel libvterm-devel zlib-devel'
alpine='build-base libunwind-dev elfutils-dev binutils-dev sqlite-dev readline-dev ncurses-dev
	libvterm-dev zlib-dev (but memtop traces programs of glibc only)'
fedora_check='gcc-c++ clang libcmocka-devel ctags tmux gawk python3 sqlite perl git gdb valgrind'
arch_check='clang cmocka ctags tmux gawk python sqlite perl git gdb valgrind'
suse_check='gcc-c++ clang libcmocka-devel ctags tmux gawk python3 sqlite3 perl git gdb valgrind'

wanted=$build
also=
case "$*" in *check*)
	wanted="$build $check"
	also=$better
	fedora="$fedora $fedora_check"
	arch="$arch $arch_check"
	suse="$suse $suse_check"
	;;
esac

# Without dpkg: do the headers that the program includes exist?
compiles() {
	printf '#include <%s>\n' stdio.h libunwind.h elfutils/libdwfl.h sqlite3.h \
		readline/readline.h curses.h vterm.h zlib.h | ${CC:-gcc} -E -x c - >/dev/null 2>&1
}

name_packages() {
	compiles && exit 0
	echo "memtop needs some packages that this script cannot install here:" >&2
	printf '  %s\n' "Fedora:   dnf install $(echo $fedora)" \
		"Arch:     pacman -S $(echo $arch)" \
		"openSUSE: zypper install $(echo $suse)" \
		"Alpine:   apk add $(echo $alpine)" "Debian:   apt-get install $(echo $wanted)" >&2
	exit 1
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || name_packages

missing() {
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			printf ' %s' "$package"
	done
}
missing=$(missing $wanted)
lacking=$(missing $also)
[ -n "$missing$lacking" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null; then
	sudo=sudo
else
	[ -n "$missing" ] || exit 0
	echo "memtop needs these packages; as root: apt-get install$missing$lacking" >&2
	exit 1
fi
install() {
	$sudo apt-get install -q -y --no-install-recommends "$@"
}
echo "installing$missing$lacking"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q || exit
# One that the mirror has not got must not keep the others away.
install $missing $lacking && exit
[ -z "$missing" ] || install $missing || exit
for package in $lacking; do
	install "$package" || echo "going on without $package"
done
