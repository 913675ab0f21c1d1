/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives that manage memory themselves: arenas, pools, containers. */
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

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

const struct life kinds_containers[] = {
	{ LIFE(arena_of_a_request), "other", "settled,too short", "chunks for one request" },
	{ LIFE(arena_of_a_batch), "other", "sawtooth", "chunks gather for 12 s" },
	{ LIFE(arena_kept), "other", "settled,warming up,steps", "chunks are used again" },
	{ LIFE(connection_pool), "other", "turnover,settled", "40 connections, reopened now and then" },
	{ LIFE(free_list), "other", "settled,warming up,steps", "objects are used again" },
	{ LIFE(one_vector), "other", "one container that grows", "grows by half each time" },
	{ LIFE(vector_by_pages), "other", "one container that grows", "grows by a page each time" },
	{ LIFE(three_vectors), "other", "one container that grows", "one line, three vectors" },
	{ 0 },
};
