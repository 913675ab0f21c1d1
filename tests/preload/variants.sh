#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The second unwinder compares each stack of programs with awkward frames that are compiled in many
# ways: by gcc and clang, from -O0 to -Os, with and without frame pointers, with what the
# machine signs or marks of branches, in C, C++ and Fortran where a compiler is there.
#
#	CC=... CXX=... FC=... tests/preload/variants.sh
. tests/lib.sh
. tests/preload/compare.inc
case $($CC -dumpmachine) in
aarch64*) protected=-mbranch-protection=standard plain=-mbranch-protection=none ;;
*) protected=-fcf-protection plain=-fcf-protection=none ;;
esac
cat >"$T/frames.f90" <<'F'
module work
contains
  recursive subroutine fill(n, total)
    integer, intent(in) :: n
    real(8), intent(inout) :: total
    real(8), allocatable :: room(:)
    allocate (room(n))
    room = n
    total = total + sum(room)
    if (n > 1) call fill(n - 1, total)
    deallocate (room)
  end subroutine
end module
program frames
  use work
  real(8) :: total = 0
  character(len=:), allocatable :: text
  integer :: i
  do i = 1, 20
    call fill(i, total)
    text = repeat('x', i * 10)
    write (*, '(a, f12.1)') text(1:1), total
  end do
end program
F

ran=0
# variant COMPILER FLAG...: the C program, and as its plugin the C++ one.
variant() {
	local compiler=$1 cxx=$CXX
	shift
	[ "$compiler" = "$CC" ] || cxx=clang++
	$compiler -std=c11 -D_GNU_SOURCE -g -pthread "$@" -o "$T/frames" tests/preload/stack/frames.c -ldl \
		>"$T/out" 2>&1 && $cxx -std=c++20 -g -fPIC -shared "$@" -o "$T/plugin.so" \
		tests/preload/stack/frames_plugin.cc >"$T/out" 2>&1 || fail "$compiler $* does not compile"
	# Some compilers make a program of this that ends by itself (clang 19 for aarch64 with
	# -mbranch-protection=bti, under qemu): such a one says nothing about a tracer.
	"$T/frames" "$T/plugin.so" >"$T/out" 2>&1 || {
		echo "${compiler%% *} $*: ends with $? without memtop, too: not compared"
		return
	}
	compare "${compiler%% *} $*" "$T/frames" "$T/plugin.so"
	ran=$((ran + 1))
}

CXX=${CXX:-g++}
for compiler in "$CC" clang; do
	command -v "${compiler%% *}" >/dev/null || { echo "$compiler: not installed"; continue; }
	variant "$compiler" -O0 $plain
	variant "$compiler" -O1 -fomit-frame-pointer $plain
	variant "$compiler" -O2 -fno-omit-frame-pointer $plain
	variant "$compiler" -O2 -fomit-frame-pointer $protected
	variant "$compiler" -O3 -fno-omit-frame-pointer $protected
	variant "$compiler" -Os $protected
done
FC=${FC:-gfortran}
if command -v "$FC" >/dev/null; then
	$FC -g -O2 -o "$T/fortran" "$T/frames.f90" -J "$T" || fail "Fortran does not compile"
	compare "$FC -O2" "$T/fortran"
	ran=$((ran + 1))
else
	echo "no Fortran compiler"
fi
echo "$ran programs, no wrong frame"
