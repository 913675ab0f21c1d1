#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check --max-unreachable, memtop_unreachable, memtop_heap and --heap-at: what nothing holds at
# the end, after static destructors and by each way to end, exact by line; what is held in
# whatever way is not counted; who ends without a look raises a doubt.
. tests/lib.sh

cat >"$T/w.cc" <<'END'
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <sys/wait.h>
#include <unistd.h>
#include "memtop.h"
struct base { virtual ~base() {} long a = 1; };
struct other { virtual ~other() {} long b = 2; };
struct both : base, other { long c = 3; };
struct left { std::shared_ptr<left> peer; long room[4] = {}; };
static std::vector<int *> pointers;             // its buffer goes, what it points to stays
static other *second;                           // to the inside
static std::map<int, std::string> *names;
static std::unique_ptr<both> single;
static char *held;
static long hidden;
static void __attribute__((noinline)) lose()
{
	hidden = ~(long)memset(malloc(77), 0, 77);      // LOSE
}
static void __attribute__((noinline)) lose_cycle()
{
	auto a = std::make_shared<left>(), b = std::make_shared<left>();
	a->peer = b;
	b->peer = a;
}
/* A vector register still has what was lost, as memmove of glibc 2.41 leaves pointers there.
 * It holds nothing once the program waits in a function of memtop's. */
static void leave_in_register()
{
#ifdef __x86_64__
	asm volatile("mov %0, %%rax\n\tnot %%rax\n\tmovq %%rax, %%xmm15\n\txor %%eax, %%eax"
		     : : "m"(hidden) : "rax", "xmm15");
#endif
}
static void __attribute__((noinline)) scrub()
{
	volatile char room[16384];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}
static void __attribute__((noinline)) hold()
{
	second = new both;
	single.reset(new both);
	names = new std::map<int, std::string>;
	for (int i = 0; i < 50; i++)
		(*names)[i] = i % 2 ? "short" : std::string(100, 'x');
	held = (char *)malloc(3000);
}
static void __attribute__((noinline)) fill()
{
	for (int i = 0; i < 9; i++)
		pointers.push_back(new int[10]);        // VECTOR
}
void fill_library();
static int ask()
{
	uint64_t bytes = 1, blocks = 1;
	char text[1000] = "";
	int before = memtop_unreachable(&bytes, &blocks, text, sizeof text);
	if (before || bytes || blocks || *text)
		return 10;
	lose();
	scrub();
	leave_in_register();
	if (memtop_unreachable(&bytes, &blocks, text, sizeof text) != 1 || bytes != 77 || blocks != 1)
		return 11;
	if (!strstr(text, "77 bytes in 1 blocks are unreachable") || !strstr(text, "w.cc:"))
		return 12;
	return memtop_heap("asked") || memtop_mark("now") ? 13 : 0;
}
int main(int, char **argv)
{
	const char *what = argv[1];
	hold();
	scrub();
	if (!strcmp(what, "clean"))
		return 0;
	if (!strcmp(what, "ask"))
		return ask();
	if (!strcmp(what, "vector"))
		fill();
	else if (!strcmp(what, "library"))
		fill_library();
	else if (!strcmp(what, "cycle"))
		lose_cycle();
	else
		lose();
	scrub();
	leave_in_register();
	if (!strcmp(what, "_exit"))
		_exit(0);
	if (!strcmp(what, "quick"))
		quick_exit(0);
	if (!strcmp(what, "killed"))
		raise(SIGKILL);
	if (!strcmp(what, "fork")) {
		int status;
		if (fork() == 0) {
			lose();
			scrub();
			leave_in_register();
			_exit(0);
		}
		wait(&status);
	}
	if (!strcmp(what, "vfork")) {
		int status;
		if (vfork() == 0)
			_exit(7);
		wait(&status);
		return WEXITSTATUS(status) != 7;
	}
	return 0;
}
END
cat >"$T/l.cc" <<'END'
#include <vector>
struct shelf { long number; std::vector<int *> pointers; } shelf;
void fill_library()
{
	for (int i = 0; i < 7; i++)
		shelf.pointers.push_back(new int[10]);
}
END
${CXX:-g++} -g -O0 -w -shared -fPIC -o "$T/libl.so" "$T/l.cc" || skip 'no C++ compiler'
${CXX:-g++} -g -O0 -w -include csignal -Ishare/include -o "$T/w" "$T/w.cc" "$T/libl.so" -Wl,-rpath,"$T" -ldl || skip 'no C++ compiler'
line() { grep -n "// $1\$" "$T/w.cc" | cut -d: -f1; }

