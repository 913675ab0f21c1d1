/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer's entry for what memtop reads of a target's segment: a small sound
 * program's tables and rings, which the input's bytes change or add to, and rounds
 * of the reader in between (segment, mirror, drain, model).  Of two images, since
 * the second's ids are looked up in the first's catalog.  Whatever was written
 * there: no fault, no endless loop, and no more memory than what was written
 * there can be worth.
 *
 *	operation: one byte, then its operands (what is missing is 0)
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/heap_bytes.h"
#include "tracer/collect/rings/image.h"
#include "tracer/heap/inherit.h"
#include "tracer/wire/python.h"
#include "views/table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGES 2
#define RINGS 2
#define OPERATIONS 4096
#define SHARED_MAX (UINT64_C(24) << 20) /* bytes that a segment may come to have */
#define PRIVATE_MAX (UINT64_C(64) << 20)

struct input {
	const uint8_t *data;
	size_t left;
};

struct target {
	struct image *image;
	uint8_t *base;
	uint64_t offset[WIRE_REGIONS];  /* as they were, whatever the page says */
	uint64_t head[RINGS], ticks;
};

struct fuzz {
	struct input input;
	struct target targets[IMAGES], *at;
	struct family *family;
};

static uint64_t next(struct input *input, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes && input->left; i++, input->left--)
		value |= (uint64_t)*input->data++ << 8 * i;
	return value;
}

/* Numbers that are worth more than others. */
static uint64_t number(struct input *input)
{
	static const uint64_t worthy[] = {
		0, 1, 2, 7, 8, 63, 64, 4095, 4096, 65535, 65536, WIRE_MODULE_LAST, INT32_MAX,
		UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 47) - 1, UINT64_C(1) << 47,
		(UINT64_C(1) << 48) - 1, UINT64_C(1) << 62, INT64_MAX, UINT64_MAX,
	};
	uint64_t how = next(input, 1);

	if (how < sizeof(worthy) / sizeof(worthy[0]))
		return worthy[how];
	return how < 128 ? how : next(input, how & 7);
}

static struct wire_ring *ring_of(struct target *t, unsigned ring)
{
	return (void *)(t->base + t->offset[WIRE_RINGS] + ring * WIRE_RING_BYTES);
}

static void put(struct target *t, unsigned ring, struct wire_event event)
{
	ring_of(t, ring)->slot[t->head[ring]++ & (WIRE_RING_SLOTS - 1)] = event;
}

static void publish(struct target *t, unsigned ring)
{
	atomic_store(&ring_of(t, ring)->head, t->head[ring]);
}

static void put_payload(struct target *t, unsigned ring, const void *bytes, uint32_t length)
{
	struct wire_event slot;

	for (uint32_t at = 0; at < length; at += (uint32_t)sizeof(slot)) {
		uint32_t part = length - at < sizeof(slot) ? length - at : (uint32_t)sizeof(slot);

		slot = (struct wire_event){ 0 };
		memcpy(&slot, (const char *)bytes + at, part);
		put(t, ring, slot);
	}
}

/* What a sound program has there: two modules, Python's names, stacks, threads. */
static void fill(struct target *t)
{
	struct wire_control *control = (void *)t->base;
	struct wire_module *modules = (void *)(t->base + t->offset[WIRE_MODULES]);
	uint64_t *sites = (void *)(t->base + t->offset[WIRE_SITES]);
	uint64_t *nodes = (void *)(t->base + t->offset[WIRE_TRACES]);
	struct wire_python python = { .file = 32, .file_length = 8, .function = 40,
				      .function_length = 6 };
	struct wire_thread thread = { .head.bytes = sizeof(thread), .tid = 7, .name = "main" };

	memcpy(t->base + t->offset[WIRE_BLOBS], "/none/a.out" "/none/libc.so.6" "......"
	       "/a/b.pyworkerxx", 48);
	memcpy(t->base + t->offset[WIRE_BLOBS] + 64, &python, sizeof(python));
	modules[1] = (struct wire_module){ .start = 0x1000, .end = 0x9000, .path_length = 11,
					   .published = 1 };
	modules[2] = (struct wire_module){ .start = 0x10000, .end = 0x90000, .path = 11,
					   .path_length = 15, .published = 1 };
	for (uint32_t i = 0; i < 8; i++) {
		sites[WIRE_SITE_FIRST + i] = i == 7 ? wire_python_site(64, 12) :
						      wire_site(1 + i % 2, 0x100 * i);
		nodes[1 + i] = wire_node(i, WIRE_SITE_FIRST + i);
	}
	control->modules = 3;
	control->sites = 10;
	control->traces = 9;
	control->blobs = 128;
	control->rings = RINGS;
	control->stamp_clock = WIRE_CLOCK_MONOTONIC;
	control->stamp_base = 1;
	for (unsigned i = 0; i < RINGS; i++) {
		ring_of(t, i)->state = WIRE_RING_CLAIMED;
		put(t, i, wire_event_make(WIRE_THREAD_BEGIN, WIRE_MALLOC, 1, 0, 0, 0));
		put_payload(t, i, &thread, sizeof(thread));
		put(t, i, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, 2, 64 * (i + 1), 100, i + 7));
		publish(t, i);
	}
	t->ticks = 3;
}

