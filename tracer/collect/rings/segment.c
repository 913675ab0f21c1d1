/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The memfd is sparse: each region has its whole range of offsets from the start, and
 * fallocate adds pages step by step.  So growing moves nothing, and the target, which
 * maps pieces, never touches a page that is not there.
 *
 *	pair:  [ private page: robust list node | control page (shared) ]
 *
 * What the tracer counts there is a request and not a fact: a region grows by one step
 * beyond what it has, and only if the last of that has been written to; rings grow with
 * the number of threads that the kernel reports.
 *
 * A robust list has one futex offset for all its entries.  Each segment's control page is
 * mapped a second time right after its private node, which makes that offset the same for
 * all segments, so that one thread can own any number of them.
 */
#include "tracer/collect/rings/segment.h"
#include "tracer/machine/machine.h"
#include "tracer/ground/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tracer/collect/target/gauges.h"
#include "tracer/ground/shared/page.h"
#include "tracer/ground/threads/prefault.h"
#include "tracer/wire/quiet.h"

#define RINGS_MAX UINT64_C(4096)
#define RINGS_AHEAD UINT64_C(2)
#define WORDS_AHEAD UINT64_C(8192)
#define MODULES_MAX UINT64_C(65536)
#define BLOBS_MAX (UINT64_C(64) << 20)
#define STEP (UINT64_C(256) << 10)
#define FIRST_STEP (UINT64_C(64) << 10) /* most forked children need no more */
#define WRITTEN (UINT64_C(8) << 10)     /* the last bytes in use: something has been
					 * written there */
#define RINGS_FREE UINT64_C(64)         /* allowed without threads to use them */
#define RINGS_A_THREAD UINT64_C(4)      /* rings of ended threads stay until they are
					 * read */

struct segment {
	int fd;
	uint8_t *base;                  /* the whole file */
	uint64_t bytes;
	struct wire_control *control;   /* = base */
	uint8_t *pair;                  /* private page, control page */
	uint64_t offset[WIRE_REGIONS], limit[WIRE_REGIONS], ready[WIRE_REGIONS];
	struct prefault prefault;       /* of WIRE_TRACES, */
	uint64_t found;                 /* up to here */
	int32_t pid;                    /* process whose threads may have rings; 0:
					 * none */
	uint64_t clock_base;            /* what the tracer began with; 0: not begun yet */
	uint32_t clock;                 /* enum wire_clock, likewise */
};

static uint64_t segment_round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static int segment_fail(struct error *error, const char *what)
{
	error->status = 125;
	snprintf(error->text, sizeof(error->text),
		 "cannot make the shared segment: %s: %s; raise memtop's own limits "
		 "(ulimit -f, ulimit -v) or --max-traces lower",
		 what, strerror(errno));
	return -1;
}

static void segment_lay_out(struct segment *s, uint32_t max_traces)
{
	const uint64_t want[WIRE_REGIONS] = {
		[WIRE_MODULES] = MODULES_MAX * sizeof(struct wire_module),
		[WIRE_BLOBS] = BLOBS_MAX,
		[WIRE_SITES] = (uint64_t)max_traces * sizeof(uint64_t),
		[WIRE_TRACES] = (uint64_t)max_traces * sizeof(uint64_t),
		[WIRE_RINGS] = RINGS_MAX * WIRE_RING_BYTES,
	};
	uint64_t at = PAGE;
	for (int r = 0; r < WIRE_REGIONS; r++) {
		s->offset[r] = at;
		s->limit[r] = segment_round_up(want[r],
					       r == WIRE_RINGS ? WIRE_RING_BYTES : STEP);
		at += s->limit[r];
	}
	s->bytes = at;
}

