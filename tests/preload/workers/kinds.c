/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of truth, C's part: lives of the kinds that people meet, each of them a
 * process of its own.
 *
 *	kinds --list              a line for each row: LIFE FUNCTION TRUTH WORDS DOES, by tabs
 *	kinds SECONDS [LIFE...]   starts itself once for each life, and waits for all
 *	kinds SECONDS --be LIFE   lives it
 *
 * TRUTH is leak, other, or fills (a cache that is not full by the end); WORDS are those
 * that are right.  A life has turns, forty a second of its own clock: what the machine
 * was too busy for is made up for.  Between a life's own blocks each turn has requests
 * that come and go, as in any server.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define PER_SECOND 40u
#define SLOW __attribute__((noinline))
#define PART(share) ((unsigned)((share) * turns))       /* of the run, in turns */

extern char **environ;
static unsigned turns;                  /* that the run has */
static void *volatile kept;
static bool idle;                       /* no requests in this turn */

static unsigned draw(unsigned below)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* Up from 0 to what is the most, and down again, within so many turns. */
static unsigned tide(unsigned turn, unsigned period, unsigned most)
{
	unsigned phase = turn % period;

	return most * 2 * (phase < period / 2 ? phase : period - phase) / period;
}

static SLOW void *forget(size_t bytes)
{
	(void)bytes;
	return NULL;
}

static SLOW void requests(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		void *head = malloc(64 + draw(200)), *body;

		kept = body = malloc(16 + draw(2000));
		free(body);
		kept = head;
		free(head);
	}
}

/* Frees what stands in some slots. */
static SLOW void release(void **slot, unsigned length)
{
	for (unsigned i = 0; i < length; i++) {
		free(slot[i]);
		slot[i] = NULL;
	}
}

/* --- leaks --- */

static void plain_leak(unsigned turn)
{
	(void)turn;
	for (unsigned i = draw(5); i < 5; i++)
		kept = malloc(64);
}

static void leak_in_churn(unsigned turn)
{
	(void)turn;
	for (unsigned i = 0; i < 30; i++) {
		void *block = malloc(48 + draw(200));

		kept = block;
		if (draw(100))
			free(block);
	}
}

static SLOW void *make_node(void)
{
	return malloc(72);
}

static SLOW void node_used(void)
{
	for (unsigned i = 0; i < 30; i++) {
		void *node = make_node();

		kept = node;
		free(node);
	}
}

static SLOW void node_lost(void)
{
	kept = make_node();
}

static void leak_by_caller(unsigned turn)
{
	node_used();
	if (turn % 2)
		node_lost();
}

static void late_leak(unsigned turn)
{
	for (unsigned i = 0; i < 4 && turn >= PART(0.5); i++)
		kept = malloc(128);
}

static void leak_in_bursts(unsigned turn)
{
	idle = turn % (6 * PER_SECOND) >= PER_SECOND;
	for (unsigned i = 0; i < 20 && !idle; i++) {
		requests(2);
		kept = malloc(100);
	}
}

static void leak_by_day(unsigned turn)
{
	for (unsigned i = tide(turn, 12 * PER_SECOND, 9); i > 0; i--)
		kept = malloc(80);
}

static void slow_leak(unsigned turn)
{
	(void)turn;
	kept = malloc(40);
}

static void leak_of_large_blocks(unsigned turn)
{
	if (turn % (2 * PER_SECOND) == 0)
		kept = malloc(256 << 10);
}

static void leak_beside_startup(unsigned turn)
{
	for (unsigned i = 0; i < (turn ? 1u : 2000u); i++)
		kept = malloc(turn ? 60 : 10000);
}

static void leak_of_grown_strings(unsigned turn)
{
	static char *fresh[PER_SECOND];
	char **own = &fresh[turn % PER_SECOND];

	for (unsigned i = 0; i < PER_SECOND; i += 10)
		if (fresh[i])
			fresh[i] = realloc(fresh[i], 200 + draw(200));
	*own = malloc(100);
}

static SLOW void *thread_context(void *user)
{
	kept = malloc(800);
	return user;
}

static void leak_of_threads(unsigned turn)
{
	pthread_t thread;

	if (turn % 8 == 0 && !pthread_create(&thread, NULL, thread_context, NULL))
		pthread_join(thread, NULL);
}

