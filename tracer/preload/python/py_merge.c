/* SPDX-License-Identifier: MIT */
/*
 * One stack out of two.  Each time that C enters the interpreter's loop, something
 * of Python's stands in that C frame, linked from Python's own chain: a cframe (3.10
 * to 3.12), or a shim among the frames (3.12 on).  So a C frame in whose part of the
 * stack such a mark lies is the loop that ran the Python frames from there to the
 * next mark, and they take its place:
 *
 *	C stack, oldest first    marks        merged
 *	main                                  (the interpreter's own C frames: left out)
 *	_PyEval_EvalFrameDefault x            f, g
 *	PyObject_Call...                      (left out)
 *	module.so: sort                       module.so: sort
 *	_PyEval_EvalFrameDefault x            key
 *	module2.so: alloc                     module2.so: alloc
 *
 * To 3.9 each Python frame has its own loop, known by its address.
 *
 * Addresses decide, but which frames stand where is settled by the two traces: by the
 * C frames' sites, and Python's with the entries marked.  So the pair (native trace,
 * marked trace) is remembered with what it became, and a stack that was seen
 * before costs two walks and one look.
 */
#include "tracer/preload/python/py_state.h"

#include <stddef.h>

#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/last.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/ring/thread.h"

/* The first frames of the oldest run may lie beyond the anchor; then the run begins with
 * those that are known. */
static bool is_entry(const struct py_layout *l, const struct py_state *s, const struct py_frame *f)
{
	if (f == &s->frame[1])
		return true;
	if (l->shape == PY_FRAME_OBJECTS)
		return true;
	return l->entry ? *(const uint8_t *)(f->frame + l->entry) : f->code == 0;
}

/* The trace of all frames with the entries marked.  No event names it; a cut's
 * site, which stands nowhere else above the root, is the mark. */
static uint32_t find_marked(struct thread *thread, struct py_state *s, uint32_t trace)
{
	const struct py_layout *l = py.layout;
	if (l->shape == PY_FRAME_OBJECTS)
		return trace;
	for (uint32_t i = s->marked + 1; i <= s->count; i++) {
		struct py_frame *f = &s->frame[i];
		uint32_t node = i > 1 ? f[-1].marked : WIRE_TRACE_ROOT, next = node;
		f->entry = is_entry(l, s, f);
		if (f->entry)
			next = last_node(thread->stack, node, WIRE_CUT_NFRAME);
		if (next && f->site)
			next = last_node(thread->stack, next, f->site);
		if (!next)
			return WIRE_TRACE_ROOT;         /* no room */
		f->marked = next;
		s->marked = i;
	}
	return s->frame[s->count].marked;
}

/* ---- marks ------------------------------------------------------------- */

/* The shim that the oldest frames stand on, which may lie beyond the anchor; 0: none. */
static uintptr_t find_shim(const struct py_layout *l, uintptr_t frame, uintptr_t base)
{
	while (frame && *(const uint8_t *)(frame + l->owner) < PY_OWNER_SHIM)
		frame = py_word(frame + l->previous);
	return frame == base ? 0 : frame;
}

/* Gives each entry the address of its mark, from the newest on. */
static void find_marks(struct py_state *s, uintptr_t state)
{
	const struct py_layout *l = py.layout;
	bool shims = l->shape != PY_FRAME_OBJECTS && !l->entry;
	uintptr_t base = l->base ? py_word(state + l->base) : 0;
	uintptr_t cframe = l->cframe_previous && !shims ? py_word(state + l->cframe) : 0;
	for (uint32_t i = s->count; i > 0; i--) {
		struct py_frame *f = &s->frame[i];
		f->entry = is_entry(l, s, f);
		f->mark = shims && f->frame != base ? f->frame : 0;
		if (!f->entry || !cframe)
			continue;
		f->mark = cframe;
		cframe = py_word(cframe + l->cframe_previous);
	}
	if (shims && s->count)
		s->frame[1].mark = find_shim(l, s->frame[1].frame, base);
}

/* To 3.9: as many of the newest frames as there are loops on the C stack stand
 * in these. */
static void find_loops(struct py_state *s, const struct stack_state *c)
{
	uint32_t i = s->count;
	for (uint32_t k = c->count; k > 0; k--)
		if (c->frame[k].pc >= py.eval && c->frame[k].pc < py.eval_end && i > 0)
			s->frame[i--].mark = c->frame[k].sp;
}

