/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names thread and its three queues.  Modules come first, before their files can
 * vanish; then stacks, in order, each unwound with the modules that were mapped when it
 * was queued; then sites, half of a batch from the oldest end and half from the newest,
 * so that what is on the screen now does not wait for a backlog.  A site of a large
 * module that was not read yet waits in `large` until nothing else does.
 *
 * Locks: callers hold the catalog's lock and take the queue's inside it; the thread never
 * holds the queue's lock while it takes the catalog's.
 */
#include "tracer/collect/names/symbolize.h"
#include "tracer/ground/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/names/deque.h"
#include "tracer/collect/names/names.h"
#include "tracer/collect/names/perfmap.h"
#include "tracer/collect/names/remote.h"

#define STACKS_MAX (UINT64_C(64) << 20)         /* most bytes that may wait */
enum { BATCH = 128, STACK_BATCH = 16, THREAD_STACK = 64 << 20 };

/* Freed once its owner has left it and no queued wish refers to it any more. */
struct symbolizer_space {
	struct symbolizer *symbolizer;
	struct remote *remote;          /* used by the thread alone once a wish is
					 * queued */
	symbolize_settled settled;
	void *user;
	uint64_t stacks;                /* how many are queued or being unwound */
	uint64_t records;               /* of modules: how many are not forgotten yet */
	bool settling;                  /* the thread is in the `settled` callback now */
	bool left;
	struct module_id made;          /* the module of its code made at run time; {0}:
					 * none yet */
	struct perfmap *map;            /* the names of that code, until the module is
					 * opened */
	bool made_failed;
	bool fresh;                     /* it has a new module, so its maps must be
					 * read */
};

struct module_wish {
	struct symbolizer_space *space;
	struct module_id id;
	uint64_t start, end, bias;
};

struct stack_wish {
	struct stack_wish *next;
	struct symbolizer_space *space;
	uint64_t modules;               /* how many records were queued before it */
	size_t bytes;
	uint32_t ticket;
	_Alignas(8) unsigned char stack[];
};

/* One caller of symbolizer_flush, and how much of each queue must be done before it may
 * return. */
struct waiter {
	struct waiter *next;
	uint64_t modules, stacks, sites, large;
	int phase; /* 0: modules and stacks, 1: sites, 2: large, 3: done */
};

struct symbolizer {
	struct symbolizer_options options;
	struct names *names;            /* used by the thread alone */
	pthread_t thread;
	pthread_mutex_t lock;           /* protects all below */
	pthread_cond_t work, flushed, settled;
	bool asleep, stop;
	bool on_demand;                 /* sites wait until a caller flushes */
	struct module_wish *modules;
	uint64_t modules_base,
		modules_end; /* records [base, end) are kept in modules[] */
	uint64_t opened, mapped; /* counts of records done: file opened, addresses
				  * mapped */
	size_t modules_room;
	struct stack_wish *stacks, **stacks_tail;
	uint64_t stack_bytes, stacks_queued, stacks_done;
	struct deque sites, large;
	struct deque unknown;           /* sites without a name so far, looked up again at
					 * each flush */
	uint64_t *seen[2];              /* a bit for each site: the tracer's, and memtop's
					 * own */
	uint32_t seen_length[2];
	struct waiter *waiters;
};

/* Whether the site was asked for before; notes that it was now.  Without memory for its
 * bit it counts as new each time. */
static bool seen_before(struct symbolizer *s, struct site_id id)
{
	unsigned half = id.v >= TRACE_OURS;
	uint32_t index = id.v & ~TRACE_OURS, word = index / 64;

	if (word >= s->seen_length[half]) {
		uint32_t length = word + word / 2 + 64;
		uint64_t *bits = realloc(s->seen[half], length * sizeof(*bits));
		if (!bits)
			return false;
		memset(bits + s->seen_length[half], 0,
		       (length - s->seen_length[half]) * sizeof(*bits));
		s->seen[half] = bits;
		s->seen_length[half] = length;
	}
	uint64_t bit = UINT64_C(1) << index % 64;
	bool before = s->seen[half][word] & bit;
	s->seen[half][word] |= bit;
	return before;
}