static void leak_beside_queue(unsigned turn)
{
	static void *slot[200];

	for (unsigned i = 0; i < 2; i++) {
		void *block = malloc(300);

		kept = block;
		if (draw(10) == 0)
			continue;
		free(slot[(turn * 2 + i) % 200]);
		slot[(turn * 2 + i) % 200] = block;
	}
}

static SLOW void **listener_array(void **list, unsigned room)
{
	return realloc(list, room * sizeof(*list));
}

static void listeners_never_removed(unsigned turn)
{
	static void **list;
	static unsigned length, room;

	(void)turn;
	for (unsigned i = 0; i < 10; i++) {
		if (length == room)
			list = listener_array(list, room = room ? room * 2 : 64);
		list[length++] = malloc(48);
	}
}

struct entry { struct entry *next; unsigned key; char value[40]; };

static SLOW struct entry **map_table(unsigned room)
{
	return calloc(room, sizeof(struct entry *));
}

static SLOW void map_rehash(struct entry ***table, unsigned *room)
{
	struct entry **wider = map_table(*room * 2);

	for (unsigned i = 0; i < *room; i++)
		for (struct entry *at = (*table)[i], *next; at; at = next) {
			next = at->next;
			at->next = wider[at->key % (*room * 2)];
			wider[at->key % (*room * 2)] = at;
		}
	free(*table);
	*table = wider;
	*room *= 2;
}

static void map_never_pruned(unsigned turn)
{
	static struct entry **table;
	static unsigned room = 64, length;

	if (!turn)
		table = map_table(room);
	for (unsigned i = 0; i < 6; i++) {
		struct entry *entry = malloc(sizeof(*entry));

		entry->key = length;
		entry->next = table[length % room];
		table[length++ % room] = entry;
		if (length > room)
			map_rehash(&table, &room);
	}
}

/* Sessions end after eight seconds, of which one in ten is forgotten. */
static void sessions_not_all_closed(unsigned turn)
{
	static void *slot[8 * PER_SECOND];
	void **own = &slot[turn % (8 * PER_SECOND)];

	if (draw(10))
		free(*own);
	*own = malloc(400);
}

/* The same, but each lives as long as chance will have it. */
static void sessions_of_any_length(unsigned turn)
{
	static void *slot[200];

	(void)turn;
	for (unsigned i = 0; i < 2; i++) {
		unsigned at = draw(200);

		if (draw(10))
			free(slot[at]);
		slot[at] = malloc(300);
	}
}

static void parent_links(unsigned turn)
{
	static void **tree;             /* each node is reached from the next one alone */

	(void)turn;
	for (unsigned i = 0; i < 3; i++) {
		void **node = malloc(56 + draw(40));

		*node = tree;
		tree = node;
	}
}

/* --- caches --- */

static void lru_by_key(unsigned turn)
{
	static struct { void *value; unsigned used; } entry[1200];
	static unsigned length;

	for (unsigned n = 0; n < 4; n++) {
		unsigned key = draw(10) ? draw(300) : draw(1200), oldest = 0;

		entry[key].used = turn;
		if (entry[key].value)
			continue;
		entry[key].value = malloc(900);
		if (length++ < 400)
			continue;
		for (unsigned i = 1; i < 1200; i++)
			if (i != key && entry[i].value &&
			    (!entry[oldest].value || entry[i].used < entry[oldest].used))
				oldest = i;
		free(entry[oldest].value);
		entry[oldest].value = NULL;
		length--;
	}
}

static void lru_of_a_scan(unsigned turn)
{
	static void *slot[1600];        /* full after twenty seconds */
	unsigned at = turn * 2 % 1600;

	release(&slot[at], 2);
	slot[at] = malloc(500);
	slot[at + 1] = malloc(500);
}

static void cache_full_early(unsigned turn)
{
	kept = turn < PART(0.4) ? malloc(1000) : forget(1000);
}

static void cache_full_late(unsigned turn)
{
	kept = turn < PART(0.7) ? malloc(1000) : forget(1000);
}

static void cache_still_fills(unsigned turn)
{
	kept = turn < turns ? malloc(500) : forget(500);
}