static int call(void *user, struct image *image, struct drain_call *call)
{
	unsigned sum = 0;

	(void)user;
	for (size_t i = 0; i < call->text_length; i++)
		sum += (unsigned char)call->text[i];
	if (call->op == WIRE_CALL_CLEAR)
		model_clear(image->model);
	else if (call->op == WIRE_CALL_RESET_PEAK)
		model_set_base(image->model);
	else if (call->op == WIRE_CALL_STOP || call->op == WIRE_CALL_START)
		image_pause(image, call->op == WIRE_CALL_STOP);
	memset(call->answer, (int)sum & 0x7f, WIRE_REPLY_MAX);
	return call->op == WIRE_CALL_CEILING;
}

static void begin(struct fuzz *f)
{
	f->family = family_new(NULL, "");
	assert(f->family);
	f->family->budget.left = (int64_t)PRIVATE_MAX / 2;
	for (unsigned i = 0; i < IMAGES; i++) {
		const struct image_options options = {
			.segment = { .nframe = 8, .python_nframe = 16, .max_traces = 1 << 12,
				     .sample = i ? 64 : 0, .sample_seed = 1 },
			.family = f->family, .process = i + 1, .call = call,
		};
		struct target *t = &f->targets[i];
		struct error error;

		assert(!image_new(&t->image, &options, &error));
		t->base = (uint8_t *)segment_control(t->image->segment);
		memcpy(t->offset, segment_control(t->image->segment)->offset, sizeof(t->offset));
		fill(t);
	}
	f->at = &f->targets[0];
}

/* --- operations --- */

/* A number somewhere in the first pages of a region; in the control page: anywhere. */
static void scribble(struct fuzz *f, unsigned region)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	uint64_t at = next(&f->input, 2);
	unsigned width = widths[at >> 14];
	uint64_t value = number(&f->input);

	if (region == WIRE_REGIONS)
		at = at % (sizeof(struct wire_control) / 4) * 4;
	else
		at = f->at->offset[region] + at % 16384 * (region == WIRE_BLOBS ? 1 : 4) % 16384;
	memcpy(f->at->base + at, &value, width);
}

static void scribble_ring(struct fuzz *f)
{
	uint64_t at = next(&f->input, 1), value = number(&f->input);
	uint8_t *ring = (uint8_t *)ring_of(f->at, at & 1);

	memcpy(ring + (at >> 1) % (offsetof(struct wire_ring, slot) / 8) * 8, &value, 8);
}

/* An event of any kind, with operands that are sound as a rule. */
static void push(struct fuzz *f)
{
	uint64_t what = next(&f->input, 2), address = number(&f->input) * 64;
	uint64_t size = number(&f->input);
	uint32_t trace = (uint32_t)number(&f->input);
	unsigned ring = what >> 8 & 1;
	uint64_t ticks = what & 0x8000 ? number(&f->input) : f->at->ticks++;

	put(f->at, ring, wire_event_make(what & 15, what >> 4 & 15, ticks, address, size, trace));
	if (!(what & 0x200))
		publish(f->at, ring);
}

