/* SPDX-License-Identifier: MIT */
/*
 * The chain of Python frames as a trace.  As in last.c, one array holds what is
 * remembered of the last walk, the oldest first, and the new frames, at its end:
 *
 *	  0   1 ... known            at ... most
 *	[end][remembered frames] ... [new frames]
 *
 * A frame is known again by its address (through `place`).  From there all older
 * frames are compared, each by its code object, its instruction and its link to the
 * next: what is equal down to the oldest has the trace that it had.  This reads
 * the whole chain at each event and writes next to nothing.  What a code object
 * meant holds until one of its hash dies (py_site.c).
 *
 * Not every frame of the chain is one that Python would show: those that have not come
 * to their first line, and the shims under which C calls the interpreter, have no site.
 * They stand in the array all the same, so that the links can be compared.
 *
 * Deep chains are cut as last.c does it: what is kept stands on an anchor, which stays
 * where it is while at least nframe frames that Python would show stand on it.  Frames
 * without a site never count: of the newest nframe none may be missing.
 */
#include "tracer/preload/python/py_state.h"

#include <stddef.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/base/identity.h"
#include "tracer/preload/base/arena.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/last.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/segment/table.h"
#include "tracer/preload/ring/thread.h"

#define NFRAME_MIN 16u
#define NFRAME_MAX 65535u
#define MARGIN_MAX 16384u

/* A walk under way. */
struct walk {
	uintptr_t frame;                /* the next to look at; 0: none */
	uint32_t known;                 /* remembered frames older than all that were seen */
	uint32_t at;                    /* the oldest new frame */
};

static uint32_t py_walk_least(void)
{
	uint32_t nframe = table_control()->python_nframe;
	return nframe < NFRAME_MIN ? NFRAME_MIN : nframe < NFRAME_MAX ? nframe : NFRAME_MAX;
}

/* Shown frames that are kept beyond those. */
static uint32_t margin(void)
{
	return py_walk_least() < MARGIN_MAX ? py_walk_least() : MARGIN_MAX;
}

/* From 3.12 on each frame may have one beside it that is not shown. */
static uint32_t most(void) { return 2 * (py_walk_least() + margin()); }

static uint64_t frames_bytes(void)
{
	return (sizeof(struct py_state) + (most() + UINT64_C(1)) * sizeof(struct py_frame) + 63) /
	       64 * 64;
}

uint64_t py_state_bytes(void) { return frames_bytes() + py_lines_bytes(); }

/* ---- reading a frame --------------------------------------------------- */

static ALWAYS_INLINE uintptr_t top_frame(const struct py_layout *l, uintptr_t state)
{
	uintptr_t top = py_word(state + l->top);
	return l->shape == PY_CFRAME ? py_word(top + l->cframe_top) : top;
}

/* f_lasti, or -2 - its line where the frame object keeps that itself, as
 * PyFrame_GetLineNumber takes it. */
static ALWAYS_INLINE int64_t position(const struct py_layout *l, uintptr_t frame)
{
	if (LIKELY(l->shape != PY_FRAME_OBJECTS))
		return (int64_t)py_word(frame + l->at);
	int32_t line = *(const int32_t *)(frame + l->lineno);
	if (UNLIKELY(l->trace ? py_word(frame + l->trace) != 0 : line != 0))
		return INT64_C(-2) - line;
	return *(const int32_t *)(frame + l->at);
}

static ALWAYS_INLINE uint8_t owner(const struct py_layout *l, uintptr_t frame)
{
	return *(const uint8_t *)(frame + l->owner);
}

/* From 3.12 on: the frame stands for the C caller of the interpreter. */
static ALWAYS_INLINE bool is_shim(const struct py_layout *l, uintptr_t frame)
{
	return l->version >= 0x30c && owner(l, frame) >= PY_OWNER_SHIM;
}

static ALWAYS_INLINE uintptr_t code_of(const struct py_layout *l, uintptr_t frame)
{
	return UNLIKELY(is_shim(l, frame)) ? 0 : py_word(frame + l->code) & ~PY_TAGS;
}