static void cache_by_chance(unsigned turn)
{
	static void *slot[1000];

	(void)turn;
	for (unsigned i = 0; i < 3; i++) {
		unsigned at = draw(1000);

		free(slot[at]);
		slot[at] = malloc(500);
	}
}

static void cache_with_a_term(unsigned turn)
{
	static void *slot[8 * PER_SECOND][4];
	void **own = slot[turn % (8 * PER_SECOND)];

	release(own, 4);
	for (unsigned i = draw(4); i < 4; i++)
		own[i] = malloc(400);
}

static void working_set(unsigned turn)
{
	static void *slot[1500];

	(void)turn;
	for (unsigned i = 0; i < 3; i++) {
		unsigned key = draw(1500);

		if (!slot[key])
			slot[key] = malloc(600);
	}
}

/* Words by Zipf's law: new ones come less and less often, but never stop. */
static void interned_words(unsigned turn)
{
	static char *word[1 << 15];

	(void)turn;
	for (unsigned i = 0; i < 12; i++) {
		unsigned octave = 1u << draw(15), rank = octave + draw(octave);

		if (!word[rank])
			word[rank] = malloc(64);
	}
}

static void interned_labels(unsigned turn)
{
	static char *label[400];
	unsigned at = draw(400);

	(void)turn;
	if (!label[at])
		label[at] = malloc(200);
	at = draw(400);
	if (!label[at])
		label[at] = malloc(200);
}

/* --- buffers --- */

static void log_lines_flushed(unsigned turn)
{
	static void *line[5 * PER_SECOND * 4];
	unsigned at = turn % (5 * PER_SECOND) * 4;

	if (!at)
		release(line, 5 * PER_SECOND * 4);
	for (unsigned i = 0; i < 4; i++)
		line[at + i] = malloc(120 + draw(100));
}

static void log_ring(unsigned turn)
{
	static void *line[1000];        /* turns over in eight seconds */

	for (unsigned i = 0; i < 3; i++) {
		unsigned at = (turn * 3 + i) % 1000;

		free(line[at]);
		line[at] = malloc(100 + draw(100));
	}
}

static void log_buffer_doubled(unsigned turn)
{
	static char *buffer;
	static size_t length, room;

	(void)turn;
	length += 800;
	if (length > room)
		buffer = realloc(buffer, room = room ? room * 2 : 4096);
	if (length > 200000) {
		free(buffer);
		buffer = NULL;
		length = room = 0;
	}
}

static void double_buffer(unsigned turn)
{
	static void *frame[2];

	free(frame[turn % 2]);
	frame[turn % 2] = malloc(256 << 10);
}

static void undo_stack(unsigned turn)
{
	static void *edit[300];

	free(edit[turn % 300]);
	edit[turn % 300] = malloc(200 + draw(1000));
}

static void reassembled_packets(unsigned turn)
{
	static void *part[PER_SECOND * 2][3];
	void **own = part[draw(PER_SECOND * 2)];

	(void)turn;
	if (own[0])
		release(own, 3);
	else
		for (unsigned i = 0; i < 3; i++)
			own[i] = malloc(1400);
}

/* --- arenas, pools, containers --- */

static void arena_of_a_request(unsigned turn)
{
	void *chunk[12];

	(void)turn;
	for (unsigned i = 0; i < 12; i++)
		kept = chunk[i] = malloc(4096);
	release(chunk, 12);
}

static void arena_of_a_batch(unsigned turn)
{
	static void *chunk[12 * PER_SECOND];

	if (turn % (12 * PER_SECOND) == 0)
		release(chunk, 12 * PER_SECOND);
	chunk[turn % (12 * PER_SECOND)] = malloc(4096);
}

/* Chunks are used again; a larger request than ever takes one more. */
static void arena_kept(unsigned turn)
{
	static unsigned have;
	unsigned want = 4 + draw(6) + draw(6) + draw(6) + draw(6);

	(void)turn;
	for (; have < want; have++)
		kept = malloc(16384);
}

static void connection_pool(unsigned turn)
{
	static void *connection[40][2];
	unsigned most = turn < PART(0.25) ? 1 + 40 * turn / PART(0.25) : 40;
	void **own = connection[draw(most < 40 ? most : 40)];

	if (own[0] && draw(20))
		return;
	release(own, 2);
	own[0] = malloc(700);
	own[1] = malloc(8192);
}

