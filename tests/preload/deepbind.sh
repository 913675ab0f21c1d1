#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Libraries that bind past a preload: with RTLD_DEEPBIND they are seen to the byte;
# in a namespace of their own, or past an allocator that is not libc's, they are not,
# and that is said.  So are frees of blocks whose allocation was not seen, with the
# module that made them.
. tests/preload/fake.bash

cat >"$T/plugin.c" <<'C'
#include <stdlib.h>
#include <string.h>
void *kept[1000], *first;
__attribute__((constructor)) static void begin(void) { first = malloc(33); }
__attribute__((noinline)) void keep(void)
{
	for (int i = 0; i < 1000; i++)
		kept[i] = malloc(64);
}
__attribute__((noinline)) void *give(void) { return malloc(100); }
__attribute__((noinline)) void take(void *block) { free(block); }
__attribute__((noinline)) void odds(void)
{
	void *p = NULL;
	kept[0] = calloc(3, 5);
	kept[0] = realloc(kept[0], 50);
	kept[1] = posix_memalign(&p, 64, 70) ? NULL : p;
	kept[2] = strdup("nine byte");
	kept[3] = aligned_alloc(64, 64);
}
C
cat >"$T/host.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void *so;
static void *found(const char *name) { return dlsym(so, name); }
__attribute__((noinline)) static void exchange(void)
{
	void *held[1000];

	for (int i = 0; i < 1000; i++)
		free(((void *(*)(void))found("give"))());
	for (int i = 0; i < 1000; i++)
		held[i] = malloc(200);
	for (int i = 0; i < 1000; i++)
		((void (*)(void *))found("take"))(held[i]);
}
static int in_tracer(void *libc)
{
	Dl_info info;

	return dladdr(dlsym(libc, "malloc"), &info) && strstr(info.dli_fname, "libmemtop");
}
/* Until the tracer has noticed that memtop died. */
static int put_back(void *libc)
{
	int before = in_tracer(libc);

	for (long i = 0; i < 10000000 && in_tracer(libc); i++) {
		void *volatile p = malloc(1);
		free(p);
	}
	return before && !in_tracer(libc) ? 0 : 5;
}
int main(int argc, char **argv)
{
	if (argc == 2)
		return put_back(dlopen("libc.so.6", RTLD_NOW));
	Lmid_t space = !strcmp(argv[1], "namespace") ? LM_ID_NEWLM : LM_ID_BASE;

	so = dlmopen(space, argv[2], atoi(argv[3]) | RTLD_DEEPBIND);
	if (!so) {
		puts(dlerror());
		return 1;
	}
	((void (*)(void))found("keep"))();
	if (strcmp(argv[1], "all"))
		return 0;
	exchange();
	((void (*)(void))found("odds"))();
	if (in_tracer(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD)) != !!getenv("TRACED"))
		return 3;
	if (fork() == 0) {              /* the child's are its own */
		((void (*)(void))found("keep"))();
		return 0;
	}
	return wait(NULL) < 0 ? 4 : 0;
}
C
$CC -g -O1 -o "$T/host" "$T/host.c" || fail "host"
exit_rows() {
	expect 0 "$MEMTOP" report --json "$@" "$T/r.memtop"
}
for how in "-Wl,-z,now 2" "-Wl,-z,lazy 1" "-fno-plt 2"; do
	set -- $how
	$CC -g -O1 -shared -fPIC "$1" -o "$T/plugin.so" "$T/plugin.c" || fail "$1"
	expect 0 "$T/host" all "$T/plugin.so" "$2"
	# A tracer that is off has changed nothing in libc's table.
	expect 0 env LD_PRELOAD="$B/libmemtop.so" "$T/host" all "$T/plugin.so" "$2"
	expect 0 env TRACED=1 "$MEMTOP" record --quiet --force -o "$T/r.memtop" \
		"$T/host" all "$T/plugin.so" "$2"
	exit_rows --by=function '--filter=module = plugin.so or function = exchange'
	is "sorted((r['traceback'][0]['function'], r['size'], r['count'], r['allocations'])
		for r in d['statistics'])" \
		"[('begin', 33, 1, 1), ('exchange', 0, 0, 1000), ('give', 0, 0, 1000), ('keep', 64000, 1000, 1000), ('odds', 194, 4, 5)]"
	is "d['unknown_frees'], d['unknown_free_modules'], d['unseen_library'], d['lost']" \
		"(0, [], None, 0)"
	# Of these 1000 are the parent's, which the child has too.
	exit_rows --process=all --by=function '--filter=function = keep'
	is "[(r['size'], r['allocations']) for r in d['statistics']]" "[(192000, 3000)]"
	expect 0 "$MEMTOP" check --max-peak=1G -- env TRACED=1 "$T/host" all "$T/plugin.so" "$2"
	said "check passed"