static void symbolize_wake(struct symbolizer *s)
{
	if (s->asleep)
		pthread_cond_signal(&s->work);
	s->asleep = false;
}

void symbolizer_module(struct symbolizer_space *space, struct module_id id, uint64_t start,
		       uint64_t end, uint64_t bias)
{
	struct symbolizer *s = space->symbolizer;

	pthread_mutex_lock(&s->lock);
	size_t length = (size_t)(s->modules_end - s->modules_base);
	if (array_grow(&s->modules, &s->modules_room, length + 1, sizeof(*s->modules))) {
		s->modules[length] = (struct module_wish){ space, id, start, end, bias };
		space->records++;
		s->modules_end++;
		symbolize_wake(s);
	}
	pthread_mutex_unlock(&s->lock);
}

struct module_id symbolizer_made(struct symbolizer_space *space)
{
	struct catalog *catalog = space->symbolizer->options.catalog;
	struct str_id name = { 0 };

	if (space->made.v == 0 && !space->made_failed) {
		name = catalog_intern(catalog, NAMES_MADE, strlen(NAMES_MADE));
		space->made = catalog_add_module(catalog,
						 &(struct module){ .path = name, .name = name });
		space->made_failed = space->made.v == 0;
		if (space->made.v)
			symbolizer_module(space, space->made, 0, 0, 0);
	}
	return space->made;
}

void symbolizer_on_demand(struct symbolizer *s)
{
	pthread_mutex_lock(&s->lock);
	s->on_demand = true;
	pthread_mutex_unlock(&s->lock);
}

void symbolizer_site(struct symbolizer *s, struct site_id id)
{
	pthread_mutex_lock(&s->lock);
	if (id.v >= WIRE_SITE_FIRST && !seen_before(s, id) && deque_push(&s->sites, id.v) &&
	    !s->on_demand)
		symbolize_wake(s);
	pthread_mutex_unlock(&s->lock);
}

int symbolizer_stack(struct symbolizer_space *space, uint32_t ticket,
		     const struct wire_stack *stack, size_t bytes)
{
	struct symbolizer *s = space->symbolizer;
	int status = -EAGAIN;

	if (bytes < sizeof(*stack))
		return -EINVAL;
	if (bytes > sizeof(*stack) + WIRE_STACK_MAX)
		bytes = sizeof(*stack) + WIRE_STACK_MAX;
	struct stack_wish *wish = malloc(sizeof(*wish) + bytes);
	if (!wish)
		return -ENOMEM;
	memcpy(wish->stack, stack, bytes);
	wish->next = NULL;
	wish->space = space;
	wish->bytes = bytes;
	wish->ticket = ticket;
	pthread_mutex_lock(&s->lock);
	if (s->stack_bytes + bytes <= STACKS_MAX) {
		wish->modules = s->modules_end;
		*s->stacks_tail = wish;
		s->stacks_tail = &wish->next;
		s->stack_bytes += bytes;
		s->stacks_queued++;
		space->stacks++;
		symbolize_wake(s);
		status = 0;
	}
	pthread_mutex_unlock(&s->lock);
	if (status != 0)
		free(wish);
	return status;
}

/* Drops a reference, with the lock held. */
static void symbolize_release(struct symbolizer_space *space)
{
	if (!space->left || space->stacks || space->records || space->settling)
		return;
	remote_free(space->remote);
	perfmap_free(space->map);
	free(space);
}

/* Reads the current mappings of each image that had a module opened since `from`.  The
 * lock is held, but released while a list is read; the image's space can't be freed
 * meanwhile, because the records of its modules count as references. */
