/* SPDX-License-Identifier: MIT */
/*
 * The memory of the last stack.  share/doc/UNWINDING.md has the algorithm, a worked
 * example, and why it is exact.  One array of frames, the oldest first everywhere:
 *
 *	  0   1 ... known       at ... top
 *	[end][remembered frames]...[new frames]
 *
 * New frames stand where the remembered ones are that the walk has passed, as long as
 * there is room for them, and else at the end of the array.
 *
 * Two conditions of exactness stand in no other file: a CFA that is read from memory is
 * never found unchanged, but read again; and each word that is compared lies below the
 * limit of this stack as it is known now, or else the frame is stepped over again, which
 * tests the page.
 */
#include "tracer/preload/unwind/last.h"

#include <stdatomic.h>
#include <stddef.h>

#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/line.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/unwind/runs.h"
#include "tracer/preload/unwind/same.h"
#include "tracer/preload/unwind/step.h"
#include "tracer/preload/segment/table.h"

#define NFRAME_MIN 16u
#define MARGIN_MAX 1024u                /* frames that are kept beyond nframe, at most */
#define GAP 8                           /* frames, see last_room */
#define GAP_TURNS 31u                   /* see last_intern */

static struct {
	uint32_t least;                 /* frames of an anchored stack, at least */
	uint32_t keep;                  /* frames, when an anchor has just been set */
	uint32_t most;                  /* no stack has more frames than that */
} last;

struct walk {                           /* under way */
	struct cursor c;
	enum lines lines;
	struct frame *newest;           /* remembered frame, unless `at` has come to it */
	/* The newest remembered frame that the walk has not passed yet. */
	struct frame *known;
	struct frame *at, *top;         /* the oldest new frame, and the end of them */
	struct frame *floor;            /* the lowest place that `at` may get to */
	/* Only new frames that are older than this one may be remembered. */
	struct frame *firm;
	/* Code that was made at run time is among the new frames. */
	bool made;
	uint32_t cut;                   /* enum wire_cut: why it ended */
};

enum walk_end {
	WALK_JOINED,                    /* with the remembered frame `known` */
	WALK_ENDED,                     /* at the root, or the walk's `cut` says why not */
	WALK_DEEP,                      /* deeper than is followed */
	WALK_IRREGULAR
};

void last_start(uint32_t nframe)
{
	uint32_t least = nframe < NFRAME_MIN ? NFRAME_MIN : nframe;
	/* nframe 0 asks for as many frames as there are. */
	last.least = nframe == 0 ? STATE_FRAMES_MAX : least;
	uint32_t most = least + (2 * least < MARGIN_MAX ? 2 * least : MARGIN_MAX);
	last.most = most > STATE_FRAMES_MAX || nframe == 0 ? STATE_FRAMES_MAX : most;
	last.keep = (uint32_t)(((uint64_t)last.least + last.most) / 2);
}

uint64_t last_state_bytes(void)
{
	return sizeof(struct stack_state) + (last.most + UINT64_C(1)) * sizeof(struct frame);
}

static struct pc_line *last_line_of(struct stack_state *state, uintptr_t pc)
{
	return &state->line[memo_place(pc, STATE_LINE_BITS)];
}

uint64_t last_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch, enum lines lines)
{
	const struct pc_line *line = last_line_of(state, pc);
	if (lines != LINES_OFF && line_is_other(line, pc))
		return (uint64_t)line->site << 32 | line->rule;
	return rules_look_up(state, pc, epoch);
}

/* ---- trace ids --------------------------------------------------------- */

/* Of all that a hook calls this reaches deepest into the program's stack, so what needs
 * more registers stands in a function of its own, which it ends in. */
static NOINLINE uint32_t last_new_node(struct stack_state *state, uint32_t parent, uint64_t word)
{
	uint32_t node = intern_new_child(parent, word);
	return node || intern_full(intern_nodes()) ? node : cold_new_node(state, word);
}

/* The node `word`, whose parent is `parent`, that is not the parent's neighbour; 0: it
 * is new and there is no room for it. */
static ALWAYS_INLINE uint32_t find_node(struct stack_state *state, uint32_t parent,
					uint64_t word)
{
	uint32_t node;
	uint64_t place = memo_place(word, STATE_NODE_BITS);
	if (LIKELY(state->node[place].word == word))
		return (uint32_t)state->node[place].node;
	node = intern_child(parent, word);
	if (UNLIKELY(!node))
		node = last_new_node(state, parent, word);
	if (node && node != parent + 1) {
		/* The word is cleared first, because a signal handler may leave in
		 * between by a longjmp. */
		*(volatile uint64_t *)&state->node[place].word = 0;
		*(volatile uint64_t *)&state->node[place].node = node;
		*(volatile uint64_t *)&state->node[place].word = word;
	}
	return node;
}