# lost STATUS BYTES BLOCKS ARGUMENT
lost() {
	expect "$1" "$MEMTOP" check --max-unreachable=0 --report="$T/v.json" "$T/w" "$4"
	cp "$T/v.json" "$T/out"
	is "d['limits'][0]['was']" "$2"
	is "sum(l['unreachable_blocks'] for l in d['limits'][0]['lines'])" "$3"
}
run "$MEMTOP" check --max-unreachable=0 "$T/w" clean
grep -q 'without a look' "$T/err" && skip 'no ptrace here'
lost 0 0 0 clean
lost 99 77 1 plain
is "[l['key'].rsplit(':')[-1] for l in d['limits'][0]['lines']]" "['$(line LOSE)']"
lost 99 77 1 _exit
lost 99 77 1 quick
lost 99 77 1 vfork
# The child has its parent's block too.
lost 99 154 2 fork
is "d['limits'][0]['process'] is not None" True
expect 99 "$MEMTOP" check --tree --max-unreachable=230 "$T/w" fork
said '231 B'
said ' 77 B  unreachable in process'
lost 99 154 2 fork
is "[o['was'] for o in d['limits'][0]['over']]" '[77]'
# After the static destructors, and before the libraries'.
lost 99 360 9 vector
is "[l['key'].rsplit(':')[-1] for l in d['limits'][0]['lines']]" "['$(line VECTOR)']"
lost 0 0 0 library
expect 99 "$MEMTOP" check --max-unreachable=0 "$T/w" cycle
said ', 2 blocks at '
said 'in lose_cycle'
said 'called by main ('
expect 99 "$MEMTOP" check --max-unreachable=0 "$T/w" plain
grep -q '__libc_start' "$T/err" && fail 'what calls main is named as a caller'
# A limit, a filter, a suppression.
expect 0 "$MEMTOP" check --max-unreachable=77 "$T/w" plain
expect 99 "$MEMTOP" check --max-unreachable='0:any.function=lose*' "$T/w" plain
expect 0 "$MEMTOP" check --max-unreachable='0:any.function=other' "$T/w" plain
printf '[known]\nreason = it is known\nfilter = any.function = lose*\n' >"$T/suppress"
expect 0 "$MEMTOP" check --max-unreachable=0 --suppress="$T/suppress" "$T/w" plain
said 'suppressed [known]'
# Who is killed had no look.
expect 137 "$MEMTOP" check --max-unreachable=0 "$T/w" killed
said 'ended without a look at the heap'
said 'unknown'

# The program's own words, and rules; the end's look in the recording.
expect 0 "$MEMTOP" record --quiet --heap-at=exit --heap-at='mark now' -o "$T/r.memtop" "$T/w" ask
for moment in asked at-exit; do
	expect 0 "$MEMTOP" report --json "$T/r.memtop@$moment"
	is "sum(s['unreachable'] for s in d['statistics'])" 77
done
expect 0 "$T/w" clean
refused 2 'not a size' "$MEMTOP" check --max-unreachable=much "$T/w" clean
refused 2 'a limit keeps stacks' "$MEMTOP" check --max-unreachable='0:size > 5' "$T/w" clean
refused 2 'cannot be checked with --sample' "$MEMTOP" check --sample=4K --max-unreachable=0 "$T/w" clean