static void read_maps(struct symbolizer *s, uint64_t from)
{
	for (uint64_t at = from; at < s->opened; at++) {
		struct symbolizer_space *space = s->modules[at - s->modules_base].space;

		if (!space->fresh)
			continue;
		space->fresh = false;
		pthread_mutex_unlock(&s->lock);
		remote_read_maps(space->remote);
		pthread_mutex_lock(&s->lock);
	}
}

/* Opens the files of new modules.  The lock is held, but released for that. */
static bool do_modules(struct symbolizer *s)
{
	uint64_t from = s->opened;

	if (s->opened == s->modules_end)
		return false;
	while (s->opened < s->modules_end && !s->stop) {
		struct module_wish wish = s->modules[s->opened - s->modules_base];
		wish.space->fresh = true;
		pthread_mutex_unlock(&s->lock);
		names_open(s->names, wish.id, wish.start, wish.end,
			   remote_pid(wish.space->remote));
		if (wish.id.v == wish.space->made.v) {
			names_made(s->names, wish.id, wish.space->map);
			wish.space->map = NULL;
		}
		pthread_mutex_lock(&s->lock);
		s->opened++;
	}
	read_maps(s, from);
	return true;
}

/* Lock held: tells the unwinder where the modules of the records before `end` are
 * mapped.  Records whose file has been opened too are then forgotten. */
static void map_modules(struct symbolizer *s, uint64_t end)
{
	const uint64_t first = s->modules_base;

	for (; s->mapped < end; s->mapped++) {
		struct module_wish wish = s->modules[s->mapped - s->modules_base];
		remote_map(wish.space->remote, wish.id, wish.start, wish.end, wish.bias);
	}
	uint64_t done = s->mapped < s->opened ? s->mapped : s->opened;
	if (done != s->modules_end)
		return;
	for (; s->modules_base < done; s->modules_base++) {
		struct symbolizer_space *space =
			s->modules[s->modules_base - first].space;
		space->records--;
		symbolize_release(space);
	}
}

static void wish_site(void *user, struct site_id id) { symbolizer_site(user, id); }

/* Tells the owner of the space that the stack it numbered `ticket` is this trace.  An
 * owner that leaves the space waits until this call has returned. */
static void symbolize_settle(struct symbolizer_space *space, uint32_t ticket,
			     struct trace_id trace)
{
	struct symbolizer *s = space->symbolizer;

	pthread_mutex_lock(&s->lock);
	space->settling = !space->left && space->settled;
	pthread_mutex_unlock(&s->lock);
	if (!space->settling)
		return;
	space->settled(space->user, ticket, trace);
	pthread_mutex_lock(&s->lock);
	space->settling = false;
	pthread_cond_broadcast(&s->settled);
	pthread_mutex_unlock(&s->lock);
}

static bool do_stacks(struct symbolizer *s)
{
	bool any = s->stacks != NULL;

	for (unsigned n = 0; n < STACK_BATCH && s->stacks && !s->stop; n++) {
		struct stack_wish *wish = s->stacks;
		s->stacks = wish->next;
		if (!s->stacks)
			s->stacks_tail = &s->stacks;
		struct symbolizer_space *space = wish->space;
		map_modules(s, wish->modules);
		pthread_mutex_unlock(&s->lock);
		struct trace_id trace = remote_trace(
			space->remote, (const struct wire_stack *)(void *)wish->stack,
			wish->bytes, wish_site, s);
		symbolize_settle(space, wish->ticket, trace);
		pthread_mutex_lock(&s->lock);
		s->stack_bytes -= wish->bytes;
		s->stacks_done++;
		space->stacks--;
		symbolize_release(space);
		free(wish);
	}
	if (!s->stacks)
		map_modules(s, s->opened);
	return any;
}

struct batch_site {
	struct site_id id;
	struct site site;
};

/* Sorts by site: neighbours tend to be in one compilation unit, whose debug info is then
 * still in the cache. */
