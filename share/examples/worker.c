/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A worker to look at with memtop.  It serves made-up requests, and its heap
 * does the four things that heaps do:
 *
 *	warm_up		fills tables once and keeps them: growth that is no leak
 *	cache_store	remembers every answer and never forgets one: the leak,
 *			reached by two paths (serve_page and serve_search)
 *	parse_words	many small blocks, all freed at once: churn
 *	log_append	one line that grows by realloc, then starts anew
 *
 *	worker		serves for ever, gently
 *	worker N	serves N requests, prints what it holds, ends
 *
 * Once it is warm it asks memtop for a snapshot, if there is a memtop: what it
 * holds more after that is the leak.  As it serves on it leaves marks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "share/include/memtop.h"

#define WARM 100                        /* requests until it has warmed up */
#define TABLES 64
#define TABLE_BYTES 16384
#define ANSWER_BYTES 2000
#define WORDS 40
#define LOG_BYTES 65536

struct answer {
	struct answer *next;
	char *text;
};

struct cache {
	struct answer *first;
	size_t answers, bytes;
};

struct log {
	char *text;
	size_t length;
};

struct worker {
	char *tables[TABLES];
	struct cache cache;
	struct log log;
};

/* If the worker runs out of memory, it says so and ends. */
static void *need(void *block)
{
	if (block)
		return block;
	fputs("worker: out of memory\n", stderr);
	exit(1);
}

static void warm_up(struct worker *worker)
{
	for (int i = 0; i < TABLES; i++) {
		worker->tables[i] = need(malloc(TABLE_BYTES));
		memset(worker->tables[i], i, TABLE_BYTES);
	}
}

static void cache_store(struct cache *cache, const char *text, size_t size)
{
	struct answer *answer = need(malloc(sizeof *answer));

	answer->text = need(malloc(size));
	snprintf(answer->text, size, "%s", text);
	answer->next = cache->first;
	cache->first = answer;
	cache->answers++;
	cache->bytes += sizeof *answer + size;
}

static size_t parse_words(uint64_t request)
{
	char *words[WORDS];
	size_t length = 0;

	for (int i = 0; i < WORDS; i++) {
		words[i] = need(malloc(16 + (request + (uint64_t)i * 7) % 48));
		length += (size_t)sprintf(words[i], "word%d", i);
	}
	for (int i = WORDS; i-- > 0;)
		free(words[i]);
	return length;
}

static void log_append(struct log *log, const char *line)
{
	size_t more = strlen(line);

	if (log->length + more > LOG_BYTES) {
		free(log->text);
		*log = (struct log){ NULL, 0 };
	}
	log->text = need(realloc(log->text, log->length + more + 1));
	memcpy(log->text + log->length, line, more + 1);
	log->length += more;
}

static void serve_page(struct worker *worker, uint64_t request)
{
	char text[64];

	snprintf(text, sizeof text, "page %llu, %zu letters\n", (unsigned long long)request,
		 parse_words(request));
	log_append(&worker->log, text);
	cache_store(&worker->cache, text, ANSWER_BYTES);
}

static void serve_search(struct worker *worker, uint64_t request)
{
	char text[64];

	snprintf(text, sizeof text, "search %llu, %zu letters\n", (unsigned long long)request,
		 parse_words(request * 3));
	cache_store(&worker->cache, text, ANSWER_BYTES / 2);
}

static void serve(struct worker *worker, uint64_t request)
{
	if (request % 3)
		serve_page(worker, request);
	else
		serve_search(worker, request);
}

static void report(const struct worker *worker, uint64_t requests)
{
	size_t bytes = TABLES * TABLE_BYTES + worker->cache.bytes +
		       (worker->log.text ? worker->log.length + 1 : 0);
	size_t blocks = TABLES + 2 * worker->cache.answers + (worker->log.text != NULL);

	printf("served %llu requests, holding %zu bytes in %zu blocks\n",
	       (unsigned long long)requests, bytes, blocks);
	fflush(stdout);
}

/* Puts a mark on memtop's timeline after 1000, 2000, 4000... requests. */
static void milestone(uint64_t requests)
{
	uint64_t thousands = requests / 1000;
	char text[64];

	if (!requests || requests % 1000 || thousands & (thousands - 1))
		return;
	snprintf(text, sizeof text, "%llu requests", (unsigned long long)requests);
	memtop_mark(text);
}

int main(int argc, char **argv)
{
	static struct worker worker;
	const struct timespec pace = { 0, 2000000 };
	uint64_t most = argc > 1 ? strtoull(argv[1], NULL, 10) : UINT64_MAX;

	setvbuf(stdout, NULL, _IONBF, 0);       /* keeps stdio's buffer out of the
						 * figures */
	warm_up(&worker);
	for (uint64_t request = 0; request < most; request++) {
		if (request == WARM)
			memtop_snapshot("warm");
		serve(&worker, request);
		if (argc > 1)
			continue;
		if (request % 500 == 499)
			report(&worker, request + 1);
		milestone(request + 1);
		nanosleep(&pace, NULL);
	}
	report(&worker, most);
	return 0;
}
