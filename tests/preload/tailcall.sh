#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Jumps to operator delete leave no trace of who jumped: from destructors at exit, at
# dlclose and at a thread's end, in a plugin, in what a plugin needs, in a namespace of
# its own, and out of code that was made at run time; also to a delete of the plugin's
# own.  Each program ends as it does without memtop, and what it freed is not held.
. tests/lib.sh
CXX=${CXX:-g++}

cat >"$T/plugin.cc" <<'C'
#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include <sys/mman.h>
extern "C" {
void tail_delete(void *block);
extern void *__dso_handle;
int __cxa_atexit(void (*end)(void *), void *block, void *module);
}
__asm__(".text\n.globl tail_delete\n.type tail_delete, @function\ntail_delete:\n"
	"	jmp _ZdlPv@PLT\n.size tail_delete, . - tail_delete");
#ifdef CUSTOM
/* Only the delete of this pair can end a block of its new. */
void *operator new(std::size_t size)
{
	char *p = (char *)std::malloc(size + 32);
	std::memcpy(p, "made by custom!", 16);
	return p + 32;
}
void operator delete(void *p) noexcept
{
	char *block = (char *)p - 32;
	if (!p || std::strcmp(block, "made by custom!"))
		std::abort();
	std::free(block);
}
void operator delete(void *p, std::size_t) noexcept { operator delete(p); }
#endif
__attribute__((noinline)) static void *make_block(std::size_t size)
{
	void *p = operator new(size);
	__asm__ volatile("" : "+r"(p));
	return p;
}
struct Holder {
	char *node;
	Holder() : node((char *)make_block(104)) {}
	__attribute__((noinline)) ~Holder() { operator delete(node); }
};
static Holder holder;                   /* its destructor ends in a jump */
static struct Early {
	Early() { __cxa_atexit(tail_delete, make_block(100), &__dso_handle); }
} early;
static void *in_thread(void *key)
{
	pthread_setspecific(*(pthread_key_t *)key, make_block(102));
	return nullptr;
}
extern "C" int plugin_run(void)
{
	unsigned char code[] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
	void (*target)(void *) = &operator delete;
	void *jit = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_key_t key;
	pthread_t thread;

	pthread_key_create(&key, tail_delete);
	if (pthread_create(&thread, nullptr, in_thread, &key) || pthread_join(thread, nullptr))
		return 1;
	pthread_key_delete(key);
	std::memcpy(code + 2, &target, 8);
	std::memcpy(jit, code, sizeof(code));   /* mov $target, %rax; jmp *%rax */
	mprotect(jit, 4096, PROT_READ | PROT_EXEC);
	((void (*)(void *))jit)(make_block(106));
	__cxa_atexit((void (*)(void *))jit, make_block(108), &__dso_handle);
	return 0;
}
C
cat >"$T/host.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
	Lmid_t space = !strcmp(argv[1], "namespace") ? LM_ID_NEWLM : LM_ID_BASE;
	void *so = NULL;
	int (*run)(void) = NULL;

	for (int i = 2; i < argc; i++)
		so = dlmopen(space, argv[i], RTLD_NOW | RTLD_LOCAL);
	if (so)
		run = (int (*)(void))dlsym(so, "plugin_run");
	if (!run || run()) {
		puts(so ? "no run" : dlerror());
		return 1;
	}
	if (strcmp(argv[1], "exit") && dlclose(so))
		return 2;
	return 7;
}
C
echo 'int plugin_run(void); int user_run(void); int user_run(void) { return plugin_run(); }' >"$T/user.c"
build() {
	"$@" -O2 -g -pthread || fail "$*"
}
command -v "$CXX" >/dev/null || skip "no C++ compiler"
build "$CXX" -shared -fPIC -o "$T/libplain.so" "$T/plugin.cc"
build "$CXX" -shared -fPIC -DCUSTOM -Wno-mismatched-new-delete -o "$T/libcustom.so" "$T/plugin.cc"
for kind in plain custom; do
	build $CC -shared -fPIC -o "$T/libneeds_$kind.so" "$T/user.c" "-Wl,-rpath,$T" -L"$T" "-l$kind"
done
build $CC -o "$T/host" "$T/host.c"
readelf -d "$T/host" | grep -q libstdc && fail "the host must not have libstdc++"
objdump -d "$T/libplain.so" | grep -q 'jmp.*<_ZdlPv.*@plt' || fail "no jump to operator delete"

# same PROGRAM...: the status it has without memtop, and off, and on.
same() {
	expect 7 "$@"
	expect 7 env LD_PRELOAD="$B/libmemtop.so" "$@"
	expect 7 "$MEMTOP" record --quiet --force -o "$T/r.memtop" -- "$@"
}
# freed NUMBER: so many blocks of make_block's, none of them held.
freed() {
	expect 0 "$MEMTOP" report --json --by=traceback '--filter=any.function = make_block*' "$T/r.memtop"
	is "sum(r['allocations'] for r in d['statistics']), sum(r['count'] for r in d['statistics']), d['lost']" \
		"($1, 0, 0)"
}
for kind in plain custom; do
	for library in "lib$kind.so" "libneeds_$kind.so"; do
		for how in exit dlclose; do
			same "$T/host" $how "$T/$library"
			freed 5
		done
		# What such a library does in a namespace of its own is not seen.
		same "$T/host" namespace "$T/$library"
	done
done
# Two of them, the one with a delete of its own first.
same "$T/host" exit "$T/libcustom.so" "$T/libplain.so"
freed 7
same "$T/host" dlclose "$T/libplain.so" "$T/libcustom.so"
freed 7
exit 0