static int symbolize_compare(const void *left, const void *right)
{
	const struct batch_site *a = left, *b = right;

	if (a->site.module.v != b->site.module.v)
		return a->site.module.v < b->site.module.v ? -1 : 1;
	return a->site.offset < b->site.offset ? -1 : a->site.offset > b->site.offset;
}

/* Lock held: names up to `max` sites of the queue. */
static bool do_sites(struct symbolizer *s, struct deque *from, unsigned max, bool patient)
{
	struct batch_site batch[BATCH];
	enum names_answer answer[BATCH];
	unsigned length = 0;

	while (length < max && deque_any(from))
		batch[length].id.v = deque_pop(from, length & 1), length++;
	if (length == 0)
		return false;
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < length; i++)
		batch[i].site = catalog_site(s->options.catalog, batch[i].id);
	qsort(batch, length, sizeof(batch[0]), symbolize_compare);
	for (unsigned i = 0; i < length; i++)
		answer[i] = names_site(s->names, batch[i].id, patient);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < length; i++)
		if (answer[i] != NAMES_DONE)
			(void)deque_push(answer[i] == NAMES_LARGE ? &s->large : &s->unknown,
					 batch[i].id.v);
	return true;
}

/* Lock held, no work under way: moves each waiter on to its next phase, and wakes those
 * that have nothing left to wait for. */
static void settle_waiters(struct symbolizer *s)
{
	for (struct waiter *w = s->waiters; w; w = w->next) {
		if (w->phase == 0 && s->opened >= w->modules &&
		    s->stacks_done >= w->stacks) {
			w->sites = s->sites.back; /* unwinding the stacks has added
						   * sites */
			w->phase = 1;
		}
		if (w->phase == 1 &&
		    (s->sites.front >= w->sites || !deque_any(&s->sites))) {
			w->large = s->large.back;
			w->phase = 2;
		}
		if (w->phase == 2 &&
		    (s->large.front >= w->large || !deque_any(&s->large))) {
			w->phase = 3;
			pthread_cond_broadcast(&s->flushed);
		}
	}
}

static void *symbolize_run(void *argument)
{
	struct symbolizer *s = argument;
	void *signal_stack = fault_enter();

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		bool worked = do_modules(s);
		worked = do_stacks(s) || worked;
		bool wanted = !s->on_demand || s->waiters;
		worked = (wanted && do_sites(s, &s->sites, BATCH, true)) || worked;
		/* Only one large site at a time: the first site of a large module has all
		 * its debug info prepared, and a batch of such sites would keep smaller
		 * work waiting for too long. */
		if (!worked && wanted)
			worked = do_sites(s, &s->large, 1, false);
		settle_waiters(s);
		if (worked || s->stop)
			continue;
		s->asleep = true;
		while (s->asleep && !s->stop)
			pthread_cond_wait(&s->work, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	fault_leave(signal_stack);
	return NULL;
}

/* The thread gets a large stack, because libiberty and libdw recurse; the kernel backs
 * only the pages that are really touched. */
static int symbolize_start(struct symbolizer *s)
{
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0)
		return -ENOMEM;
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	int status = -pthread_create(&s->thread, &attributes, symbolize_run, s);
	if (status == 0)
		pthread_setname_np(s->thread, "names");
	pthread_attr_destroy(&attributes);
	return status;
}

