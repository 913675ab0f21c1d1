/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One round: reads the clock, then the head of each ring.  An event that is published
 * after its ring's head was read has a stamp after that clock value, the bound (except
 * for the few ns between stamp and publication).  So all events older than the bound are
 * there, and the rings can be merged up to it.
 *
 *	ring 0  ....tail=====next----------head          each ring is sorted;
 *	ring 1  ........tail=next-----head               a heap picks the ring with
 *	ring 2  ..tail======next---------------head      the oldest next event
 *
 * The ring that was picked is read on as long as its events are older than the next event
 * of all other rings: with one busy thread that is one long run.
 */
#include "tracer/collect/rings/drain.h"

#include <assert.h>
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "tracer/heap/fold/batch.h"
#include "tracer/heap/catalog/namesake.h"

#define AHEAD 16                        /* slots between prefetch and use */
/* Slots that are read before they are given back to the producer. */
#define RELEASE 1024
#define FUTURE (UINT64_C(1) << 35)      /* ticks beyond the bound: 11 s at 3 GHz */
/* Names that one thread may report, when it begins and when it ends. */
#define NAMES_MAX (2 * CATALOG_THREADS)
#define PAYLOAD_MAX (sizeof(struct wire_stack) + WIRE_STACK_MAX)

struct source {
	struct wire_ring *ring;
	uint64_t tail;                  /* slots read */
	uint64_t released;              /* slots given back */
	uint64_t head;                  /* of the ring, in this round */
	struct model_ring model;
	struct thread_id thread;
	int32_t tid;
	bool owned;                     /* between THREAD_BEGIN and THREAD_END */
};

/* A ring with something to read, and the stamp of its next event. */
struct head {
	uint64_t ticks;
	struct source *source;
};

struct drain {
	struct drain_options options;
	const struct mirror_known *known;       /* options.mirror's */
	struct source **sources;        /* by ring index */
	uint32_t sources_length;
	struct head *heap;              /* a heap with the oldest stamp on top */
	uint32_t heap_length;
	struct model_event batch[BATCH_MAX]; /* read, but not applied yet */
	unsigned batch_length;
	uint64_t bound;
	uint64_t horizon;               /* a stamp beyond what the clock can have reached
					 * is nonsense */
	uint64_t fill;                  /* slots to read in the fullest ring in this
					 * round */
	uint64_t nonsense;              /* events that could not be believed */
	uint32_t names;                 /* new names of threads */
	_Alignas(8) uint8_t payload[PAYLOAD_MAX + sizeof(struct wire_event)];
};

struct drain *drain_new(const struct drain_options *options)
{
	struct drain *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->options = *options;
	d->known = mirror_known(options->mirror);
	return d;
}

void drain_free(struct drain *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->sources_length; i++)
		free(d->sources[i]);
	free(d->sources);
	free(d->heap);
	free(d);
}

/* Adds a source for each ring that was claimed since the last round. */
static void find_rings(struct drain *d)
{
	uint32_t n = segment_rings(d->options.segment);
	if (n <= d->sources_length)
		return;
	struct source **sources = realloc(d->sources, n * sizeof(*sources));
	if (sources)
		d->sources = sources;
	struct head *heap = realloc(d->heap, n * sizeof(*heap));
	if (heap)
		d->heap = heap;
	while (sources && heap && d->sources_length < n) {
		struct source *s = calloc(1, sizeof(*s));
		if (!s)
			return;
		s->ring = segment_ring(d->options.segment, d->sources_length);
		d->sources[d->sources_length++] = s;
	}
}

static const struct wire_event *slot(const struct source *s, uint64_t at)
{
	return &s->ring->slot[at & (WIRE_RING_SLOTS - 1)];
}

/* Copies an event, so that it can't change any more when the target writes to the
 * ring. */
static inline void drain_load(struct wire_event *to, const struct wire_event *from)
{
	to->stamp = __atomic_load_n(&from->stamp, __ATOMIC_RELAXED);
	to->address = __atomic_load_n(&from->address, __ATOMIC_RELAXED);
	to->size = __atomic_load_n(&from->size, __ATOMIC_RELAXED);
}

/* Gives back the slots that were read so far, and wakes a producer that waits for
 * room.  If the target has written over the counter, its producer would otherwise wait
 * for ever. */