static void free_list(unsigned turn)
{
	static void *unused[1000], *used[1000];
	static unsigned have, out;
	unsigned want = 300 + draw(100) + tide(turn, 11 * PER_SECOND, 400);

	while (out < want)
		used[out++] = have ? unused[--have] : malloc(256);
	while (out > want)
		unused[have++] = used[--out];
}

static void one_vector(unsigned turn)
{
	static char *vector;
	static size_t room;

	if (turn * 400ul < room)
		return;
	room = room ? room + room / 2 : 4096;
	vector = realloc(vector, room);
}

static void vector_by_pages(unsigned turn)
{
	static char *vector;

	if (turn % 10 == 0)
		vector = realloc(vector, 4096 * (1 + turn / 10));
}

static void three_vectors(unsigned turn)
{
	static char *vector[3];
	static size_t room[3];
	unsigned which = turn % 3;

	if (turn * (200ul + 100 * which) < room[which])
		return;
	room[which] = room[which] ? room[which] * 2 : 4096;
	vector[which] = realloc(vector[which], room[which]);
}

/* --- traffic --- */

static void queue(unsigned turn)
{
	static void *job[2000];         /* ten seconds of jobs */

	for (unsigned i = 0; i < 5; i++) {
		unsigned at = (turn * 5 + i) % 2000;

		free(job[at]);
		job[at] = malloc(300);
	}
}

static void backlog(unsigned turn)
{
	static void *job[9 * PER_SECOND * 2];
	static unsigned length;
	unsigned phase = turn % (18 * PER_SECOND);

	if (phase < 9 * PER_SECOND) {
		job[length++] = malloc(600);
		job[length++] = malloc(600);
		return;
	}
	for (unsigned i = 0; i < 2 && length; i++)
		free(job[--length]);
}

static void request_bursts(unsigned turn)
{
	static void *open[2 * PER_SECOND * 5];
	unsigned phase = turn % (10 * PER_SECOND);

	if (phase == 2 * PER_SECOND)
		release(open, 2 * PER_SECOND * 5);
	for (unsigned i = 0; i < 5 && phase < 2 * PER_SECOND; i++)
		open[phase * 5 + i] = malloc(1000 + draw(1000));
}

/* As many sessions as the time of day has them; each lives for three seconds. */
static void daily_cycle(unsigned turn)
{
	static void *slot[3 * PER_SECOND][10];
	unsigned pace = tide(turn, 18 * PER_SECOND, 10);
	void **own = slot[turn % (3 * PER_SECOND)];

	release(own, 10);
	for (unsigned i = 0; i < pace; i++)
		own[i] = malloc(500 + draw(500));
}

static void nightly_batch(unsigned turn)
{
	static void *record[PER_SECOND * 10];
	unsigned phase = turn % (12 * PER_SECOND);

	if (phase == 5 * PER_SECOND)
		release(record, PER_SECOND * 10);
	for (unsigned i = 0; i < 10 && phase < PER_SECOND; i++)
		record[phase * 10 + i] = malloc(1000);
}

/* Young objects go every four seconds but for a tenth, all every sixteen. */
static void garbage_collector(unsigned turn)
{
	static void *object[16 * PER_SECOND * 4];
	static unsigned length, old;

	if (turn % (16 * PER_SECOND) == 0) {
		release(object, length);
		length = old = 0;
	} else if (turn % (4 * PER_SECOND) == 0) {
		for (unsigned i = old; i < length; i++)
			if (i % 10 == 0)
				object[old++] = object[i];
			else
				free(object[i]);
		length = old;
	}
	for (unsigned i = 0; i < 4; i++)
		object[length++] = malloc(150);
}

/* --- once, or a few times --- */

static void configuration(unsigned turn)
{
	for (unsigned i = 0; i < 4000 && !turn; i++)
		kept = malloc(500);
}

static void module_tables(unsigned turn)
{
	static const char *const modules[] = {
		"libz.so.1", "libelf.so.1", "libncursesw.so.6", "libunwind.so.8", "libsqlite3.so.0",
	};
	unsigned at = turn / (6 * PER_SECOND);

	if (turn % (6 * PER_SECOND) || at >= sizeof(modules) / sizeof(modules[0]))
		return;
	dlopen(modules[at], RTLD_NOW);
	for (unsigned i = 0; i < 100; i++)
		kept = malloc(500 + draw(1000));
}

