/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_HEAP_MODEL_PARTS_H
#define TRACER_HEAP_MODEL_PARTS_H
/* What a model is made of, for the files that are the model: model.c folds
 * events into it, model_read.c answers from it. */
#include "tracer/heap/live.h"
#include "tracer/heap/model.h"
#include "tracer/heap/tally.h"
#include "tracer/heap/watch.h"

#define SWALLOW_SLOTS 1024u

struct swallow {
	uint64_t address;               /* 0: none */
	uint64_t ticks;                 /* of the acquisition */
	uint32_t count;                 /* releases to come */
};

struct model {
	struct catalog *catalog;
	uint64_t sample;                /* 0: every block is recorded */
	struct totals totals;
	struct totals ever;             /* totals when current was highest */
	unsigned swallows;              /* slots of `swallow` in use */
	struct tallies tallies;
	struct watch *watch;            /* NULL: nobody asks for parts or a base */
	uint64_t base;                  /* current when the base was set */
	struct swallow swallow[SWALLOW_SLOTS];  /* by address; a later one may push one out */
	struct live live;
};

#endif
