#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Who holds the blocks of a program whose truth is known: roots by their names, chains
# through the blocks between, in report, JSON and the recording.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/w.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
struct node { struct node *next; char *payload; };
struct table { struct node *buckets[100]; };
static struct table *cache;
struct node *list;
static __thread char *mine;
pthread_barrier_t ready;
void cache_put(struct table *table, int i)
{
	struct node *node = malloc(sizeof *node);       /* NODE */
	node->payload = memset(malloc(100), 0, 100);    /* PAYLOAD */
	node->next = table->buckets[i % 100];
	table->buckets[i % 100] = node;
}
struct request { long id; char *items; };
long waits(char *name);
void serve(char *body)
{
	struct request request = { 1, memset(malloc(6000), 0, 6000) };  /* ITEMS */
	char *parts[3] = { malloc(31), malloc(32), malloc(33) };        /* PARTS */
	request.id = waits(malloc(800));                /* NAME */
	parts[0] = request.items + body[0];
}
void *work(void *user)
{
	prctl(PR_SET_NAME, "worker-3");
	mine = memset(malloc(5000), 0, 5000);           /* TLS */
	char *volatile local = memset(malloc(7000), 0, 7000);   /* LOCAL */
	serve(malloc(900));                             /* SERVED */
	return local ? user : NULL;
}
void lose(void)
{
	struct node *volatile head = calloc(1, sizeof *head);   /* HEAD */
	head->payload = calloc(1, 300);                 /* TAIL */
	fprintf(stderr, "head %#lx\n", (long)head);
	head = NULL;
}
void scrub(void)
{
	volatile char room[16384];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}
void fill(void)
{
	cache = calloc(1, sizeof *cache);               /* TABLE */
	for (int i = 0; i < 1000; i++)
		cache_put(cache, i);
	for (int i = 0; i < 500; i++) {
		struct node *node = calloc(1, sizeof *node + 8);        /* LIST */
		node->next = list;
		list = node;
	}
	lose();
	fprintf(stderr, "table %#lx\n", (long)cache);
}
int main(void)
{
	char c;
	pthread_t thread;
	fill();
	scrub();
	pthread_barrier_init(&ready, NULL, 2);
	pthread_create(&thread, NULL, work, NULL);
	pthread_barrier_wait(&ready);
	scrub();
	/* What stacks see of it is the variable's all the same. */
	struct node *volatile seen = cache->buckets[1];
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	_exit(seen == NULL);
}
END
# Built with optimization, so that a variable lies in a register.
cat >"$T/waits.c" <<'END'
#include <pthread.h>
extern pthread_barrier_t ready;
volatile int over;
long waits(char *name)
{
	pthread_barrier_wait(&ready);
	while (!over)                                   /* pause(), with no frame of libc's */
		__asm__ volatile("syscall" : : "a"(34) : "rcx", "r11", "memory");
	return name[1];
}
END
$CC -g -O2 -c -o "$T/waits.o" "$T/waits.c"
$CC -g -O0 -w -pthread -o "$T/w" "$T/w.c" "$T/waits.o"

record_held r.memtop "$T/w"
look first
[ "$status" = 0 ] || fail "no look"
expect 0 "$MEMTOP" ctl $pid heap second
expect 0 "$MEMTOP" ctl $pid held third
printed "; alone keep alive: static cache (w.c) $((800 + 1000 * 116)) bytes, list (w) 12000 bytes, stack of thread worker-3"
end_held