/* ---- merging ----------------------------------------------------------- */

struct merge {
	struct thread *thread;
	struct py_state *s;
	uint32_t next;                  /* the oldest Python frame that is not in yet */
	uint32_t node;
	bool whole;
};

static void py_merge_add(struct merge *m, uint32_t site)
{
	uint32_t node = site && m->whole ? last_node(m->thread->stack, m->node, site) : 0;
	if (node)
		m->node = node;
	else if (site)
		m->whole = false;
}

/* Adds the Python frames from the next entry to the one after it. */
static void add_run(struct merge *m)
{
	do
		py_merge_add(m, m->s->frame[m->next++].site);
	while (m->next <= m->s->count && !m->s->frame[m->next].entry);
}

static uint32_t module_of(uint32_t site)
{
	return wire_site_module(intern_word(intern_sites(), site));
}

/* The interpreter's own module: that of a frame with a mark in it. */
static void py_merge_learn_module(const struct stack_state *c, const struct py_state *s)
{
	for (uint32_t i = s->count; i > 0 && !py.module; i--)
		for (uint32_t k = 2; k <= c->count && s->frame[i].mark; k++)
			if (s->frame[i].mark >= c->frame[k].sp &&
			    s->frame[i].mark < c->frame[k - 1].sp)
				py.module = module_of(c->frame[k].site);
}

/* 0 if the marks do not fit the stack; WIRE_TRACE_FULL if there is no room. */
static NOINLINE uint32_t py_merge_merge(struct thread *thread, struct py_state *s,
					uintptr_t state)
{
	const struct stack_state *c = thread->stack;
	struct merge m = {.thread = thread, .s = s, .next = 1, .whole = true};
	find_marks(s, state);
	if (py.eval)
		find_loops(s, c);
	if (!py.module)
		py_merge_learn_module(c, s);
	py_merge_add(&m, s->anchored ? WIRE_CUT_NFRAME : c->cut);
	for (uint32_t k = 1; k <= c->count; k++) {
		/* It is not known where the oldest frame ends, so marks above it are
		 * those of other frames. */
		uintptr_t low = c->frame[k].sp, high = k > 1 ? c->frame[k - 1].sp : low;
		const struct py_frame *next = &s->frame[m.next];
		/* Adds what is older than all that is known of the C stack, or is
		 * elsewhere. */
		while (m.next <= s->count && (next->mark == 0 || next->mark >= high)) {
			add_run(&m);
			next = &s->frame[m.next];
		}
		if (m.next <= s->count && next->mark >= low)
			add_run(&m);
		else if (m.next > s->count || module_of(c->frame[k].site) != py.module)
			py_merge_add(&m, c->frame[k].site);
	}
	if (!m.whole)
		return WIRE_TRACE_FULL;
	return m.next > s->count ? m.node : 0;
}

uint32_t py_merge(struct thread *thread, uint32_t native)
{
	uintptr_t state = py.own();
	const struct stack_state *c = thread->stack;
	uint32_t trace = WIRE_TRACE_ROOT;
	struct py_state *s = state ? py_capture(thread, state, &trace) : NULL;
	if (!s || !s->count || !trace)
		return native;
	if (!c->whole || trace & WIRE_TRACE_FULL)
		return trace | WIRE_TRACE_FULL;
	/* Frames that are not remembered can't be told apart. */
	if (!c->count || c->frame[c->count].node != native)
		return trace;
	uint32_t marked = find_marked(thread, s, trace);
	uint64_t pair = (uint64_t)native << 32 | marked, place = memo_place(pair, PY_MERGED_BITS);
	if (s->merged[place].pair == pair)
		return (uint32_t)s->merged[place].merged;
	uint32_t merged = marked ? py_merge_merge(thread, s, state) : WIRE_TRACE_FULL;
	if (!merged || merged == WIRE_TRACE_FULL)
		return trace | merged;
	/* In this order: a handler may leave in between by a longjmp. */
	*(volatile uint64_t *)&s->merged[place].pair = 0;
	*(volatile uint64_t *)&s->merged[place].merged = merged;
	*(volatile uint64_t *)&s->merged[place].pair = pair;
	return merged;
}