uint32_t last_node(struct stack_state *state, uint32_t parent, uint32_t site)
{
	uint64_t word = wire_node(parent, site);
	uint32_t node = intern_neighbour(parent, word);
	return node ? node : find_node(state, parent, word);
}

static COLD void count_truncated(void)
{
	atomic_fetch_add_explicit(&table_control()->truncated, 1, memory_order_relaxed);
}

/* ---- the memory -------------------------------------------------------- */

static ALWAYS_INLINE bool last_is_same(const struct frame *f, const struct cursor *c)
{
	return f->pc == c->pc && (LIKELY(f->bp == c->bp) || !(f->read.how & FRAME_BP_MATTERS));
}

/* Moves the frames that are newer than `from`, up to `known`, in front of the new ones.
 * From `from` on fp may matter again, so it is read wherever it was not compared. */
static ALWAYS_INLINE void last_take_over(struct walk *w, struct frame *from)
{
	uintptr_t bp = w->c.bp;
	for (const struct frame *old = w->known; old > from; old--) {
		struct frame *f = --w->at;      /* known < at */
		frame_copy(f, old);
		f->bp = bp;
		f->read.how &= ~(FRAME_BP_MATTERS | FRAME_TRUNCATED | FRAME_BP_COMPARED);
		if (f->read.how & FRAME_BP_SAVED)
			bp = step_word(frame_saved_at(old));
		else if (!(f->read.how & FRAME_BP_KEPT))
			bp = STATE_BP_LOST;
	}
	w->c.pc = from->pc;
	w->c.sp = from->sp;
	w->c.bp = bp;
	w->known = from;
}

/* ---- the walk ---------------------------------------------------------- */

/* The newest remembered frame that no new one stands in place of. */
static ALWAYS_INLINE struct frame *last_newest(const struct walk *w)
{
	return w->newest < w->at ? w->newest : w->at - 1;
}

/* Makes room for one more new frame: moves them all to the end of the array, or forgets
 * remembered ones.  False: the stack is deeper than is followed. */
static COLD bool walk_move(struct stack_state *state, struct walk *w)
{
	struct frame *end = &state->frame[last.most + 1];
	ptrdiff_t up = end - w->top;
	state->gap_turns = GAP_TURNS;
	if (up > 0) {
		w->newest = w->known;
		for (struct frame *f = w->top - 1; f >= w->at; f--)
			frame_copy(&f[up], f);
		w->at += up;
		w->firm += up;
		w->top = end;
	}
	if (w->at <= w->floor)
		return false;
	if (w->known > w->at - 2)
		w->known = w->newest = w->at - 2;
	return true;
}

/* Where the new frames are to end: behind the newest remembered one; with a gap if some were
 * moved lately, as to close it in the end is less work. */
static ALWAYS_INLINE struct frame *last_room(struct stack_state *state, struct frame *newest)
{
	if (LIKELY(!state->gap_turns) || UNLIKELY(state->count + GAP >= last.most))
		return newest + 1;
	return newest + 1 + GAP;
}

static ALWAYS_INLINE bool last_make_room(struct stack_state *state, struct walk *w)
{
	if (LIKELY(w->at > w->floor && w->at - 1 > w->known))
		return true;
	/* A copy, so that the compiler can keep the walk itself in registers. */
	struct walk copy = *w;
	bool room = walk_move(state, &copy);
	*w = copy;
	return room;
}

static ALWAYS_INLINE void last_set(struct frame *f, const struct cursor *c)
{
	f->pc = c->pc;
	f->sp = c->sp;
	f->bp = c->bp;
}

/* The cursor has come to the remembered frame `known`.  True if the walk ends with
 * that; else the cursor's frame takes its place. */
static ALWAYS_INLINE bool last_join(struct stack_state *state, struct walk *w)
{
	struct frame *from = same_from(state, w->known, w->c.limit);
	if (LIKELY(!from)) {
		same_count(state, w->known);
		if (LIKELY(!state->anchored ||
			   (w->known - state->frame) + (w->top - w->at) >= last.least))
			return true;
		/* Too few frames stand on the anchor, so the walk must go on beyond
		 * it. */
		from = &state->frame[1];
		w->floor = &state->frame[last.most + 1 - last.keep];
	}
	last_take_over(w, from);
	return false;
}