static void tell_ready(struct segment *s, int r)
{
	/* Pairs with the tracer's acquire load in table_at: pages are there. */
	atomic_store_explicit(&s->control->ready[r], s->ready[r], memory_order_release);
	atomic_fetch_add_explicit(&s->control->ready_seq, 1, memory_order_release);
	syscall(SYS_futex, &s->control->ready_seq, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* A page that fallocate added is zeroed by whoever touches it first.  Where there are many
 * stacks, that is no longer the target, for which the kernel then maps up to 16 such pages
 * with one fault, as it reads each before it writes (intern.c). */
static void segment_find_ahead(struct segment *s)
{
	uint64_t from = s->found > STEP ? s->found : STEP, to = s->ready[WIRE_TRACES];
	uint8_t *base = s->base + s->offset[WIRE_TRACES];

	if (from < to && prefault_ask(&s->prefault, base + from, base + to))
		s->found = to;
}

/* Allocates region r up to `end` bytes and reports that to the tracer. */
static bool grow_region(struct segment *s, int r, uint64_t end)
{
	uint64_t from = s->ready[r];
	if (end > s->limit[r])
		end = s->limit[r];
	if (end <= from) {
		if (atomic_load(&s->control->ready[r]) != from)
			tell_ready(s, r);       /* the target has overwritten it */
		return true;
	}
	if (fallocate(s->fd, 0, (off_t)(s->offset[r] + from), (off_t)(end - from)) != 0)
		return false;
	s->ready[r] = end;
	tell_ready(s, r);
	if (r == WIRE_TRACES)
		segment_find_ahead(s);
	return true;
}

static uint64_t in_steps(uint64_t bytes)
{
	return segment_round_up(bytes, bytes > STEP ? STEP : FIRST_STEP);
}

/* The bytes of region r that the tracer says it has used, at most those that it has. */
static uint64_t used_of(const struct segment *s, int r)
{
	const struct wire_control *c = s->control;
	uint64_t said;

	switch (r) {
	case WIRE_MODULES:
		said = (uint64_t)atomic_load(&c->modules) * sizeof(struct wire_module);
		break;
	case WIRE_BLOBS:
		said = atomic_load(&c->blobs);
		break;
	case WIRE_SITES:
		said = (uint64_t)atomic_load(&c->sites) * sizeof(uint64_t);
		break;
	case WIRE_TRACES:
		said = (uint64_t)atomic_load(&c->traces) * sizeof(uint64_t);
		break;
	default:
		said = (uint64_t)atomic_load(&c->rings) * WIRE_RING_BYTES;
	}
	return said < s->ready[r] ? said : s->ready[r];
}

/* Whether the tracer is about to set a seccomp filter, after which it cannot wait for
 * more. */
static bool is_quiet(const struct segment *s)
{
	return atomic_load_explicit(&s->control->quiet,
				    memory_order_relaxed) != WIRE_LOUD;
}

/* The bytes to keep allocated between the used part and the end of a region. */
static uint64_t ahead_of(const struct segment *s, int r)
{
	bool quiet = is_quiet(s);

	switch (r) {
	case WIRE_MODULES:
		return 64 * sizeof(struct wire_module);
	case WIRE_BLOBS:
		return quiet ? WIRE_QUIET_BLOBS : STEP / 2;
	case WIRE_SITES:
		return (quiet ? WIRE_QUIET_SITES : WORDS_AHEAD) * sizeof(uint64_t);
	default:
		return (quiet ? WIRE_QUIET_TRACES : WORDS_AHEAD) * sizeof(uint64_t);
	}
}

/* Whether the end of what was used has been written.  Whoever reserved the last entries
 * may still be about to write them, but of so many some must have been. */
static bool is_written(const struct segment *s, int r, uint64_t used)
{
	uint64_t from = used > WRITTEN ? used - WRITTEN : 0;
	const _Atomic uint64_t *at = (const void *)(s->base + s->offset[r] + from / 8 * 8);

	for (uint64_t left = (used - from) / 8; left > 0; left--, at++)
		if (atomic_load_explicit(at, memory_order_relaxed))
			return true;
	return false;
}

/* The number of rings allowed: for the threads that there are, and for those that ended
 * lately. */
static uint64_t rings_allowed(const struct segment *s, uint64_t want)
{
	uint64_t most = RINGS_FREE + (is_quiet(s) ? WIRE_QUIET_RINGS : 0);

	if (want > most && s->pid > 0)
		most += RINGS_A_THREAD * gauges_threads(s->pid);
	return want < most ? want : most;
}

/* How far region r should be allocated, given what the tracer says it has used. */
static uint64_t segment_wanted(const struct segment *s, int r)
{
	uint64_t used = used_of(s, r), want;

	if (r == WIRE_RINGS) {
		uint64_t ahead = is_quiet(s) ? WIRE_QUIET_RINGS : RINGS_AHEAD;

		used /= WIRE_RING_BYTES;
		return rings_allowed(s, used + used / 2 + ahead) * WIRE_RING_BYTES;
	}
	want = in_steps(used + ahead_of(s, r));
	return want <= s->ready[r] || !s->ready[r] || is_written(s, r, used) ? want : 0;
}

bool segment_grow(struct segment *s)
{
	bool ok = true;
	for (int r = 0; r < WIRE_REGIONS; r++)
		ok &= grow_region(s, r, segment_wanted(s, r));
	return ok;
}

static int map_pair(struct segment *s)
{
	s->pair = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->pair == MAP_FAILED) {
		s->pair = NULL;
		return -1;
	}
	void *control = mmap(s->pair + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			     s->fd, 0);
	return control == MAP_FAILED ? -1 : 0;
}

static int segment_open_file(struct segment *s, struct error *error)
{
	s->fd = memfd_create("memtop", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->fd < 0)
		return segment_fail(error, "memfd_create");
	if (ftruncate(s->fd, (off_t)s->bytes) != 0)
		return segment_fail(error, "ftruncate");
	if (fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return segment_fail(error, "sealing");
	if (fallocate(s->fd, 0, 0, (off_t)PAGE) != 0)
		return segment_fail(error, "fallocate");
	s->base = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd,
		       0);
	if (s->base == MAP_FAILED) {
		s->base = NULL;
		return segment_fail(error, "mmap");
	}
	if (map_pair(s) != 0)
		return segment_fail(error, "mmap");
	return 0;
}

static void fill_control(struct segment *s, const struct segment_options *options)
{
	struct wire_control *c = s->control = (struct wire_control *)(void *)s->base;
	c->magic = WIRE_MAGIC;
	c->version = WIRE_VERSION;
	c->on_full = options->drop ? WIRE_DROP : WIRE_BLOCK;
	memcpy(c->offset, s->offset, sizeof(c->offset));
	memcpy(c->limit, s->limit, sizeof(c->limit));
	c->nframe = options->nframe;
	c->max_traces = options->max_traces;
	c->referee = options->referee;
	c->maps = options->maps;
	c->python = options->python;
	c->python_nframe = options->python_nframe;
	c->image = options->image;
	c->sample = options->sample;
	c->sample_seed = options->sample_seed;
	c->look_at_end = options->look_at_end;
	if (c->sample && !c->sample_seed)
		getrandom(&c->sample_seed, sizeof(c->sample_seed), 0);
	c->modules = 1;
	c->sites = WIRE_SITE_FIRST;
	c->traces = 1;
}

int segment_create(struct segment **out, const struct segment_options *options,
		   struct error *error)
{
	struct segment *s = calloc(1, sizeof(*s));
	if (!s)
		return segment_fail(error, "calloc");
	s->fd = -1;
	segment_lay_out(s, options->max_traces);
	if (segment_open_file(s, error) != 0) {
		segment_free(s);
		return -1;
	}
	fill_control(s, options);
	if (!segment_grow(s)) {
		segment_fail(error, "fallocate");
		segment_free(s);
		return -1;
	}
	s->pid = options->pid;
	s->prefault.worker = options->prefault;
	*out = s;
	return 0;
}

int segment_try(const struct segment_options *options, struct error *error)
{
	struct segment *s = calloc(1, sizeof(*s));
	if (!s)
		return segment_fail(error, "calloc");
	s->fd = -1;
	segment_lay_out(s, options->max_traces);
	int result = segment_open_file(s, error);
	segment_free(s);
	return result;
}

void segment_free(struct segment *s)
{
	if (!s)
		return;
	prefault_end(&s->prefault);
	if (s->base)
		munmap(s->base, s->bytes);
	if (s->pair)
		munmap(s->pair, 2 * PAGE);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

int segment_fd(const struct segment *s) { return s->fd; }

struct wire_control *segment_control(const struct segment *s) { return s->control; }

/* The calling thread's list (set_robust_list(2)), whose nodes are the private pages of
 * the segments that it owns. */
static _Thread_local struct robust_list_head robust;

void segment_own(struct segment *s)
{
	if (!robust.list.next) {
		robust.list.next = &robust.list;
		robust.futex_offset = (long)(PAGE + offsetof(struct wire_control, owner));
		syscall(SYS_set_robust_list, &robust, sizeof(robust));
	}
	struct robust_list *node = (struct robust_list *)(void *)s->pair;
	/* The kernel marks the word only if it holds the id of the dying thread. */
	atomic_store(&s->control->owner, (uint32_t)syscall(SYS_gettid));
	node->next = robust.list.next;
	robust.list.next = node;
}

void segment_disown(struct segment *s)
{
	struct robust_list *node = (struct robust_list *)(void *)s->pair;
	struct robust_list *at = &robust.list;
	while (at->next != &robust.list && at->next != node)
		at = at->next;
	if (at->next == node)
		at->next = node->next;
	atomic_store(&s->control->owner, WIRE_OWNER_DIED);
}

uint32_t segment_rings(const struct segment *s)
{
	uint64_t there = s->ready[WIRE_RINGS] / WIRE_RING_BYTES;
	uint32_t claimed = atomic_load_explicit(&s->control->rings, memory_order_acquire);
	return claimed < there ? claimed : (uint32_t)there;
}

struct wire_ring *segment_ring(const struct segment *s, uint32_t index)
{
	return (struct wire_ring *)(void *)(s->base + s->offset[WIRE_RINGS] +
					    index * WIRE_RING_BYTES);
}

static uint64_t entry(const struct segment *s, int region, uint32_t index)
{
	if (((uint64_t)index + 1) * sizeof(uint64_t) > s->ready[region])
		return 0;
	const _Atomic uint64_t *table = (const _Atomic uint64_t *)(const void *)(s->base + s->offset[region]);
	return atomic_load_explicit(&table[index], memory_order_acquire);
}

uint64_t segment_site(const struct segment *s, uint32_t index)
{
	return entry(s, WIRE_SITES, index);
}

uint64_t segment_node(const struct segment *s, uint32_t index)
{
	return entry(s, WIRE_TRACES, index);
}

bool segment_module(const struct segment *s, uint32_t index, struct wire_module *module,
		    const char **path)
{
	if (((uint64_t)index + 1) * sizeof(*module) > s->ready[WIRE_MODULES])
		return false;
	const uint8_t *at = s->base + s->offset[WIRE_MODULES] + index * sizeof(*module);
	const struct wire_module *shared = (const struct wire_module *)(const void *)at;
	if (atomic_load_explicit(&shared->published, memory_order_acquire) != 1)
		return false;
	memcpy(module, at, sizeof(*module));
	atomic_signal_fence(memory_order_seq_cst);      /* the copy is what is checked and
							 * used */
	if (module->build_id_length > sizeof(module->build_id) ||
	    !segment_blob(s, module->path, module->path_length))
		return false;
	*path = segment_blob(s, module->path, module->path_length);
	return true;
}

const void *segment_blob(const struct segment *s, uint64_t offset, uint64_t length)
{
	if (offset > s->ready[WIRE_BLOBS] || length > s->ready[WIRE_BLOBS] - offset)
		return NULL;
	return s->base + s->offset[WIRE_BLOBS] + offset;
}

uint64_t segment_blobs(const struct segment *s) { return s->ready[WIRE_BLOBS]; }

/* Reads the clock's kind once; it does not change while a tracer runs, whatever the page
 * says later. */
static void know_clock(struct segment *s)
{
	if (s->clock_base)
		return;
	/* start_clock stores this last, so the clock's kind is there. */
	s->clock_base = atomic_load(&s->control->stamp_base);
	s->clock = atomic_load(&s->control->stamp_clock);
}

bool segment_born(const struct segment *s)
{
	return s->clock_base || atomic_load(&s->control->stamp_base);
}

uint64_t segment_ticks(struct segment *s)
{
	uint64_t now;

	know_clock(s);
	/* A tracer that may not read any clock any more counts events. */
	if (s->control->stamp_clock == WIRE_CLOCK_COUNT)
		return s->control->stamp_count;
	if (s->clock == WIRE_CLOCK_TSC) {
		/* Loads before this must not be delayed past the reading of the clock. */
		now = machine_counter();
		machine_counter_end();
	} else {
		now = clock_nanoseconds();
	}
	return now - s->clock_base;
}
