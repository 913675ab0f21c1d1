#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make pictures: those of the README and of the tutorial, drawn by the program itself
# in the tutorial's own folder, so that no path of this machine is in them.
#
#	share/doc/pictures.sh MEMTOP CC
set -eu
memtop=$(realpath "$1") root=$PWD
mkdir /tmp/tour || exit 1               # somebody's who is doing the tutorial?
trap 'rm -rf /tmp/tour' EXIT
cp share/examples/worker.c /tmp/tour
$2 -g -O1 -I"$root" -o /tmp/tour/worker /tmp/tour/worker.c
cd /tmp/tour
"$memtop" --size=100x24 --color=yes --play="$root/share/doc/pictures.play" ./worker
"$memtop" --size=100x20 --color=yes --fixed-clock --play="$root/share/doc/tutorial.play" \
	./worker 4000
mv ./*.svg "$root/share/doc"
