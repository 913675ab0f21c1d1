/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plateau, a slope, a plateau: four seconds of steady churn, then a line that leaks
 * for as long, then churn again until it is ended. */
#include <memtop.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS 4.0

struct item {
	struct item *next;
	char bytes[16000];
};

static struct item *kept;

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noinline)) static void leak_item(void)
{
	struct item *item = malloc(sizeof *item);
	memset(item, 1, sizeof *item);
	item->next = kept;
	kept = item;
}

__attribute__((noinline)) static void churn(void)
{
	void *volatile block = malloc(100000);
	memset(block, 1, 100000);
	free(block);
}

static void work(double seconds, int leaks)
{
	for (double until = now() + seconds; now() < until; poll(NULL, 0, 10)) {
		churn();
		if (leaks)
			leak_item();
	}
}

int main(void)
{
	void *volatile table = malloc(1 << 20);
	memset(table, 1, 1 << 20);
	work(SECONDS, 0);
	memtop_mark("slope begins");
	work(SECONDS, 1);
	memtop_mark("slope ends");
	work(SECONDS, 0);
	memtop_mark("all is flat");
	work(1e9, 0);
	free(table);
	return 0;
}
