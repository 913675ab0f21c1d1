/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A prefork server whose leak is in a worker: the first process reads its settings,
 * forks three workers, and waits; each request costs its worker a block.  prefork
 * REQUESTS: of the second worker; the others get ten.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "share/include/memtop.h"

static char *volatile settings[20];
static char *volatile last;

static __attribute__((noinline)) void serve_request(void)
{
	char *block = malloc(10000);    /* never freed */

	memset(block, 1, 10000);
	last = block;
}

static __attribute__((noinline)) void read_settings(void)
{
	for (unsigned i = 0; i < 20; i++)
		settings[i] = malloc(1000);
}

int main(int argc, char **argv)
{
	int requests = argc > 1 ? atoi(argv[1]) : 10, status;

	read_settings();
	memtop_snapshot("began");
	for (int worker = 0; worker < 3; worker++) {
		if (fork() == 0) {
			for (int i = 0; i < (worker == 1 ? requests : 10); i++)
				serve_request();
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		if (status)
			return 1;
	return 0;
}