/* A record with a payload, whose lengths may be lies. */
static void push_record(struct fuzz *f)
{
	union {
		struct wire_payload head;
		struct wire_thread thread;
		struct wire_call call;
		struct wire_stack stack;
		uint8_t bytes[sizeof(struct wire_stack) + 256];
	} record = { 0 };
	uint64_t what = next(&f->input, 2);
	uint32_t length = 8 + what % 500;
	unsigned kind = WIRE_EXTENDED + (what >> 9 & 3), ring = what >> 11 & 1;

	record.head.bytes = length;
	record.head.detail = kind == WIRE_ACQUIRE_STACK && length > sizeof(record.stack) ?
				     length - (uint32_t)sizeof(record.stack) :
				     what >> 12 & 15;
	for (uint32_t i = 8; i < length && i < sizeof(record) && f->input.left; i++)
		record.bytes[i] = (uint8_t)next(&f->input, 1);
	if (what & 0x8000)
		record.head.bytes = (uint32_t)number(&f->input);
	put(f->at, ring, wire_event_make(kind, what >> 12 & 3, f->at->ticks++,
					 next(&f->input, 1) * 64, 32, WIRE_TRACE_ROOT));
	put_payload(f->at, ring, &record, length < sizeof(record) ? length : sizeof(record));
	publish(f->at, ring);
}

/* Many new blocks under one stack, or the same few. */
static void push_many(struct fuzz *f)
{
	uint64_t count = next(&f->input, 2), step = number(&f->input);
	uint64_t size = number(&f->input);

	for (uint64_t i = 0; i < count && i < WIRE_RING_SLOTS; i++)
		put(f->at, 0, wire_event_make(WIRE_ACQUIRE, WIRE_MALLOC, f->at->ticks++,
					      4096 + i * step, size, (uint32_t)(i * step) % 10));
	publish(f->at, 0);
}

static void round_of(struct fuzz *f, bool final)
{
	struct image *image = f->at->image;
	struct stat status;

	drain_round(image->drain, final);
	image_settle(image);
	segment_grow(image->segment);
	assert(!fstat(segment_fd(image->segment), &status));
	assert((uint64_t)status.st_blocks * 512 <= SHARED_MAX);
	assert(model_bytes(image->model) + catalog_bytes(f->family->catalog) <= PRIVATE_MAX);
}

static void look(struct fuzz *f, enum moment_kind kind)
{
	struct snapshot *snapshot = image_freeze(f->at->image, kind);
	struct view view = { .by = BY_TRACEBACK, .limit = 100 };
	char problem[256];

	assert(snapshot);
	table_free(table_build(&view, snapshot, NULL, problem));
	snapshot_release(snapshot);
}

static bool no_child(void *user, int32_t pid)
{
	(void)user;
	return pid & 1;
}

static void operate(struct fuzz *f)
{
	unsigned what = (unsigned)next(&f->input, 1);

	f->at = &f->targets[what >> 7 & 1];
	switch (what & 15) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		scribble(f, (what & 15) == 4 ? WIRE_REGIONS : (what & 15) == 5 ? WIRE_TRACES :
			 what & 15);
		break;
	case 6:
		scribble_ring(f);
		break;
	case 7:
		push_record(f);
		break;
	case 8:
		push_many(f);
		break;
	case 9:
		round_of(f, false);
		break;
	case 10:
		look(f, what & 16 ? MOMENT_PEAK : MOMENT_LIVE);
		break;
	case 11:
		model_forks(f->at->image->model, no_child, NULL);
		break;
	default:
		push(f);
	}
}

/* A child of the first one takes its blocks over. */
static void bear(struct fuzz *f, uint64_t fork)
{
	struct model *child = model_new(f->family->catalog, (struct heap_memory){ 0 });

	assert(child);
	model_inherit(child, f->targets[0].image->model, fork);
	snapshot_release(model_freeze(child, MOMENT_LIVE));
	model_free(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { .input = { data, size } };

	begin(&f);
	for (unsigned i = 0; i < OPERATIONS && f.input.left; i++)
		operate(&f);
	for (unsigned i = 0; i < IMAGES; i++) {
		f.at = &f.targets[i];
		round_of(&f, false);
		round_of(&f, true);
	}
	bear(&f, size & 1);
	for (unsigned i = 0; i < IMAGES; i++) {
		f.at = &f.targets[i];
		image_name(f.at->image, 1);
		image_settle(f.at->image);
		look(&f, MOMENT_EXIT);
		image_close(f.at->image);
	}
	for (unsigned i = 0; i < IMAGES; i++)
		image_free(f.targets[i].image);
	family_free(f.family);
	return 0;
}