# examples LINE: some of that line's blocks, in its row.
examples() {
	is "[[[x['state'], x['size']], len(s['examples'])] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")') for x in [s['examples'][-1]]]" "[[['$2', $3], $4]]"
}
# address LINE NAME: the line's first example is at the address that the program told.
address() {
	is "[s['examples'][0]['address'] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")')]" "['$(sed -n "s/^$2 //p" "$T/stderr")']"
}
# chain LINE: the heaviest chain of that line, in one line with what is held so.
chain() {
	is "[' -> '.join(c['chain']) + ': %d in %d' % (c['size'], c['count']) for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")') for c in s['held_by']][0]" "$2"
}
for look in first second; do
	expect 0 "$MEMTOP" report --json --limit=0 "$T/r.memtop@$look"
	chain TABLE 'static cache (w.c): 800 in 1'
	chain NODE "static cache (w.c) -> 800 B (fill w.c:$(line TABLE)): 16000 in 1000"
	chain PAYLOAD "static cache (w.c) -> 800 B (fill w.c:$(line TABLE)) -> 1 000 blocks (cache_put w.c:$(line NODE)), chain of 10: 100000 in 1000"
	chain LIST 'list (w): 12000 in 500'
	chain TLS 'thread-local mine (w.c) of thread worker-3: 5000 in 1'
	chain LOCAL "stack of thread worker-3 in work() w.c:$(line SERVED), local local: 7000 in 1"
	chain ITEMS "stack of thread worker-3 in serve() w.c:$(line NAME), local request: 6000 in 1"
	chain PARTS "stack of thread worker-3 in serve() w.c:$(line NAME), local parts: 96 in 3"
	chain SERVED "stack of thread worker-3 in serve() w.c:$(line NAME), local body: 900 in 1"
	chain NAME "registers of thread worker-3 in waits() waits.c:7, local name: 800 in 1"
	chain HEAD 'nobody: 16 in 1'
	chain TAIL "nobody -> 16 B (lose w.c:$(line HEAD)): 300 in 1"
	examples NODE held 16 64
	examples TABLE held 800 1
	examples HEAD garbage 16 1
	examples TAIL indirect 300 1
	address HEAD head
	address TABLE table
	is "[c['longest'] for s in d['statistics'] if s['key'].endswith('w.c:$(line LIST)') for c in s['held_by']]" '[500]'
	is "sum(c['count'] for s in d['statistics'] for c in s['held_by']) == sum(s['count'] for s in d['statistics'])" True
done
expect 0 "$MEMTOP" report --by=traceback "$T/r.memtop@first"
printed '    held by: list (w) -> this row, chain of 500: 11.7 KiB in 500 blocks'
expect 0 "$MEMTOP" report --by=type --json "$T/r.memtop@first"
is "'held_by' in d['statistics'][0]" True
# What would be free without whom: of the look that was asked for it.
retained() {
	is "[s['retained'] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")')]" "[$2]"
}
expect 0 "$MEMTOP" report --json --limit=0 "$T/r.memtop@third"
retained TABLE $((800 + 1000 * 116))
retained NODE $((1000 * 116))
retained PAYLOAD 100000
retained LIST 12000
retained HEAD 316
holder() { is "[[s['size'], s['count']] for s in d['statistics'] if s['key'] == '$1']" "[[$2, $3]]"; }
expect 0 "$MEMTOP" report --by=holder --json --limit=0 "$T/r.memtop@third"
holder 'static cache (w.c)' $((800 + 1000 * 116)) 2001
holder 'list (w)' 12000 500
holder 'thread-local mine (w.c) of thread worker-3' 5000 1
holder nobody 316 2
is "sum(s['size'] for s in d['statistics']) == d['traced']['current']" True
expect 0 "$MEMTOP" diff --by=holder --json "$T/r.memtop@third" "$T/r.memtop@third"
is "{s['size_diff'] for s in d['statistics']}" '{0}'
expect 0 "$MEMTOP" report --by=holder --tree --json "$T/r.memtop@third"
is "[[d['by'], d['hidden']], [[t['size'], t['count'], t['own_count'], t['key']] for t in d['tree'][0]['children'][0]['children']]]" "[['holder', 0], [[$((1000 * 116)), 2000, 1000, 'cache_put w.c:$(line NODE)']]]"
is "sum(t['size'] for t in d['tree']) == d['traced']['current']" True
expect 0 "$MEMTOP" report --by=holder --tree --limit=5 "$T/r.memtop@third"
printed "97.7 KiB  67.0   1 000  97.7 KiB        cache_put w.c:$(line PAYLOAD)"
expect 0 "$MEMTOP" diff --by=holder --tree --csv "$T/r.memtop@third" "$T/r.memtop@third"
printed "static cache (w.c),$((800 + 1000 * 116)),2001,0,0,0,0,$((800 + 1000 * 116)),0,0"
expect 0 "$MEMTOP" export --by=holder --tree -o "$T/tree.csv" "$T/r.memtop@third"
grep -qx "list (w),12000,500,0,0,0,0" "$T/tree.csv" || fail "no tree: $(cat "$T/tree.csv")"
refused 2 'holders are known only at moments with a look for them' "$MEMTOP" report --by=holder --tree "$T/r.memtop@first"
refused 2 'whole stacks' "$MEMTOP" export --by=holder --tree --format=folded "$T/r.memtop@third"
expect 0 "$MEMTOP" report --filter='retained > 100K' --sort=retained --json "$T/r.memtop@third"
is "[s['key'].rsplit(':', 1)[1] for s in d['statistics']]" "['$(line TABLE)', '$(line NODE)']"
refused 2 'holders are known only at moments with a look for them' "$MEMTOP" report --by=holder "$T/r.memtop@first"
refused 2 'only moments with a look for holders' "$MEMTOP" report --sort=retained "$T/r.memtop@first"
refused 2 'only a look for holders finds' "$MEMTOP" report --filter='retained > 0' "$T/r.memtop@first"
# A moment without a look says nothing of it.
expect 0 "$MEMTOP" report --json "$T/r.memtop"
is "{'held_by', 'examples'} & set(d['statistics'][0])" 'set()'