/* ---- the memory -------------------------------------------------------- */

static ALWAYS_INLINE uint64_t py_walk_place_of(uintptr_t frame)
{
	return memo_place(frame, PY_PLACE_BITS);
}

/* The index of a frame among the first `known`, or 0.  Mostly it is the newest of them. */
static ALWAYS_INLINE uint32_t py_walk_find(const struct py_state *s, uintptr_t frame,
					   uint32_t known)
{
	if (LIKELY(s->frame[known].frame == frame))
		return known;
	uint32_t i = s->place[py_walk_place_of(frame)];
	return i <= known && s->frame[i].frame == frame ? i : 0;
}

static ALWAYS_INLINE bool py_walk_is_same(const struct py_layout *l,
					  const struct py_frame *e)
{
	return code_of(l, e->frame) == e->code &&
	       (e->code == 0 || position(l, e->frame) == e->at);
}

/* What a frame of the chain is to the remembered ones. */
struct met {
	uint32_t k;                     /* its index; 0: it is new */
	/* The oldest from k on that differs, 0 if none does. */
	uint32_t from;
	/* False if `from` does not follow the one that it followed. */
	bool linked;
};

static ALWAYS_INLINE struct met py_walk_meet(const struct py_state *s,
					     const struct py_layout *l, uintptr_t frame,
					     uint32_t known)
{
	uint32_t k = py_walk_find(s, frame, known), differs = 0;
	struct met met = {.k = k, .linked = true};
	for (const struct py_frame *e = &s->frame[k]; k > 0; k--, e--) {
		uintptr_t previous = py_word(e->frame + l->previous);
		if (UNLIKELY(!py_walk_is_same(l, e)))
			differs = k;
		if (LIKELY(k > 1 ? previous == e[-1].frame : (previous != 0) == s->anchored))
			continue;
		met.linked = false;
		differs = k;
		break;
	}
	met.from = differs;
	return met;
}

/* Drops what was remembered of code objects that may have died since. */
static NOINLINE void bury(struct py_state *s, uint64_t deaths)
{
	uint32_t i = 1;
	while (i <= s->count && (!s->frame[i].code ||
				 s->frame[i].deaths == py_deaths_of(s->frame[i].code)))
		i++;
	s->count = i - 1;
	s->deaths = deaths;
}

/* ---- the walk ---------------------------------------------------------- */

static ALWAYS_INLINE void py_walk_push(struct py_state *s, struct walk *w,
				       const struct py_layout *l)
{
	struct py_frame *e = &s->frame[--w->at];
	if (UNLIKELY(w->known >= w->at))
		w->known = w->at - 1;
	e->frame = w->frame;
	e->code = code_of(l, w->frame);
	e->at = e->code ? position(l, w->frame) : 0;
	w->frame = py_word(w->frame + l->previous);
}

/* A remembered frame was met: true if from w->known on all is as it was. */
static ALWAYS_INLINE bool py_walk_join(struct py_state *s, struct walk *w,
				       const struct py_layout *l, struct met met)
{
	uint32_t known = met.from ? met.from - 1 : met.k;
	w->known = known;
	for (uint32_t k = met.k; met.from && k >= met.from; k--) {
		if (UNLIKELY(w->at == 1))
			return false;
		py_walk_push(s, w, l);
	}
	return met.linked && known > 0 && w->known == known;
}

/* True: the new frames stand on remembered frame w->known, or on the root (0).
 * False: the chain is longer than what is kept.  `met` is what w->frame is. */
static ALWAYS_INLINE bool py_walk_walk(struct py_state *s, struct walk *w,
				       const struct py_layout *l, struct met met)
{
	while (w->frame) {
		if (LIKELY(met.k)) {
			if (LIKELY(py_walk_join(s, w, l, met)))
				return true;
		} else {
			if (UNLIKELY(w->at == 1))
				return false;
			py_walk_push(s, w, l);
		}
		met = py_walk_meet(s, l, w->frame, w->known);
	}
	w->known = 0;
	s->anchored = false;
	return true;
}