static void three_logins(unsigned turn)
{
	if (turn != PART(0.3) && turn != PART(0.6) && turn != PART(0.8))
		return;
	for (unsigned i = 0; i < 300; i++)
		kept = malloc(1000);
}

static void heap_that_shrinks(unsigned turn)
{
	static void *slot[3000];
	static unsigned next;

	for (unsigned i = 0; i < 3000 && !turn; i++)
		slot[i] = malloc(500);
	if (next < 3000)
		free(slot[next++]);
}

/* --- all of them --- */

struct life {
	const char *function;           /* of the row; that of the first is the life's name */
	void (*turn)(unsigned turn);    /* NULL: one more row of the life above */
	const char *truth, *words, *does;
};

#define LIFE(name) #name, name

static const struct life lives[] = {
	{ LIFE(plain_leak), "leak", "leaking", "64 bytes now and then, never freed" },
	{ LIFE(leak_in_churn), "leak", "leaking", "1 block in 100 of a line that churns" },
	{ LIFE(leak_by_caller), "", "", "" },
	{ "make_node", NULL, "leak", "leaking", "a maker of nodes, of whose two callers one leaks" },
	{ "node_lost", NULL, "leak", "leaking", "its path through that caller" },
	{ "node_used", NULL, "other", "settled,turnover,too short", "its path through the other" },
	{ LIFE(late_leak), "leak", "leaking", "leaks from half-way on" },
	{ LIFE(leak_in_bursts), "leak", "leaking", "a block a request; requests in 1 second of 6" },
	{ LIFE(leak_by_day), "leak", "leaking", "its pace goes up and down in 12 s" },
	{ LIFE(slow_leak), "leak", "leaking", "1.6 kB a second" },
	{ LIFE(leak_of_large_blocks), "leak", "leaking", "256 KiB every 2 s" },
	{ LIFE(leak_beside_startup), "leak", "leaking", "under 1 % of 20 MB that the line holds" },
	{ LIFE(leak_of_grown_strings), "leak", "leaking", "strings that grow by realloc at first" },
	{ LIFE(leak_of_threads), "", "", "" },
	{ "thread_context", NULL, "leak", "leaking", "what each short thread leaves" },
	{ LIFE(leak_beside_queue), "leak", "leaking", "1 of 10 blocks of a queue is forgotten" },
	{ LIFE(listeners_never_removed), "leak", "leaking", "a listener for each request" },
	{ "listener_array", NULL, "other", "one container that grows", "the array that has them" },
	{ LIFE(map_never_pruned), "leak", "leaking", "entries of ever new keys" },
	{ "map_table", NULL, "other", "one container that grows", "the map's table, made anew" },
	{ LIFE(sessions_not_all_closed), "leak", "leaking", "sessions of 8 s; 1 of 10 stays" },
	{ LIFE(sessions_of_any_length), "leak", "leaking", "sessions of 2.5 s or 10; 1 of 10 stays" },
	{ LIFE(parent_links), "leak", "leaking", "a list that is only ever added to" },
	{ LIFE(lru_by_key), "other", "turnover,settled,undecided,warming up",
	  "LRU of 400 entries, some keys hot" },
	{ LIFE(lru_of_a_scan), "other", "turnover", "LRU that a scan turns over in 20 s" },
	{ LIFE(cache_full_early), "other", "settled,warming up", "a cache, full at 40 %" },
	{ LIFE(cache_full_late), "other", "settled,warming up,undecided", "a cache, full at 70 %" },
	{ LIFE(cache_still_fills), "fills", "leaking,undecided", "a cache that is never full" },
	{ LIFE(cache_by_chance), "other", "turnover,settled", "any entry makes place" },
	{ LIFE(cache_with_a_term), "other", "turnover", "entries expire after 8 s" },
	{ LIFE(working_set), "other", "settled,warming up", "1,500 keys, fetched by chance" },
	{ LIFE(interned_words), "fills", "warming up,undecided,leaking",
	  "words by Zipf's law: ever fewer new ones" },
	{ LIFE(interned_labels), "other", "settled,warming up", "400 labels, all seen early" },
	{ LIFE(log_lines_flushed), "other", "sawtooth,settled,turnover", "lines, all freed every 5 s" },
	{ LIFE(log_ring), "other", "turnover", "the last 1,000 lines" },
	{ LIFE(log_buffer_doubled), "other", "sawtooth,settled", "doubled to 256 KiB, then freed" },
	{ LIFE(double_buffer), "other", "settled,turnover", "two frames in turn" },
	{ LIFE(undo_stack), "other", "turnover", "the last 300 edits" },
	{ LIFE(reassembled_packets), "other", "settled,turnover,sawtooth", "parts wait for 2 s, about" },
	{ LIFE(arena_of_a_request), "other", "settled,too short", "chunks for one request" },
	{ LIFE(arena_of_a_batch), "other", "sawtooth", "chunks gather for 12 s" },
	{ LIFE(arena_kept), "other", "settled,warming up,steps", "chunks are used again" },
	{ LIFE(connection_pool), "other", "turnover,settled", "40 connections, reopened now and then" },
	{ LIFE(free_list), "other", "settled,warming up,steps", "objects are used again" },
	{ LIFE(one_vector), "other", "one container that grows", "grows by half each time" },
	{ LIFE(vector_by_pages), "other", "one container that grows", "grows by a page each time" },
	{ LIFE(three_vectors), "other", "one container that grows", "one line, three vectors" },
	{ LIFE(queue), "other", "turnover", "jobs wait for 10 s" },
	{ LIFE(backlog), "other", "sawtooth", "grows for 9 s, is worked off in 9" },
	{ LIFE(request_bursts), "other", "sawtooth,settled", "2 seconds of 10, then all freed" },
	{ LIFE(daily_cycle), "other", "sawtooth,turnover", "sessions of 3 s, a day of 18 s" },
	{ LIFE(nightly_batch), "other", "sawtooth", "400 records, 5 s of 12" },
	{ LIFE(garbage_collector), "other", "sawtooth", "a young and an old generation" },
	{ LIFE(configuration), "other", "settled", "2 MB at the start" },
	{ LIFE(module_tables), "other", "settled,steps,too short", "5 modules, each loaded when needed" },
	{ LIFE(three_logins), "other", "steps", "300 KB each" },
	{ LIFE(heap_that_shrinks), "other", "shrinking", "what came at the start goes bit by bit" },
};
#define LIVES (sizeof(lives) / sizeof(lives[0]))

