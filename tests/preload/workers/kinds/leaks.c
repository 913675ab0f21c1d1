/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives that leak. */
#include <pthread.h>
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

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

const struct life kinds_leaks[] = {
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
	{ 0 },
};
