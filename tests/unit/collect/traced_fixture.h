/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_TRACED_FIXTURE_H
#define TESTS_UNIT_COLLECT_TRACED_FIXTURE_H
/*
 * An image whose tracer is the test: it writes tables and rings as it likes, and its
 * clock is a count that the test sets (`control->stamp_count`), so that what lies
 * before a round's bound is known.  Include after cmocka.h.
 */
#include <stdlib.h>
#include <string.h>
#include "tests/no_calls.h"
#include "tracer/collect/rings/image.h"
#include "tracer/wire/python.h"

#define TRACED_TRACES (1u << 20)

struct traced {
	struct image *image;
	struct wire_control *control;
	uint8_t *blobs;
	struct wire_module *modules;
	uint64_t *sites, *nodes;
	uint64_t texts;                 /* bytes of blobs used by traced_module */
};

/* `options`: what differs from process 1 with 64 frames and no answers. */
static inline struct traced traced_with(struct family *family, struct image_options options)
{
	struct traced traced = { 0 };
	struct error error;

	options.family = family;
	options.segment.nframe = options.segment.nframe ? options.segment.nframe : 64;
	options.segment.max_traces = TRACED_TRACES;
	options.process = options.process ? options.process : 1;
	options.call = options.call ? options.call : no_call;
	if (image_new(&traced.image, &options, &error))
		fail_msg("%s", error.text);
	traced.control = segment_control(traced.image->segment);
	uint8_t *base = (uint8_t *)traced.control;
	traced.blobs = base + traced.control->offset[WIRE_BLOBS];
	traced.modules = (void *)(base + traced.control->offset[WIRE_MODULES]);
	traced.sites = (void *)(base + traced.control->offset[WIRE_SITES]);
	traced.nodes = (void *)(base + traced.control->offset[WIRE_TRACES]);
	traced.control->stamp_clock = WIRE_CLOCK_COUNT;
	traced.control->stamp_base = 1;
	traced.control->stamp_count = 1000000;
	traced.control->rings = 1;
	return traced;
}

static inline struct traced traced_new(struct family *family)
{
	return traced_with(family, (struct image_options){ .process = 1 });
}

static inline struct wire_ring *traced_ring(const struct traced *traced, uint32_t index)
{
	return segment_ring(traced->image->segment, index);
}

/* One slot of a ring, published. */
static inline void traced_put(const struct traced *traced, uint32_t index, struct wire_event event)
{
	struct wire_ring *ring = traced_ring(traced, index);

	ring->slot[ring->head & (WIRE_RING_SLOTS - 1)] = event;
	atomic_fetch_add(&ring->head, 1);
}

static inline void traced_acquire(const struct traced *traced, uint32_t index, uint64_t ticks,
				  uint64_t address, uint64_t size, uint32_t trace)
{
	traced_put(traced, index, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, ticks, address,
						  size, trace));
}

static inline void traced_release(const struct traced *traced, uint32_t index, uint64_t ticks,
				  uint64_t address)
{
	traced_put(traced, index, wire_event_make(WIRE_RELEASE, WIRE_MALLOC, ticks, address, 0, 0));
}

/* An event of an extended kind and so many bytes of its payload; the record's own length
 * may say otherwise. */
static inline void traced_record(const struct traced *traced, uint32_t index, unsigned kind,
				 uint64_t ticks, const void *payload, size_t bytes)
{
	traced_put(traced, index, wire_event_make((enum wire_kind)kind, WIRE_MALLOC, ticks, 64, 8, 0));
	for (size_t at = 0; at < bytes; at += sizeof(struct wire_event)) {
		struct wire_event event = { 0 };
		size_t left = bytes - at;

		memcpy(&event, (const char *)payload + at, left < sizeof(event) ? left : sizeof(event));
		traced_put(traced, index, event);
	}
}

/* Module `index`, of this file. */
static inline void traced_module(struct traced *traced, uint32_t index, const char *path,
				 uint8_t build_id)
{
	size_t length = strlen(path);

	memcpy(traced->blobs + traced->texts, path, length);
	traced->modules[index] = (struct wire_module){
		.start = 0x10000 * index, .end = 0x10000 * (index + 1), .path = traced->texts,
		.path_length = (uint32_t)length, .build_id_length = build_id ? 20 : 0,
		.build_id = { build_id }, .published = 1,
	};
	traced->texts += length;
	if (traced->control->modules <= index)
		traced->control->modules = index + 1;
}

/* Totals as they are now. */
static inline struct totals traced_totals(const struct traced *traced)
{
	struct totals totals;

	image_totals(traced->image, &totals);
	return totals;
}

#endif
