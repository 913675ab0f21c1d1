/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the tour of the keys: many lines that hold a block of memory each, one
 * of them by two paths; a line that it reads makes that one grow.  It rests
 * meanwhile, and ends at the end of its input.  `rows busy` allocates and prints
 * as fast as it can instead, for ever.
 */
#include <stdio.h>
#include <stdlib.h>

#define KEEP(size) \
	do { \
		void *volatile block = malloc(size); \
		(void)block; \
	} while (0)
#define ROW(name, size) \
	static void name(void) { KEEP(size); }

ROW(keep_a, 1000)
ROW(keep_b, 2000)
ROW(keep_c, 3000)
ROW(keep_d, 4000)
ROW(keep_e, 5000)
ROW(keep_f, 6000)
ROW(keep_g, 7000)
ROW(keep_h, 8000)
ROW(keep_i, 9000)
ROW(keep_j, 10000)
ROW(keep_k, 11000)
ROW(keep_l, 12000)
ROW(keep_m, 13000)
ROW(keep_n, 14000)
ROW(keep_o, 15000)
ROW(keep_p, 16000)
ROW(keep_q, 17000)
ROW(keep_r, 18000)
ROW(keep_s, 19000)
ROW(keep_t, 20000)
ROW(keep_u, 21000)
ROW(keep_v, 22000)
ROW(keep_w, 23000)
ROW(keep_x, 24000)

static void (*const rows[])(void) = {
	keep_a, keep_b, keep_c, keep_d, keep_e, keep_f,
	keep_g, keep_h, keep_i, keep_j, keep_k, keep_l,
	keep_m, keep_n, keep_o, keep_p, keep_q, keep_r,
	keep_s, keep_t, keep_u, keep_v, keep_w, keep_x,
};

static __attribute__((noinline)) void cache_put(size_t size) { KEEP(size); }
static __attribute__((noinline)) void serve_page(void) { cache_put(200000); }
static __attribute__((noinline)) void serve_search(void) { cache_put(100000); }

static __attribute__((noinline)) void hurry(void)
{
	for (unsigned i = 0;; i++) {
		void *volatile block = malloc(i % 5000);
		free(block);
		if (i % 10000 == 0)
			printf("\033[3%um%u\033[0m rows\n", i / 10000 % 8, i);
	}
}

int main(int argc, char *argv[])
{
	char line[64];
	(void)argv;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		rows[i]();
	serve_page();
	serve_search();
	puts("rows: ready");
	fflush(stdout);
	if (argc > 1)
		hurry();
	while (fgets(line, sizeof line, stdin)) {
		serve_page();
		printf("rows: %s", line);
		fflush(stdout);
	}
	return 0;
}