/* What the new frames stand on. */
struct base {
	uint32_t node;
	bool whole;
};

static ALWAYS_INLINE void name(struct thread *thread, struct py_state *s, struct py_frame *e,
			       const struct py_layout *l)
{
	e->site = WIRE_SITE_NONE;
	e->deaths = 0;
	if (!e->code)
		return;
	e->deaths = py_deaths_of(e->code);
	struct py_place place = py_place(thread, s->lines, e->code, e->at, e->deaths);
	if (!place.early || owner(l, e->frame) == PY_OWNER_GENERATOR)
		e->site = place.site;
}

/* There is no room for the whole chain: an anchor, with `keep` shown frames on it. */
static NOINLINE struct base py_walk_base_deep(struct thread *thread, struct py_state *s,
					      struct walk *w, const struct py_layout *l)
{
	uint32_t first = s->most + 1;
	for (uint32_t shown = 0; first > w->at && shown < s->keep; shown += s->frame[first].site != 0)
		name(thread, s, &s->frame[--first], l);
	w->at = first;
	s->anchored = true;
	w->known = 0;
	uint32_t node = last_node(thread->stack, WIRE_TRACE_ROOT, WIRE_CUT_NFRAME);
	return (struct base){node, node != 0};
}

/* Names and interns frame *e, which is called from frame `older`, on *base. */
static ALWAYS_INLINE void py_walk_add(struct thread *thread, struct py_state *s,
				      struct py_frame *e, const struct py_frame *older,
				      struct base *base, const struct py_layout *l)
{
	name(thread, s, e, l);
	if (e->site && base->whole) {
		uint32_t node = last_node(thread->stack, base->node, e->site);
		base->whole = node != 0;
		base->node = node ? node : base->node;
	}
	e->node = base->node;
	e->whole = base->whole;
	e->shown = older->shown + (e->site != WIRE_SITE_NONE);
}

/* Interns the new frames and closes the array up; what the newest has. */
static ALWAYS_INLINE struct base py_walk_intern(struct thread *thread, struct py_state *s,
						struct walk *w, struct base base,
						const struct py_layout *l)
{
	for (uint32_t i = w->at; i <= s->most; i++) {
		struct py_frame *from = &s->frame[i], *to = &s->frame[++w->known];
		py_walk_add(thread, s, from, to - 1, &base, l);
		*to = *from;
		s->place[py_walk_place_of(to->frame)] = w->known;
	}
	return base;
}

/* Looks at the chain from w->frame on; what its newest frame has. */
static ALWAYS_INLINE struct base py_walk_take(struct thread *thread, struct py_state *s,
					      struct walk *w, const struct py_layout *l,
					      struct met met)
{
	struct base base = {WIRE_TRACE_ROOT, true};
	if (UNLIKELY(!py_walk_walk(s, w, l, met)))
		base = py_walk_base_deep(thread, s, w, l);
	else if (LIKELY(w->known))
		base = (struct base){s->frame[w->known].node, s->frame[w->known].whole};
	s->marked = s->marked < w->known ? s->marked : w->known;
	return py_walk_intern(thread, s, w, base, l);
}

static NOINLINE struct base take_anew(struct thread *thread, struct py_state *s, struct walk *w,
				      const struct py_layout *l)
{
	return py_walk_take(thread, s, w, l, (struct met){0});
}

static ALWAYS_INLINE uint32_t capture_end(struct py_state *s, struct base base, uint32_t known)
{
	atomic_signal_fence(memory_order_seq_cst);
	s->count = py.layout ? known : 0;
	if (LIKELY(base.whole))
		return base.node;
	atomic_fetch_add_explicit(&table_control()->truncated, 1, memory_order_relaxed);
	return base.node | WIRE_TRACE_FULL;
}

/* Forgets the frames that are newer than frame k. */
static ALWAYS_INLINE void py_walk_drop(struct py_state *s, uint32_t k)
{
	s->count = k;
	s->marked = s->marked < k ? s->marked : k;
}