static void drain_release(struct source *s)
{
	if (s->released == s->tail &&
	    atomic_load_explicit(&s->ring->tail, memory_order_relaxed) == s->tail)
		return;
	s->released = s->tail;
	ring_release(s->ring, s->tail);
	/* A full barrier: either the producer sees the new tail when it looks
	 * again after setting room_wanted, or we see room_wanted. */
	if (atomic_exchange(&s->ring->room_wanted, 0))
		syscall(SYS_futex, &s->ring->room_wanted, FUTEX_WAKE, INT32_MAX, NULL,
			NULL, 0);
}

/* Copies the payload of the record at s->tail.  Returns how many slots it takes, or 0:
 * nonsense. */
static uint32_t take_payload(struct drain *d, const struct source *s)
{
	struct wire_payload head;

	if (s->head - s->tail < 2)
		return 0;
	memcpy(&head, slot(s, s->tail + 1), sizeof(head));
	/* Keeps the compiler from reading the ring again after the check. */
	atomic_signal_fence(memory_order_seq_cst);
	if (head.bytes < sizeof(head) || head.bytes > PAYLOAD_MAX)
		return 0;
	uint32_t slots = wire_payload_slots(head.bytes);
	if (slots > s->head - s->tail - 1)
		return 0;
	for (uint32_t i = 0; i < slots; i++)
		memcpy(d->payload + i * sizeof(struct wire_event), slot(s, s->tail + 1 + i),
		       sizeof(struct wire_event));
	/* The length may have changed while the payload was copied; the one that was
	 * checked counts. */
	memcpy(d->payload, &head, sizeof(head));
	return slots;
}

static void acquire_stack(struct drain *d, struct source *s, const struct wire_event *event)
{
	const struct wire_stack *stack = (const struct wire_stack *)(const void *)d->payload;
	uint32_t ticket;

	if (stack->head.bytes < sizeof(*stack) ||
	    stack->head.detail > stack->head.bytes - sizeof(*stack)) {
		d->nonsense++;
		return;
	}
	if (model_apply_provisional(d->options.model, &s->model, event, &ticket) != 0)
		return;
	int queued;
	while ((queued = symbolizer_stack(d->options.space, ticket, stack,
					  stack->head.bytes)) == -EAGAIN) {
		/* The names thread is behind: waiting here holds the rings back. */
		if (d->options.waiting)
			d->options.waiting(d->options.waiting_user);
		nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
	}
	if (queued != 0)
		model_settle(d->options.model, ticket, (struct trace_id){ WIRE_TRACE_ROOT });
	if (d->options.settle)
		d->options.settle(d->options.image);
}

static struct str_id thread_name(struct drain *d, const struct wire_thread *record)
{
	size_t length = strnlen(record->name, sizeof(record->name));
	struct str_id known = catalog_known(d->options.catalog, record->name, length);

	if (known.v || d->names == NAMES_MAX)
		return known;
	d->names++;
	return catalog_intern(d->options.catalog, record->name, length);
}

static void drain_thread_begin(struct drain *d, struct source *s,
			       const struct wire_event *event)
{
	const struct wire_thread *record = (const struct wire_thread *)(const void *)d->payload;
	(void)event;
	if (record->head.bytes < sizeof(*record))
		return;
	pthread_mutex_lock(d->options.lock);
	struct str_id name = thread_name(d, record);

	s->thread = d->options.namesakes ? namesake_thread(d->options.catalog, name) :
		    catalog_add_thread(d->options.catalog, record->tid, name);
	pthread_mutex_unlock(d->options.lock);
	s->tid = record->tid;
	s->owned = true;
	model_thread_begin(&s->model, s->thread);
}

static void drain_thread_end(struct drain *d, struct source *s,
			     const struct wire_event *event)
{
	const struct wire_thread *record = (const struct wire_thread *)(const void *)d->payload;
	(void)event;
	if (record->head.bytes < sizeof(*record))
		return;
	s->owned = false;
	/* Without a name the family may not be asked any more; a name that several have stays
	 * what it is. */
	if (!*record->name || d->options.namesakes)
		return;
	pthread_mutex_lock(d->options.lock);
	catalog_rename_thread(d->options.catalog, s->thread, thread_name(d, record));
	pthread_mutex_unlock(d->options.lock);
}