done

# When the tracer turns itself off, libc's names are libc's again.
FLAGS=--die faked 0 "$T/host" back
[ "$(figure state)" = 2 ] || fail "the tracer is not off: state $(figure state)"

# In a namespace of its own: not seen, and said.
expect 0 "$MEMTOP" record --force -o "$T/r.memtop" "$T/host" namespace "$T/plugin.so" 2
said "plugin.so was opened past memtop"
exit_rows '--filter=module = plugin.so'
is "d['statistics'], d['unseen_library']" "([], 'plugin.so')"
expect 125 "$MEMTOP" check --max-peak=1G --report="$T/v.json" -- "$T/host" namespace "$T/plugin.so" 2
said "plugin.so was opened past memtop"
cp "$T/v.json" "$T/out"
is "d['check'], d['unseen_library']" "('unknown', 'plugin.so')"
# Another allocator in front: libc's is what the library takes.
expect 125 env LD_PRELOAD="$B/tests/workers/libsbrk.so" "$MEMTOP" check --max-peak=1G -- \
	"$T/host" keep "$T/plugin.so" 2
said "plugin.so was opened past memtop"

# Blocks that came to be past every hook.
cat >"$T/past.c" <<'C'
#include <memtop.h>
#include <stdlib.h>
void *__libc_malloc(size_t size);
void drop(void *block);
int main(void)
{
	for (int i = 0; i < 5; i++)
		free(__libc_malloc(10));
	for (int i = 0; i < 3; i++)
		drop(__libc_malloc(10));
	free(realloc(__libc_malloc(3), 100));
	/* Answered once all frees were read: who freed is told from what is mapped now. */
	memtop_mark("freed");
	return 0;
}
C
echo 'void free(void *); void drop(void *block); void drop(void *block) { free(block); __asm__(""); }' >"$T/drop.c"
$CC -g -O1 -shared -fPIC -o "$T/libdrop.so" "$T/drop.c" || fail "libdrop"
$CC -g -O1 -Ishare/include -o "$T/past" "$T/past.c" -L"$T" -ldrop "-Wl,-rpath,$T" || skip "this libc has no __libc_malloc"
expect 0 "$MEMTOP" record --force -o "$T/r.memtop" "$T/past"
said "9 blocks were freed whose allocation was not seen, by past 6, libdrop.so 3"
exit_rows
is "d['unknown_frees'], d['unknown_free_modules']" \
	"(9, [{'module': 'past', 'count': 6}, {'module': 'libdrop.so', 'count': 3}])"
is "d['traced']['allocations'], d['traced']['current']" "(1, 0)"
expect 0 "$MEMTOP" report "$T/r.memtop"
printed "frees of blocks whose allocation was not seen: 9 (by past 6, libdrop.so 3)"
expect 125 "$MEMTOP" check --max-peak=1G --report="$T/v.json" -- "$T/past"
said "9 blocks were freed whose allocation was not seen, by past 6, libdrop.so 3"
cp "$T/v.json" "$T/out"
is "d['check'], d['unknown_frees'], len(d['unknown_free_modules'])" "('unknown', 9, 2)"
expect 0 "$MEMTOP" check --max-peak=1G --allow-loss -- "$T/past"

# PHP opens its extensions so.
command -v php >/dev/null && php -m | grep -qx curl || exit 0
cat >"$T/work.php" <<'C'
<?php
$c = curl_init("file:///etc/passwd");
curl_setopt($c, CURLOPT_RETURNTRANSFER, 1);
if (!curl_exec($c)) exit(1);
if (function_exists("imagecreatetruecolor")) imagedestroy(imagecreatetruecolor(50, 50));
if (class_exists("DOMDocument")) { $d = new DOMDocument; $d->loadXML("<a><b/></a>"); }
C
expect 0 "$MEMTOP" record --quiet --force -o "$T/r.memtop" php "$T/work.php"
exit_rows --by=module '--filter=any.module = libcurl*' --cumulative
is "any(r['key'].startswith('libcurl') and r['allocations'] > 20 for r in d['statistics'])" True
is "d['unknown_frees'], d['unseen_library']" "(0, None)"
exit 0
