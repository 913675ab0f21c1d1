/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One writer fills a catalog while three readers walk all they can see, with
 * no lock: built with ThreadSanitizer, which says if a reader could see half a
 * thing.  What is seen must also be right.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/heap_bytes.h"
#include "tracer/heap/catalog/catalog.h"
#include "tracer/heap/snapshot.h"
#include "tests/unit/heap/stack_frames.h"

#define SITES 4000u
#define READERS 3u

static struct catalog *catalog;
static atomic_uint newest;              /* trace that may be walked */
static atomic_bool done;

static void check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "catalog_tsan: wrong %s\n", what);
	exit(1);
}

static struct frame_id add_frame(uint32_t i, struct module_id module)
{
	char name[32];

	snprintf(name, sizeof(name), "function_%u", i);
	struct frame frame = {
		.file = catalog_intern(catalog, "/a.c", 4),
		.function = catalog_intern(catalog, name, strlen(name)),
		.module = module,
		.line = i,
	};

	return catalog_add_frame(catalog, &frame);
}

static void write_one(uint32_t i)
{
	struct site site = { .offset = i }, own = { .offset = i + SITES };
	struct module module = { .path = catalog_intern(catalog, "/m.so", 5) };

	site.module = catalog_add_module(catalog, &module);
	catalog_put_site(catalog, (struct site_id){ i + 8 }, &site);
	catalog_put_trace(catalog, (struct trace_id){ i + 1 },
			  (struct trace_id){ i % 50 ? i : 0 }, (struct site_id){ i + 8 });
	catalog_add_trace(catalog, (struct trace_id){ i + 1 }, catalog_add_site(catalog, &own));
	struct thread_id thread = catalog_add_thread(catalog, (int)i, module.path);

	/* May be walked before it has its names. */
	atomic_store_explicit(&newest, i + 1, memory_order_relaxed);
	struct frame_id frame = add_frame(i, site.module);

	catalog_name_site(catalog, (struct site_id){ i + 8 }, &frame, 1);
	catalog_set_reason(catalog, site.module, catalog_intern(catalog, "stripped", 8));
	catalog_rename_thread(catalog, thread, catalog_intern(catalog, "renamed", 7));
}

static void *writer(void *user)
{
	(void)user;
	for (uint32_t i = 0; i < SITES; i++)
		write_one(i);
	atomic_store(&done, true);
	return NULL;
}

static void read_trace(uint32_t id)
{
	struct frame frames[64];
	size_t n = stack_frames(catalog, (struct trace_id){ id }, frames, 64, NULL);

	check(n == (id - 1) % 50 + 1 || n == 0, "depth");
	for (size_t i = 0; i < n; i++) {
		const char *function = catalog_text(catalog, frames[i].function);

		check(*function == 'f' || *function == '+', "function");
		check(!strcmp(catalog_text(catalog, catalog_module(catalog,
			      frames[i].module).path), "/m.so"), "module");
	}
}

static void *reader(void *user)
{
	uint32_t seed = *(uint32_t *)user;

	while (!atomic_load_explicit(&done, memory_order_relaxed)) {
		struct snapshot *hold = snapshot_new(catalog, 1);
		uint32_t id = atomic_load_explicit(&newest, memory_order_relaxed);

		seed = seed * 1664525 + 1013904223;
		if (id)
			read_trace(id - seed % 8 % id);
		read_trace(TRACE_OURS - 1);
		struct thread thread = catalog_thread(catalog, (struct thread_id){ id });

		check(strlen(catalog_text(catalog, thread.name)) < 8, "thread");
		check(catalog_bytes(catalog) > 0, "bytes");
		snapshot_release(hold);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[READERS + 1];
	uint32_t seeds[READERS];

	catalog = catalog_new();
	check(catalog, "memory");
	for (uint32_t i = 0; i < READERS; i++) {
		seeds[i] = i;
		pthread_create(&threads[i], NULL, reader, &seeds[i]);
	}
	pthread_create(&threads[READERS], NULL, writer, NULL);
	for (uint32_t i = 0; i <= READERS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t i = 1; i <= SITES; i++)
		read_trace(i);
	catalog_release(catalog);
	puts("catalog_tsan: ok");
	return 0;
}