static void drain_call(struct drain *d, struct source *s, const struct wire_event *event)
{
	const struct wire_call *record = (const struct wire_call *)(const void *)d->payload;
	(void)event;
	if (record->head.bytes < sizeof(*record) ||
	    record->text_length > record->head.bytes - sizeof(*record)) {
		d->nonsense++;
		return;
	}
	struct drain_call c = {
		.op = (enum wire_call_op)record->head.detail,
		.text = (const char *)(record + 1),
		.text_length = record->text_length,
		.asked = record->value,
		.answer = s->ring->reply_text,
		.caller = { .sequence = record->sequence },
	};
	while (d->sources[c.caller.ring] != s)
		c.caller.ring++;
	int status = d->options.call(d->options.user, &c);

	if (status != DRAIN_LATER)
		drain_answer(d, c.caller, status, c.value, NULL);
}

void drain_answer(struct drain *d, struct drain_caller caller, int status,
		  const uint64_t value[2], const char *text)
{
	if (caller.ring >= d->sources_length)
		return;
	struct wire_ring *ring = d->sources[caller.ring]->ring;

	if (text)
		snprintf(ring->reply_text, WIRE_REPLY_MAX, "%s", text);
	ring->reply.status = status;
	ring->reply.value[0] = value[0];
	ring->reply.value[1] = value[1];
	/* Pairs with the caller's acquire load: the reply is whole. */
	atomic_store_explicit(&ring->reply.sequence, caller.sequence,
			      memory_order_release);
	syscall(SYS_futex, &ring->reply.sequence, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

typedef void (*extended)(struct drain *d, struct source *s, const struct wire_event *event);
static const extended extended_kinds[WIRE_KINDS] = {
	[WIRE_ACQUIRE_STACK] = acquire_stack,
	[WIRE_THREAD_BEGIN] = drain_thread_begin,
	[WIRE_THREAD_END] = drain_thread_end,
	[WIRE_CALL] = drain_call,
};

static void drain_flush(struct drain *d)
{
	model_apply_batch(d->options.model, d->batch, d->batch_length);
	d->batch_length = 0;
}

/* Applies an event of mmap's domain, or of one of the program's own, whose number stands
 * in the control page. */
static void take_of_domain(struct drain *d, struct source *s, const struct wire_event *event)
{
	const struct wire_control *control = segment_control(d->options.segment);
	unsigned place = wire_event_domain(event);

	drain_flush(d);
	if (place == WIRE_MMAP)
		model_map(d->options.model, &s->model, event);
	else
		model_track(d->options.model, &s->model, atomic_load(&control->domains[place]),
			    event);
}

/* Whether the event is a plain one of malloc's domains, and not newer than `until`. */
static inline bool is_plain(const struct wire_event *event, uint64_t until)
{
	/* The bits that kinds from WIRE_EXTENDED on have, and domains from WIRE_MMAP on. */
	const uint64_t others = (WIRE_DOMAINS - WIRE_MMAP) << 4 | WIRE_EXTENDED;

	return wire_event_ticks(event) <= until && !(event->stamp & others) &&
	       wire_event_kind(event) != WIRE_NOTHING;
}

/* Handles a plain event, which is at the batch's end. */
static inline void take_event(struct drain *d, struct source *s, struct model_event *to)
{
	unsigned kind = wire_event_kind(&to->event);

	to->ring = &s->model;
	if ((kind == WIRE_ACQUIRE || kind == WIRE_AGAIN) &&
	    __builtin_expect(!mirror_event(d->options.mirror, d->known, &to->event), 0))
		d->nonsense++;
}

/* Handles one that is not (is_plain), or whose stamp is nonsense. */
static void take_other(struct drain *d, struct source *s, struct model_event *to)
{
	take_event(d, s, to);
	s->tail++;
	if (wire_event_domain(&to->event) >= WIRE_MMAP) {
		const struct wire_event own = to->event;

		take_of_domain(d, s, &own);
		return;
	}
	d->batch_length += wire_event_kind(&to->event) != WIRE_NOTHING;
	if (d->batch_length == BATCH_MAX)
		drain_flush(d);
}

static void take_extended(struct drain *d, struct source *s, const struct wire_event event)
{
	unsigned kind = wire_event_kind(&event);
	uint32_t slots = take_payload(d, s);

	if (slots == 0 || kind >= WIRE_KINDS || !extended_kinds[kind]) {
		/* It is not known where the next record begins. */
		d->nonsense += s->head - s->tail;
		s->tail = s->head;
		return;
	}
	drain_flush(d);                 /* the record comes after all events before it */
	extended_kinds[kind](d, s, &event);
	s->tail += 1 + slots;
}

static uint64_t least_of(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Why no more is read: there is enough, the next event is newer, or it is none of the plain ones. */
enum stop { STOP_FULL, STOP_NEWER, STOP_OTHER };

/* Reads plain events into the batch, until it is full, slots are to be given back, the
 * ring's memory ends, or one comes that is none, or is newer: *next is its stamp. */
static enum stop take_plain(struct drain *d, struct source *s, uint64_t until, uint64_t *next)
{
	const struct wire_event *from = slot(s, s->tail);
	struct model_event *to = &d->batch[d->batch_length];
	uint64_t most = least_of(s->head - s->tail, RELEASE - (s->tail - s->released)), n;
	enum stop stop = STOP_FULL;

	most = least_of(most, WIRE_RING_SLOTS - s->tail % WIRE_RING_SLOTS);
	most = least_of(most, BATCH_MAX - d->batch_length);
	for (n = 0; n < most; n++, from++) {
		/* The event is copied to its final place in the batch.  If it were copied
		 * again, it would be read with wider loads than it was written with, for
		 * which the processor waits. */
		drain_load(&to->event, from);
		if (__builtin_expect(!is_plain(&to->event, until), 0)) {
			*next = wire_event_ticks(&to->event);
			stop = *next > until && *next <= d->horizon ? STOP_NEWER : STOP_OTHER;
			break;
		}
		__builtin_prefetch(from + AHEAD);
		take_event(d, s, to++);
	}
	s->tail += n;
	d->batch_length += (unsigned)n;
	if (d->batch_length == BATCH_MAX)
		drain_flush(d);
	return stop;
}

/* Reads the event at s->tail.  False: it is newer than `until`. */
static bool take_one(struct drain *d, struct source *s, uint64_t until, uint64_t *next)
{
	struct model_event *to = &d->batch[d->batch_length];

	drain_load(&to->event, slot(s, s->tail));
	*next = wire_event_ticks(&to->event);
	if (*next > until) {
		if (*next <= d->horizon)
			return false;
		d->nonsense++;  /* waiting for its time would hold up the ring */
	}
	if (wire_event_kind(&to->event) < WIRE_EXTENDED)
		take_other(d, s, to);
	else
		take_extended(d, s, to->event);
	return true;
}

/* Reads the ring as long as its events are not newer than `until`.  True: *next is the
 * stamp of the first one that is newer. */
static bool drain_run(struct drain *d, struct source *s, uint64_t until, uint64_t *next)
{
	/* A hostile head may wrap around, so only differences mean something. */
	while (s->tail != s->head) {
		enum stop stop = take_plain(d, s, until, next);

		if (stop == STOP_NEWER || (stop == STOP_OTHER && !take_one(d, s, until, next)))
			return true;
		if (s->tail - s->released >= RELEASE)
			drain_release(s);
	}
	return false;
}

static void sift_down(struct drain *d, uint32_t i)
{
	const struct head moved = d->heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= d->heap_length)
			break;
		if (child + 1 < d->heap_length && d->heap[child + 1].ticks < d->heap[child].ticks)
			child++;
		if (d->heap[child].ticks >= moved.ticks)
			break;
		d->heap[i] = d->heap[child];
		i = child;
	}
	d->heap[i] = moved;
}

/* Frees a ring whose thread has ended and whose records have all been read. */
static void retire(struct source *s)
{
	if (atomic_load_explicit(&s->ring->state, memory_order_acquire) != WIRE_RING_RETIRED)
		return;
	/* The acquire above pairs with the thread's last store, so the head does not
	 * change any more. */
	if (ring_peek(s->ring) != s->tail)
		return;
	s->owned = false;
	drain_release(s);
	atomic_store_explicit(&s->ring->state, WIRE_RING_FREE, memory_order_release);
}

static void collect_heads(struct drain *d)
{
	d->heap_length = 0;
	d->fill = 0;
	for (uint32_t i = 0; i < d->sources_length; i++) {
		struct source *s = d->sources[i];
		s->head = ring_peek(s->ring);
		if (s->head == s->tail) {
			drain_release(s);
			retire(s);
			continue;
		}
		if (s->head - s->tail > WIRE_RING_SLOTS) {
			d->nonsense++;
			s->tail = s->head;
			drain_release(s);
			continue;
		}
		if (s->head - s->tail > d->fill)
			d->fill = s->head - s->tail;
		struct wire_event first;
		drain_load(&first, slot(s, s->tail));
		d->heap[d->heap_length++] = (struct head){ wire_event_ticks(&first), s };
	}
	for (uint32_t i = d->heap_length / 2; i-- > 0;)
		sift_down(d, i);
}

/* The oldest next stamp of all rings but the one on top of the heap. */
static uint64_t runner_up(const struct drain *d)
{
	uint64_t until = UINT64_MAX;
	for (uint32_t i = 1; i < d->heap_length && i < 3; i++)
		if (d->heap[i].ticks < until)
			until = d->heap[i].ticks;
	return until;
}

uint64_t drain_round(struct drain *d, bool final)
{
	uint64_t slots = 0;

	d->bound = final ? UINT64_MAX : segment_ticks(d->options.segment);
	d->horizon = d->bound < UINT64_MAX - FUTURE ? d->bound + FUTURE : UINT64_MAX;
	find_rings(d);
	collect_heads(d);
	while (d->heap_length > 0) {
		struct source *s = d->heap[0].source;
		uint64_t until = runner_up(d), from = s->tail;
		bool more = drain_run(d, s, until < d->bound ? until : d->bound,
				      &d->heap[0].ticks);

		assert(s->head - s->tail <= WIRE_RING_SLOTS &&
		       s->tail - s->released <= WIRE_RING_SLOTS);
		slots += s->tail - from;
		if (!more || d->heap[0].ticks > d->bound) {
			/* Either all is read, or what is left is newer than the bound. */
			drain_release(s);
			if (!more)
				retire(s);
			d->heap[0] = d->heap[--d->heap_length];
		}
		if (d->heap_length > 0)
			sift_down(d, 0);
	}
	drain_flush(d);
	return slots;
}

uint64_t drain_fill(const struct drain *d) { return d->fill; }

bool drain_pending(const struct drain *d)
{
	if (segment_rings(d->options.segment) > d->sources_length)
		return true;
	for (uint32_t i = 0; i < d->sources_length; i++)
		if (ring_peek(d->sources[i]->ring) != d->sources[i]->tail)
			return true;
	return false;
}

/* Only the sum over all rings means something, since a ring may have lost what another
 * one reported later; it is read while it changes. */
static uint64_t lost_of(const struct drain *d, enum wire_loss loss)
{
	uint64_t sum = atomic_load(&segment_control(d->options.segment)->lost[loss]);

	for (uint32_t i = 0; i < d->sources_length; i++)
		sum += atomic_load(&d->sources[i]->ring->lost[loss]);
	return sum < UINT64_C(1) << 63 ? sum : 0;
}

struct drain_lost drain_lost(const struct drain *d)
{
	struct drain_lost lost = {
		.allocations = lost_of(d, WIRE_LOST_ALLOCATION),
		.frees = lost_of(d, WIRE_LOST_FREE),
		.unended = lost_of(d, WIRE_LOST_END),
	};

	lost.all = lost.allocations + lost.frees + lost_of(d, WIRE_LOST_OTHER) + d->nonsense +
		   model_refused(d->options.model);
	return lost;
}

void drain_threads(struct drain *d,
		   void (*seen)(void *user, int32_t tid, struct thread_id thread), void *user)
{
	for (uint32_t i = 0; i < d->sources_length; i++)
		if (d->sources[i]->owned)
			seen(user, d->sources[i]->tid, d->sources[i]->thread);
}

int drain_moving(const struct drain *d,
		 int (*show)(void *user, uint64_t address, uint64_t size), void *user)
{
	int result = 0;

	for (uint32_t i = 0; i < d->sources_length && !result; i++) {
		const struct model_ring *ring = &d->sources[i]->model;

		for (unsigned k = 0; k < ring->pending_length && !result; k++) {
			const struct model_pending *old = &ring->pending[k];

			if (!old->done && old->size)
				result = show(user, old->address, old->size);
		}
	}
	return result;
}
