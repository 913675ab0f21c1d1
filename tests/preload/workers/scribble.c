/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scribble SEED MILLISECONDS: threads allocate, free, begin and end, while one writes
 * over the pieces of memtop's segment that are mapped here: random words, bits, words
 * of its own from elsewhere, counters that grow, whole stretches, by seed in ways of
 * its own.  Memtop may say what it likes of such a program; it must live, and so must
 * we: the status is 7, whatever was written where.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"
#include "tracer/wire/ring.h"

#define THREADS 3u
#define PIECES 64u
#define STATUS 7

static struct piece {
	uint64_t at; /* An address: only peek() and poke() go there. */
	uint64_t words, offset;
} pieces[PIECES];
static unsigned piece_count;
static uint64_t state;
static atomic_bool over;

static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/*
 * By the kernel, since memtop may have given the piece back after we read the maps:
 * then there is nothing to read, and nothing is written.
 */
static bool peek(uint64_t from, uint64_t *word)
{
	struct iovec here = {word, sizeof(*word)}, there = {(void *)from, sizeof(*word)};

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == sizeof(*word);
}

static void poke(uint64_t to, uint64_t word)
{
	struct iovec here = {&word, sizeof(word)}, there = {(void *)to, sizeof(word)};

	(void)!process_vm_writev(getpid(), &here, 1, &there, 1, 0);
}

/* Without stdio, which allocates: the maps may be long. */
static void find_pieces(void)
{
	static char text[1 << 20];
	FILE *file = fopen("/proc/self/maps", "r");
	char *line = text;

	MUST(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = 0;
	piece_count = 0;
	for (char *end; *line && piece_count < PIECES; line = end + 1) {
		unsigned long from, to, offset;

		end = strchr(line, '\n');
		if (!end)
			break;
		*end = 0;
		if (strstr(line, "memfd:memtop") &&
		    sscanf(line, "%lx-%lx %*s %lx", &from, &to, &offset) == 3)
			pieces[piece_count++] = (struct piece){from, (to - from) / 8, offset};
	}
}

/* The start of a long piece only: the rest may have no pages, which cost us time. */
static uint64_t reach(const struct piece *piece)
{
	return piece->words > 4096 ? 1 + draw() % piece->words % 4096 : piece->words;
}

static uint64_t value(uint64_t old)
{
	static const uint64_t worthy[] = {
		0, 1, 2, 255, 4096, 65535, 65536, INT32_MAX, UINT32_MAX, UINT64_C(1) << 32,
		UINT64_C(1) << 47, (UINT64_C(1) << 48) - 1, UINT64_C(1) << 62, INT64_MAX,
		UINT64_MAX,
	};

	switch (draw() % 6) {
	case 0:
		return worthy[draw() % (sizeof(worthy) / sizeof(worthy[0]))];
	case 1:
		return old ^ UINT64_C(1) << draw() % 64;
	case 2:
		return old + draw() % 65536;
	case 3: {
		const struct piece *other = &pieces[draw() % piece_count];
		uint64_t word = 0;

		(void)peek(other->at + draw() % other->words * 8, &word);
		return word;
	}
	case 4:
		return (draw() & UINT32_MAX) << 32 | (old & UINT32_MAX);
	default:
		return draw();
	}
}

/* The address, or 0.  Later pieces have a page of the one before in front. */
static uint64_t ring_of(const struct piece *piece)
{
	uint64_t front = piece->words * 8 - WIRE_RING_BYTES;

	return front == 0 || front == 4096 ? piece->at + front : 0;
}

/* Rings look full to those who write them, for good. */
static void fill_rings(void)
{
	for (unsigned i = 0; i < piece_count; i++) {
		uint64_t ring = ring_of(&pieces[i]), head;

		if (ring && peek(ring + offsetof(struct wire_ring, head), &head))
			poke(ring + offsetof(struct wire_ring, tail), head - WIRE_RING_SLOTS);
	}
}

/* As if a look had been asked for before the end, of which memtop knows nothing. */
static void wish_for_look(void)
{
	for (unsigned i = 0; i < piece_count; i++)
		if (pieces[i].offset == 0)
			poke(pieces[i].at + offsetof(struct wire_control, look_at_end) / 8 * 8,
			     UINT64_C(1) << 32 | 1);
}

/* `only`: bits of the kinds of piece that this seed writes to. */
static void scribble(unsigned only, unsigned burst)
{
	const struct piece *piece = &pieces[draw() % piece_count];
	unsigned kind = piece->offset == 0 ? 0 : ring_of(piece) ? 2 : 1;
	uint64_t words = kind == 0 ? sizeof(struct wire_control) / 8 : reach(piece), at, old;

	if (!(only >> kind & 1))
		return;
	at = draw() % words;
	for (unsigned i = 0; i < burst && at + i < words; i++)
		if (peek(piece->at + (at + i) * 8, &old))
			poke(piece->at + (at + i) * 8, value(old));
}

static void *short_life(void *unused)
{
	(void)unused;
	free(malloc(100));
	return malloc(24);
}

static void *allocate(void *unused)
{
	void *own[32] = {0};

	(void)unused;
	for (unsigned i = 0; !atomic_load(&over); i++) {
		void **slot = &own[i * 2654435761u >> 8 & 31];

		free(*slot);
		*slot = i % 7 ? malloc(i % 1000) : realloc(NULL, i % 5000);
		if (i % 4096 == 0) {
			pthread_t thread;
			void *result;

			if (pthread_create(&thread, NULL, short_life, NULL) == 0 &&
			    pthread_join(thread, &result) == 0)
				free(result);
		}
	}
	for (unsigned i = 0; i < 32; i++)
		free(own[i]);
	return NULL;
}

static long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	unsigned only, burst;
	long end;

	MUST(argc == 3);
	state = strtoull(argv[1], NULL, 10);
	only = 1 + (unsigned)(draw() % 7);
	burst = 1u << draw() % 6;
	for (unsigned i = 0; i < THREADS; i++)
		MUST(pthread_create(&thread[i], NULL, allocate, NULL) == 0);
	end = milliseconds() + atol(argv[2]);
	for (unsigned i = 0; milliseconds() < end; i++) {
		if (i % 1024 == 0)
			find_pieces();
		if (!piece_count)
			break;
		scribble(only, burst);
		for (uint64_t n = i % 8 == 0 ? draw() % 64 : 0; n > 0; n--)
			sched_yield();
	}
	for (unsigned i = 0; state % 3 == 0 && i < 100; i++)
		fill_rings();
	if (state % 2)
		wish_for_look();
	atomic_store(&over, true);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return STATUS;
}