# With --mmap, memory that holds is named by the line that mapped it, and by its file if it has one.
cat >"$T/w.c" <<'END'
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
struct pool { void *slots[4096]; };
struct pool *pool_new(void)
{
	return mmap(NULL, sizeof(struct pool), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);	/* POOL */
}
struct pool *other(void)
{
	return mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);	/* OTHER */
}
struct pool *shared(void)
{
	int file = memfd_create("pool", 0);
	ftruncate(file, 4096);
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);   /* SHARED */
}
void fill(void)
{
	shared()->slots[7] = malloc(300);               /* OF_FILE */
	for (int i = 0; i < 2; i++)
		pool_new()->slots[3] = malloc(100);     /* BLOCK */
	other()->slots[5] = malloc(200);                /* LAST */
}
int main(void)
{
	char c;
	fill();
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	_exit(0);
}
END
$CC -g -O0 -w -o "$T/w" "$T/w.c"
record_held mapped.memtop --mmap "$T/w"
expect 0 "$MEMTOP" ctl $pid held who
end_held
# mapped_at LINE: the chains of that line, without the maps' addresses.
mapped_at() {
	is "[[__import__('re').sub('^anonymous map [0-9a-f]+', 'anonymous map', c['chain'][0]), c['count']] for s in d['statistics'] if s['key'].endswith('w.c:$(line "$1")') for c in s['held_by']]" "[['anonymous map (mmap at $2 w.c:$(line "$3"))', $4]]"
}
expect 0 "$MEMTOP" report --json "$T/mapped.memtop@who"
mapped_at BLOCK pool_new POOL 2
mapped_at LAST other OTHER 1
expect 0 "$MEMTOP" report --by=holder --tree "$T/mapped.memtop@who"
printed "(mmap at pool_new w.c:$(line POOL))"
printed "map of /memfd:pool (deleted) (mmap at shared w.c:$(line SHARED))"
# Its rows are blocks, and not what the program mapped.
expect 0 "$MEMTOP" report "$T/mapped.memtop@who"
printed 'that the program mapped itself, not part of current and peak'
for by in holder type arena; do
	expect 0 "$MEMTOP" report --by=$by "$T/mapped.memtop@who"
	grep -q 'mapped itself' "$T/out" && fail "by $by: $(cat "$T/out")"
done
# Without it nothing but the address is known.
record_held mapped.memtop --force "$T/w"
expect 0 "$MEMTOP" ctl $pid held who
end_held
expect 0 "$MEMTOP" report --json "$T/mapped.memtop@who"
is "sorted({c['chain'][0].split(' ')[0] + str('mmap' in c['chain'][0]) for s in d['statistics'] for c in s['held_by']})" "['anonymousFalse', 'mapFalse']"