static int list(void)
{
	const char *life = "";

	for (size_t i = 0; i < LIVES; i++) {
		life = lives[i].turn ? lives[i].function : life;
		if (*lives[i].truth)
			printf("%s\t%s\t%s\t%s\t%s\n", life, lives[i].function, lives[i].truth,
			       lives[i].words, lives[i].does);
	}
	return 0;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int live(const struct life *life)
{
	double start = now();

	for (unsigned turn = 0; turn < turns;) {
		struct timespec pace = { 0, 1000000000 / PER_SECOND };

		for (; turn < turns && turn < (now() - start) * PER_SECOND; turn++) {
			idle = false;
			life->turn(turn);
			if (!idle)
				requests(4);
		}
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pace, NULL);
	}
	return 0;
}

static bool wanted(const struct life *life, char **names)
{
	if (!life->turn)
		return false;
	for (char **name = names; *name; name++)
		if (!strcmp(*name, life->function))
			return true;
	return !*names;
}

static int start_all(char **argv)
{
	int status = 0, failed = 0;

	for (size_t i = 0; i < LIVES; i++) {
		char *words[] = { argv[0], argv[1], "--be", (char *)lives[i].function, NULL };
		pid_t pid;

		if (wanted(&lives[i], argv + 2))
			failed |= posix_spawn(&pid, argv[0], NULL, NULL, words, environ);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--list"))
		return list();
	if (argc < 2)
		return 2;
	turns = (unsigned)(atof(argv[1]) * PER_SECOND);
	if (argc < 4 || strcmp(argv[2], "--be") != 0)
		return start_all(argv);
	for (size_t i = 0; i < LIVES; i++)
		if (lives[i].turn && !strcmp(lives[i].function, argv[3]))
			return live(&lives[i]);
	return 2;
}
