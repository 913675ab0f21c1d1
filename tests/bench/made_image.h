/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCH_MADE_IMAGE_H
#define BENCH_MADE_IMAGE_H
/*
 * A real segment whose tracer is the bench: its image, and the tables as the program maps
 * them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/no_calls.h"
#include "tracer/collect/rings/image.h"

struct made_image {
	struct family *family;
	struct image *image;
	struct wire_control *control;
	uint64_t *tables;               /* all in front of the rings */
	uint64_t *nodes;                /* the table of traces, in there */
};

/* With `rings` rings and 16 sites, each a place of its own in no module. */
static inline struct made_image made_image_new(uint32_t max_traces, unsigned rings)
{
	struct made_image made = { .family = family_new(NULL, "") };
	const struct image_options options = {
		.segment = { .nframe = 64, .max_traces = max_traces }, .pid = getpid(),
		.call = no_call, .family = made.family,
	};
	struct error error;

	if (image_new(&made.image, &options, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	made.control = segment_control(made.image->segment);
	made.tables = mmap(NULL, made.control->offset[WIRE_RINGS], PROT_READ | PROT_WRITE, MAP_SHARED,
			   segment_fd(made.image->segment), 0);
	if (made.tables == MAP_FAILED)
		exit(1);
	for (uint32_t i = 1; i < 16; i++)
		made.tables[made.control->offset[WIRE_SITES] / 8 + i] =
			wire_site(WIRE_MODULE_NONE, 4096 * i);
	atomic_store(&made.control->sites, 16);
	made.nodes = made.tables + made.control->offset[WIRE_TRACES] / 8;
	atomic_store(&made.control->rings, rings);
	segment_grow(made.image->segment);
	return made;
}

static inline void made_image_free(struct made_image *made)
{
	munmap(made->tables, made->control->offset[WIRE_RINGS]);
	image_free(made->image);
	family_free(made->family);
}

#endif