/* Steps from the cursor's frame f to its caller, by any rule. */
static ALWAYS_INLINE enum step go_on(struct stack_state *state, struct walk *w, struct frame *f,
				     uint64_t entry)
{
	struct step_read read = {0};
	uint32_t rule = rules_rule(entry);
	f->site = rules_site(entry);
	if (f->site == WIRE_SITE_NONE && rule == CFI_END) {
		w->at++;                /* the address is no code, so it is no frame */
		return w->c.pc == UINTPTR_MAX ? STEP_LAST : w->made ? STEP_JIT : STEP_STUCK;
	}
	enum cfi_kind kind = cfi_kind(rule);
	if (UNLIKELY(kind == CFI_NO_MODULE || kind == CFI_NONE)) {
		rule = rules_of_made(state, &w->c, rule, w->made);
		w->made = w->made || kind != cfi_kind(rule);
	}
	/* If the frame before this one is a signal frame, this one was interrupted and
	 * its pc is no return address. */
	bool interrupted = &f[1] == w->firm && w->firm != w->top;
	enum step how = step(&w->c, rule, &state->bounds, &read, interrupted);
	/* What this reads is not known by the caller's frame. */
	read.how |= cfi_kind(rule) == CFI_FP_DEREF ? FRAME_AGAIN : 0;
	f->read = read;
	return how;
}

/* Steps over a frame that follows none of the simple rules, or whose pc has no line.  `entry`
 * 0: has not been asked for.  True: the walk ends here. */
static NOINLINE bool walk_on(struct stack_state *state, struct walk *w, uint64_t entry,
			     enum walk_end *end)
{
	if (!entry)
		entry = last_entry(state, w->c.pc, state->epoch, w->lines);
	enum step how = go_on(state, w, w->at, entry);
	line_start(&w->c);
	if (how == STEP_ON && cfi_kind(rules_rule(entry)) == CFI_NO_MODULE)
		w->firm = w->at;        /* such code comes and goes */
	if (how == STEP_ON)
		return false;
	if (how != STEP_ROOT && how != STEP_BARE)
		w->firm = w->at;
	if (how == STEP_SIGNAL) {
		/* This may be another stack, on which any remembered frame may be
		 * found. */
		w->known = last_newest(w);
		return false;
	}
	w->cut = step_cut(state, &w->c, how);
	*end = how == STEP_IRREGULAR ? WALK_IRREGULAR : WALK_ENDED;
	return true;
}

/* The same, so that what leads there is cold, but not itself. */
static COLD bool walk_aside(struct stack_state *state, struct walk *w, uint64_t entry,
			    enum walk_end *end)
{
	return walk_on(state, w, entry, end);
}

/* Adds the cursor's frame and steps to its caller.  True: the walk ends here. */
static ALWAYS_INLINE bool walk_step(struct stack_state *state, struct walk *w,
				    enum walk_end *end)
{
	struct pc_line *line = last_line_of(state, w->c.pc);
	struct frame *f = --w->at;
	uint64_t entry = 0;
	last_set(f, &w->c);
	if (UNLIKELY(line->key != w->c.pc) && w->lines != LINES_OFF && !line_is_other(line, w->c.pc))
		entry = rules_fill_line(state, w->c.pc, line);
	if (LIKELY(w->lines != LINES_OFF && line_step(line, &w->c, &f->read))) {
		f->site = line->site;
		return false;
	}
	struct walk copy = *w;          /* as in last_make_room */
	bool ends = walk_aside(state, &copy, entry, end);
	*w = copy;
	return ends;
}

/* True if the walk may end with the remembered frame f, at whose sp the cursor is: it is
 * the same, and was called from where it was. */
static ALWAYS_INLINE bool walk_may_join(const struct frame *f, const struct cursor *c)
{
	return f->pc == c->pc && (f[-1].sp > c->limit || same_return(f)) && last_is_same(f, c);
}

/* The cursor is at the sp of the remembered frame `known`, but not the same.  Takes
 * steps for as long as each leads to the sp of the next remembered frame, and puts the
 * new frames in place of these.  True: the frame there is the same. */
static ALWAYS_INLINE bool walk_along(struct stack_state *state, struct walk *w)
{
	struct frame *known = w->known, *at = w->at;
	bool may = w->lines != LINES_OFF && state->frame[1].sp <= w->c.limit, same = false;
	while (may && !same) {
		const struct pc_line *line = last_line_of(state, w->c.pc);
		last_set(&at[-1], &w->c);
		if (UNLIKELY(!line_step_to(line, known[-1].sp, &w->c, &at[-1].read)))
			break;
		at--, known--;
		at->site = line->site;
		same = walk_may_join(known, &w->c);
	}
	w->at = at;
	w->known = same ? known : known - 1;
	return same;
}