static void symbolize_drop(struct symbolizer *s)
{
	while (s->stacks) {
		struct stack_wish *next = s->stacks->next;
		s->stacks->space->stacks--;
		symbolize_release(s->stacks->space);
		free(s->stacks);
		s->stacks = next;
	}
	for (uint64_t at = s->modules_base; at < s->modules_end; at++) {
		struct symbolizer_space *space = s->modules[at - s->modules_base].space;
		space->records--;
		symbolize_release(space);
	}
	names_free(s->names);
	free(s->modules);
	free(s->sites.v);
	free(s->large.v);
	free(s->unknown.v);
	free(s->seen[0]);
	free(s->seen[1]);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->flushed);
	pthread_cond_destroy(&s->settled);
	pthread_mutex_destroy(&s->lock);
	if (s->options.catalog)
		catalog_release(s->options.catalog);
	free(s);
}

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	struct symbolizer *s = calloc(1, sizeof(*s));
	pthread_condattr_t clock;

	if (!s)
		return NULL;
	s->options = *options;
	s->options.catalog = catalog_retain(options->catalog);
	s->stacks_tail = &s->stacks;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_cond_init(&s->flushed, &clock);
	pthread_cond_init(&s->settled, NULL);
	pthread_condattr_destroy(&clock);
	s->names = names_new(&s->options);
	if (!s->names || symbolize_start(s) != 0) {
		symbolize_drop(s);
		return NULL;
	}
	return s;
}

struct symbolizer_space *symbolizer_join(struct symbolizer *s, int32_t pid,
					 symbolize_settled settled, void *user)
{
	struct symbolizer_space *space = calloc(1, sizeof(*space));

	if (!space)
		return NULL;
	*space = (struct symbolizer_space){ .symbolizer = s, .settled = settled, .user = user };
	space->remote = remote_new(&s->options, s->names, pid);
	space->map = perfmap_new(pid);
	if (!space->remote || !space->map) {
		remote_free(space->remote);
		perfmap_free(space->map);
		free(space);
		return NULL;
	}
	/* The mappings are read here, in the caller's thread, because the target waits
	 * for the answer to its hello and so still exists.  Later may be too late: a
	 * target that ends at once has no list of mappings when its stacks are unwound,
	 * and one that deletes its file cannot be opened when its first site comes. */
	remote_begin(space->remote);
	return space;
}

bool symbolizer_idle(struct symbolizer_space *space)
{
	pthread_mutex_lock(&space->symbolizer->lock);
	bool idle = space->stacks == 0;
	pthread_mutex_unlock(&space->symbolizer->lock);
	return idle;
}

void symbolizer_leave(struct symbolizer_space *space)
{
	struct symbolizer *s = space->symbolizer;

	pthread_mutex_lock(&s->lock);
	while (space->settling)
		pthread_cond_wait(&s->settled, &s->lock);
	space->left = true;
	symbolize_release(space);
	pthread_mutex_unlock(&s->lock);
}

bool symbolizer_flush(struct symbolizer *s, double seconds)
{
	struct waiter waiter = { 0 };
	struct timespec until;
	int status = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	double end = (double)until.tv_sec + (double)until.tv_nsec / 1e9;
	end += seconds > 0 ? seconds : 0;
	until.tv_sec = (time_t)end;
	until.tv_nsec = (long)((end - (double)until.tv_sec) * 1e9);
	pthread_mutex_lock(&s->lock);
	for (uint64_t n = deque_length(&s->unknown); n-- > 0;)
		(void)deque_push(&s->sites, deque_pop(&s->unknown, false));
	waiter.modules = s->modules_end;
	waiter.stacks = s->stacks_queued;
	waiter.next = s->waiters;
	s->waiters = &waiter;
	symbolize_wake(s);
	while (waiter.phase != 3 && status != ETIMEDOUT)
		status = pthread_cond_timedwait(&s->flushed, &s->lock, &until);
	for (struct waiter **at = &s->waiters; *at; at = &(*at)->next)
		if (*at == &waiter) {
			*at = waiter.next;
			break;
		}
	pthread_mutex_unlock(&s->lock);
	return waiter.phase == 3;
}

uint64_t symbolizer_unresolved(const struct symbolizer *s)
{
	struct symbolizer *own = (struct symbolizer *)(uintptr_t)s;

	pthread_mutex_lock(&own->lock);
	uint64_t unknown = deque_length(&own->unknown);
	pthread_mutex_unlock(&own->lock);
	return unknown + names_unresolved(s->names);
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	names_leave(s->names);
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	symbolize_drop(s);
}