/* The trace of a chain whose frame k, the newest, has gone on to another instruction: it is
 * changed where it stands.  Meanwhile only the older ones count as remembered. */
static NOINLINE uint32_t capture_newest(struct thread *thread, struct py_state *s,
					const struct py_layout *l, uint32_t k)
{
	struct py_frame *e = &s->frame[k];
	struct base base = {e[-1].node, true};
	py_walk_drop(s, k - 1);
	atomic_signal_fence(memory_order_seq_cst);
	e->code = code_of(l, e->frame);
	e->at = e->code ? position(l, e->frame) : 0;
	py_walk_add(thread, s, e, e - 1, &base, l);
	return capture_end(s, base, k);
}

/* The trace of a chain that has changed. */
static NOINLINE uint32_t capture_changed(struct thread *thread, struct py_state *s,
					 const struct py_layout *l, uintptr_t top,
					 struct met met)
{
	struct walk w = {.frame = top, .known = s->count, .at = s->most + 1};
	/* A handler may leave in between by a longjmp; then nothing half done must be
	 * left behind. */
	s->count = 0;
	atomic_signal_fence(memory_order_seq_cst);
	struct base base = py_walk_take(thread, s, &w, l, met);
	if (UNLIKELY(s->anchored && s->frame[w.known].shown < s->least)) {
		/* The anchor is too near: all anew. */
		w = (struct walk){.frame = top, .at = s->most + 1};
		base = take_anew(thread, s, &w, l);
	}
	return capture_end(s, base, w.known);
}

static ALWAYS_INLINE uint32_t capture(struct thread *thread, struct py_state *s,
				      const struct py_layout *l, uintptr_t top)
{
	/* Pairs with the death of a code object: its hash's count comes before. */
	uint64_t deaths = atomic_load_explicit(&py.deaths, memory_order_acquire);
	if (UNLIKELY(deaths != s->deaths))
		bury(s, deaths);
	struct met met = py_walk_meet(s, l, top, s->count);
	uint32_t k = met.k;
	if (LIKELY(k && met.linked && (!s->anchored || s->frame[k].shown >= s->least))) {
		if (!met.from && LIKELY(s->frame[k].whole)) {
			if (k != s->count)
				py_walk_drop(s, k);
			return s->frame[k].node;
		}
		if (met.from == k && !s->anchored && k > 1 && LIKELY(s->frame[k - 1].whole))
			return capture_newest(thread, s, l, k);
	}
	return capture_changed(thread, s, l, top, met);
}

static NOINLINE struct py_state *py_walk_begin(struct thread *thread)
{
	char *area = arena_map(py_state_bytes());
	if (!area)
		return NULL;
	struct py_state *s = (struct py_state *)(void *)area;
	s->lines = (struct py_lines *)(void *)(area + frames_bytes());
	s->least = py_walk_least();
	s->keep = s->least + margin() / 2;
	s->most = most();
	last_renew(thread->stack);
	thread->python = s;
	return s;
}

static ALWAYS_INLINE struct py_state *py_walk_capture(struct thread *thread, uintptr_t state,
						      uint32_t *trace)
{
	const struct py_layout *l = py.layout;
	uintptr_t top = l && state ? top_frame(l, state) : 0;
	struct py_state *s = thread->python;
	if (!top || (UNLIKELY(!s) && !(s = py_walk_begin(thread))))
		return NULL;
	*trace = capture(thread, s, l, top);
	return s;
}

struct py_state *py_capture(struct thread *thread, uintptr_t state, uint32_t *trace)
{
	return py_walk_capture(thread, state, trace);
}

uint32_t py_trace(struct thread *thread, bool gil)
{
	uint32_t trace = WIRE_TRACE_ROOT;
	if (!py.layout)
		return trace;
	uintptr_t state = gil ? py.current() : py.own();
	/* If this is another thread's state, its owner has broken the contract, or lent
	 * it. */
	if (state && py.thread_id &&
	    py_word(state + py.thread_id) != machine_thread())
		state = py.own();
	py_walk_capture(thread, state, &trace);
	return trace;
}