static ALWAYS_INLINE enum walk_end last_walk(struct stack_state *state, struct walk *w)
{
	enum walk_end end;
	for (;;) {
		while (w->known->sp < w->c.sp)
			w->known--;
		if (w->known->sp == w->c.sp) {
			bool same = walk_may_join(w->known, &w->c);
			do {
				if (same && last_join(state, w))
					return WALK_JOINED;
				same = walk_along(state, w);
			} while (same);
		}
		if (UNLIKELY(!last_make_room(state, w)))
			return WALK_DEEP;
		if (UNLIKELY(walk_step(state, w, &end)))
			return end;
	}
}

/* ---- a capture --------------------------------------------------------- */

static COLD void last_forget(struct stack_state *state, uint64_t epoch)
{
	same_forget(state);
	/* An empty line is that of an address which has no code, and says so: of 0 in its
	 * own place, else of LINE_OTHER. */
	for (uint32_t i = 0; i < 1u << STATE_LINE_BITS; i++) {
		*(volatile uint64_t *)&state->line[i].key = i == 0 ? LINE_OTHER : 0;
		*(volatile uint32_t *)&state->line[i].rule = CFI_END;
		*(volatile uint32_t *)&state->line[i].site = WIRE_SITE_NONE;
	}
	for (uint32_t i = 0; i < 1u << STATE_NODE_BITS; i++)
		*(volatile uint64_t *)&state->node[i].word = 0;
	runs_forget(state);
	state->part.end = 0;
	state->frame[0].sp = UINTPTR_MAX;
	state->epoch = epoch;
}

void last_renew(struct stack_state *state)
{
	uint64_t epoch = rules_epoch();
	if (epoch != state->epoch)
		last_forget(state, epoch);
}

/* What the new frames stand on, for each way a walk ends. */
struct base {
	uint32_t node, how;             /* enum frame_how */
};

static COLD struct base base_cut(struct stack_state *state, uint32_t cut)
{
	uint32_t node = last_node(state, WIRE_TRACE_ROOT, cut);
	state->cut = cut;
	return (struct base){node, node ? 0 : FRAME_TRUNCATED};
}

/* The base of a stack that is deeper than is followed: an anchor takes the place of the
 * frames that are left out. */
static COLD struct base last_base_deep(struct stack_state *state, struct frame *first)
{
	state->anchored = true;
	/* The frames beyond the anchor may use fp. */
	first->read.how |= FRAME_BP_READ;
	return base_cut(state, WIRE_CUT_NFRAME);
}

static ALWAYS_INLINE struct base find_base(struct stack_state *state, struct walk *w,
					   enum walk_end end)
{
	if (LIKELY(end == WALK_JOINED))
		return (struct base){w->known->node, w->known->read.how};
	w->known = state->frame;
	if (end == WALK_DEEP) {
		struct frame *first = &state->frame[last.most + 1 - last.keep];
		w->at = w->at < first ? first : w->at;
		w->firm = w->firm < w->at ? w->at : w->firm;
		return last_base_deep(state, first);
	}
	state->anchored = false;
	if (UNLIKELY(w->cut))
		return base_cut(state, w->cut);
	state->cut = 0;
	return (struct base){WIRE_TRACE_ROOT, 0};
}

/* From f on the new frames have no node, since a table is full: the base, the longest part
 * that has one, stands for them all.  If nodes may come yet, they are tried again later. */
static COLD struct frame *intern_truncated(struct frame *f, struct frame *top,
					       struct base base)
{
	struct frame *firm = intern_full(intern_nodes()) ? top : f;
	for (; f < top; f++) {
		base.how = frame_settle(f, base.how & FRAME_BP_MATTERS);
		f->read.how |= FRAME_TRUNCATED;
		f->node = base.node;
	}
	return firm;
}

/* The part of the node table that has this index. */
static ALWAYS_INLINE struct intern_part part_kept(struct stack_state *state, uint32_t index)
{
	if (LIKELY(intern_has(&state->part, index)))
		return state->part;
	struct intern_part part = intern_part_of(index);
	/* It is empty until it is whole, because a signal handler may leave in between by a
	 * longjmp. */
	*(volatile uint32_t *)&state->part.end = 0;
	*(volatile uintptr_t *)&state->part.base = part.base;
	*(volatile uint32_t *)&state->part.first = part.first;
	*(volatile uint32_t *)&state->part.end = part.end;
	return part;
}

