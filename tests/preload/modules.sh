#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# C++ that comes by dlopen into a C program: its operator new is its own runtime's,
# as without memtop, and that calls malloc; and a plugin that the loader finds only
# if it sees dlopen's true caller (RUNPATH=$ORIGIN).
. tests/preload/fake.bash
FLAGS=
CXX=${CXX:-g++}

mkdir "$T/inner"
cat >"$T/plugin.cc" <<'C'
#include <new>
#include <string>
#include <thread>
#include <vector>
extern "C" long plugin_run(long n)
{
	std::vector<std::string *> all;
	long sum = 0;
	for (long i = 0; i < n; i++)
		all.push_back(new std::string(100, 'x'));
	try {
		volatile std::size_t huge = ~(std::size_t)0 / 2;
		sum += !new (std::nothrow) char[8];
		::operator delete(::operator new(huge));
	} catch (const std::bad_alloc &) {
		sum++;
	}
	for (auto *s : all) {
		sum += (long)s->size();
		delete s;
	}
	return sum;
}
/* The loader's lock is held by whoever runs this. */
static struct waiter {
	waiter() { std::thread([] { delete new int(7); }).join(); }
} waiter;
C
cat >"$T/middle.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
int middle_run(void);
int middle_run(void)
{
	void *handle = dlopen("libinner.so", RTLD_NOW | RTLD_LOCAL);
	long (*run)(long) = handle ? (long (*)(long))dlsym(handle, "plugin_run") : NULL;

	if (!run) {
		puts(dlerror());
		return 1;
	}
	printf("sum %ld\n", run(1000));
	return dlclose(handle);
}
C
cat >"$T/host.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	(void)argc;
	for (int i = 0; i < 5; i++) {
		void *handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
		int (*run)(void) = handle ? (int (*)(void))dlsym(handle, "middle_run") : NULL;

		if (!run || run() != 0 || dlclose(handle) != 0)
			return 1;
	}
	return 0;
}
C
"$CXX" -O1 -g -fPIC -shared -pthread -o "$T/inner/libinner.so" "$T/plugin.cc" || skip "no C++ compiler"
$CC -O1 -g -fPIC -shared -Wl,-rpath,'$ORIGIN/inner' -Wl,--enable-new-dtags \
	-o "$T/libmiddle.so" "$T/middle.c" || fail "middle"
$CC -O1 -g -o "$T/host" "$T/host.c" || fail "host"
readelf -d "$T/host" | grep -q libstdc && fail "the host must not have libstdc++"

expect 0 "$T/host" "$T/libmiddle.so"
cp "$T/out" "$T/without"
expect 0 env LD_PRELOAD="$B/libmemtop.so" "$T/host" "$T/libmiddle.so"
diff "$T/without" "$T/out" >/dev/null || fail "another result with a tracer that is off"
faked 0 "$T/host" "$T/libmiddle.so"
lossless host
grep '^sum' "$T/out" | diff "$T/without" - || fail "another result"
# new and the vector's growth: 5 runs of over 2,000, none inside another hook.
[ "$(figure allocations)" -gt 10000 ] || fail "allocations: $(figure allocations)"
[ "$(figure nested)" = 0 ] || fail "nested: $(figure nested)"

# What the tracer asked the loader in vain is no error of the program's, and no lock of
# libc's was taken before libc was ready for it.
cat >"$T/first.c" <<'C'
#include <dlfcn.h>
#include <libintl.h>
int main(void)
{
	if (dlerror())
		return 1;
	return !bindtextdomain("t", "/tmp") || !bind_textdomain_codeset("t", "UTF-8");
}
C
$CC -g -o "$T/first" "$T/first.c" || fail "first"
expect 0 timeout -k 1 20 "$MEMTOP" record --quiet --force -o "$T/r.memtop" "$T/first"
exit 0