/* Interns the frames from f to `top`, the oldest first, and moves them down to `to`.  Returns
 * the first that has no node; base is what that stands on. */
static ALWAYS_INLINE struct frame *intern_frames(struct stack_state *state, struct frame *f,
						 struct frame *top, struct frame *to,
						 struct base *base)
{
	struct intern_part part = part_kept(state, base->node + 1);
	bool moved = to != f;
	for (; f < top; f++, to++) {
		if (moved)
			frame_copy(to, f);
		uint64_t word = wire_node(base->node, f->site);
		if (UNLIKELY(f->site == WIRE_SITE_NONE))
			break;
		if (LIKELY(intern_beside(&part, base->node, word))) {
			base->node++;
		} else {
			uint32_t node = find_node(state, base->node, word);
			if (UNLIKELY(!node))
				break;
			base->node = node;
			intern_elsewhere(&part, node);
		}
		if (UNLIKELY(base->how) || UNLIKELY(f->read.how & FRAME_BP_READ))
			base->how = frame_settle(to, base->how);
		to->node = base->node;
	}
	return f;
}

/* Interns the new frames, moves them next to the remembered ones, and returns the trace
 * of the newest. */
static ALWAYS_INLINE uint32_t last_intern(struct stack_state *state, struct walk *w,
					  struct base base)
{
	if (w->at < w->top)
		same_unlist(state, w->known);
	bool whole = !(base.how & FRAME_TRUNCATED);
	struct frame *to = w->known + 1;
	ptrdiff_t down = w->at - to;
	state->gap_turns >>= w->at == to + GAP; /* without it nothing had to be moved */
	base.how &= FRAME_BP_MATTERS;
	struct frame *f = intern_frames(state, w->at, LIKELY(whole) ? w->top : w->at, to, &base);
	w->known = &to[w->firm - w->at] - 1;
	state->whole = whole && f == w->top;
	if (UNLIKELY(!state->whole)) {
		for (struct frame *next = f; next < w->top; next++)
			frame_copy(&next[-down], next);
		struct frame *firm = intern_truncated(f - down, w->top - down, base);
		if (firm < w->firm - down)
			w->known = firm - 1;
		count_truncated();
		base.node |= WIRE_TRACE_FULL;
	}
	return base.node;
}

/* Walks the stack and interns its frames, if the stack is regular. */
static ALWAYS_INLINE void last_walk_all(struct stack_state *state, struct walk *w,
					uint32_t *trace)
{
	enum walk_end how = last_walk(state, w);
	if (UNLIKELY(how == WALK_IRREGULAR)) {
		w->newest = last_newest(w);
		return;
	}
	*trace = last_intern(state, w, find_base(state, w, how));
	w->newest = w->lines == LINES_OFF ? state->frame : w->known;
	if (!state->run_resting && w->firm == w->top && w->lines != LINES_OFF && last_runs())
		runs_keep(state, w->known - (w->top - w->at), w->known, w->c.limit);
}

/* The capture of a stack that is not the last one and follows no run. */
static ALWAYS_INLINE uint32_t capture_by(struct stack_state *state,
					 const struct stack_caller *caller, enum lines lines)
{
	uint32_t trace = WIRE_TRACE_ROOT;
	/* Set field by field below: gcc zeroes a whole struct by `rep stos`, which took a
	 * seventh of a capture. */
	struct walk w;
	w.lines = lines;
	step_start(&w.c, caller, &state->bounds);
	line_start(&w.c);
	w.floor = &state->frame[1];
	w.made = false;
	w.cut = 0;
	w.known = w.newest = &state->frame[state->count];
	w.at = w.top = w.firm = last_room(state, w.newest);
	/* While the array is being changed it counts as empty, so that a signal handler
	 * that leaves by a longjmp leaves nothing half done behind. */
	same_forget(state);
	atomic_signal_fence(memory_order_seq_cst);
	last_walk_all(state, &w, &trace);
	atomic_signal_fence(memory_order_seq_cst);
	state->count = (uint32_t)(w.newest - state->frame);
	return trace;
}

NOINLINE LINE_ALIGNED uint32_t last_capture(struct stack_state *state,
					    const struct stack_caller *caller)
{
	return capture_by(state, caller, LINES_WRITE);
}

COLD uint32_t last_unsettled(struct stack_state *state, const struct stack_caller *caller)
{
	return capture_by(state, caller, LINES_OFF);
}
