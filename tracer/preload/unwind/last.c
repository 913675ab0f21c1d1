/* SPDX-License-Identifier: MIT */
/*
 * One array of frames, in which the oldest comes first everywhere:
 *
 *	  0   1 ... known            at ... most
 *	[end][remembered frames] ... [new frames]
 *
 * A walk goes from the leaf up and puts each frame in front of the new ones.
 * Remembered frames whose sp the walk has passed are passed over.  Where a
 * frame is a remembered one (pc, sp and rbp), all that is older follows from
 * memory alone: from each return address, and each slot that rbp was read from.
 * These words are compared, from the frame up.  All as they were: the rest of the
 * stack is what it was, and its trace is known.  One differs: the frames up to
 * that word are put before the new ones, and the walk goes on from there.  In
 * the end the new frames are interned, the oldest first, and closed up to the
 * remembered ones.
 *
 * This is exact, by induction from the frame that was found, if
 * - the step from a frame depends on its pc, sp, rbp and the words compared and on
 *   nothing else.  So no signal frame is remembered, nor any frame newer than it;
 *   nothing that stands on code without a module, whose rules may come; no stack
 *   that ended for want of readable memory.  A CFA that is read from memory is never
 *   found unchanged, but read again;
 * - the rules are the same: all is forgotten when the epoch changes (dlclose), and
 *   while it is unsettled nothing is remembered;
 * - each word compared can be read: it lies below the limit of this stack as it
 *   is known now, or the frame is stepped over again, which asks for the page;
 * - the ids are the segment's: a forked child has no state yet.
 * A longjmp or a throw needs no word here: it changes what the memory is compared with.
 * A frame that differs in rbp alone is found too if no step up to the root looks at
 * that rbp before it is read from memory again; and a word that such an rbp was read from
 * is not compared.
 *
 * Before a walk a run is looked for (runs.h), which says what several frames come to.
 *
 * Stacks deeper than three times nframe (or nframe and MARGIN_MAX) have an anchor for a
 * root: the chain below it has at least nframe frames, all that views show.  The anchor
 * stays as long as the stack has between nframe and so many frames on it.
 */
#include "tracer/preload/unwind/last.h"

#include <stdatomic.h>
#include <stddef.h>

#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/line.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/unwind/runs.h"
#include "tracer/preload/unwind/step.h"
#include "tracer/preload/segment/table.h"

#define NFRAME_MIN 16u
#define MARGIN_MAX 1024u                /* frames that are kept beyond nframe */
#define CREDIT_FOUND 2u                 /* runs.c */
#define CREDIT_MOST 64u

static struct {
	uint32_t least;                 /* frames on an anchor, at least */
	uint32_t keep;                  /* when one has just been set */
	uint32_t most;                  /* frames of a stack, at most */
	_Atomic bool frames;            /* each capture leaves its frames: no runs */
} last;

static ALWAYS_INLINE bool last_runs(void)
{
	return !atomic_load_explicit(&last.frames, memory_order_relaxed);
}

/* A walk under way. */
struct walk {
	struct cursor c;
	enum lines lines;
	struct frame *newest;           /* of the remembered frames that are still there */
	struct frame *known;            /* the newest of those that are not passed yet */
	struct frame *at;               /* the oldest new frame */
	struct frame *floor;            /* `at` never gets below */
	struct frame *firm;             /* new frames before this one may be remembered */
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
	/* 0: all that can be had. */
	last.least = nframe == 0 ? STATE_FRAMES_MAX : least;
	uint32_t most = least + (2 * least < MARGIN_MAX ? 2 * least : MARGIN_MAX);
	last.most = most > STATE_FRAMES_MAX || nframe == 0 ? STATE_FRAMES_MAX : most;
	last.keep = (uint32_t)(((uint64_t)last.least + last.most) / 2);
}

void stack_keep_frames(void) { atomic_store(&last.frames, true); }

uint64_t last_state_bytes(void)
{
	return sizeof(struct stack_state) + (last.most + UINT64_C(1)) * sizeof(struct frame);
}

static struct pc_line *last_line_of(struct stack_state *state, uintptr_t pc)
{
	return &state->line[memo_place(pc, STATE_LINE_BITS)];
}

/* The entry of `pc`, which has no line; it gets one if `lines` lets it. */
static NOINLINE uint64_t last_find_entry(struct stack_state *state, uintptr_t pc,
					 enum lines lines)
{
	uint64_t entry = rules_look_up(state, pc, state->epoch);
	if (lines == LINES_WRITE && rules_lasting(entry, state->epoch)) {
		struct pc_line *line = last_line_of(state, pc),
			       made = line_make(pc, entry);
		/* In this order for a handler that looks in between. */
		*(volatile uint64_t *)&line->key = UINT64_MAX;
		*(volatile int32_t *)&line->cfa = made.cfa;
		*(volatile uint32_t *)&line->site = made.site;
		*(volatile uint64_t *)&line->key = made.key;
	}
	return entry;
}

uint64_t last_entry(struct stack_state *state, uintptr_t pc, uint64_t epoch, enum lines lines)
{
	const struct pc_line *line = last_line_of(state, pc);
	if (lines != LINES_OFF && line_is(line, pc) && line_how(line) == LINE_OTHER)
		return (uint64_t)line->site << 32 | (uint32_t)line->cfa;
	return rules_look_up(state, pc, epoch);
}

/* ---- trace ids --------------------------------------------------------- */

static void last_add_node(void *argument)
{
	struct cold *cold = argument;
	cold->node = intern_add(intern_nodes(), cold->word);
}

/* Adding may wait for memtop or map memory: on the spare stack. */
static NOINLINE uint32_t last_new_node(struct stack_state *state, uint64_t word)
{
	uint32_t node = intern_find(intern_nodes(), word);
	if (!node)
		node = intern_insert(intern_nodes(), word);
	struct cold *cold = node || intern_full(intern_nodes()) ? NULL : cold_begin(state);
	if (!cold)
		return node;
	cold->word = word;
	cold_run(cold, last_add_node, cold);
	node = cold->node;
	cold_end(state, cold);
	return node;
}

/* The node of (parent, site); 0: it is new and there is no room for it. */
static ALWAYS_INLINE uint32_t find_node(struct stack_state *state, uint32_t parent, uint32_t site)
{
	uint64_t word = wire_node(parent, site), place = memo_place(word, STATE_NODE_BITS);
	uint32_t node = intern_neighbour(parent, word);
	if (LIKELY(node))
		return node;
	if (LIKELY(state->node[place].word == word))
		return (uint32_t)state->node[place].node;
	node = last_new_node(state, word);
	if (node) {
		/* In this order: a handler may leave in between by a longjmp. */
		*(volatile uint64_t *)&state->node[place].word = 0;
		*(volatile uint64_t *)&state->node[place].node = node;
		*(volatile uint64_t *)&state->node[place].word = word;
	}
	return node;
}

uint32_t last_node(struct stack_state *state, uint32_t parent, uint32_t site)
{
	return find_node(state, parent, site);
}

static void count_truncated(void)
{
	atomic_fetch_add_explicit(&table_control()->truncated, 1, memory_order_relaxed);
}

/* ---- the memory -------------------------------------------------------- */

static ALWAYS_INLINE bool last_is_same(const struct frame *f, const struct cursor *c)
{
	return f->pc == c->pc && (LIKELY(f->bp == c->bp) || !(f->read.how & FRAME_BP_MATTERS));
}

/* The frame, `known` or an older one, from which the stack does not go on as it
 * did; NULL if all is as it was. */
static ALWAYS_INLINE struct frame *last_compare(struct frame *frame, struct frame *known,
						uintptr_t limit)
{
	struct frame *f = known, *end = &frame[1];
	while (UNLIKELY(end->sp > limit) && end < f)
		end++;
	for (; f > end; f--) {
		if (step_word(f[-1].sp - 8) != f[-1].pc + 1 ||
		    step_word(f->sp + f->read.slot) != f->read.value)
			return f;
	}
	return end > &frame[1] ? end : NULL;
}

/* Frames newer than `from` up to `known` are new ones too: in front of the others.  Beyond
 * `from` rbp may matter again, so it is read wherever it was not compared. */
static ALWAYS_INLINE void last_take_over(struct walk *w, struct frame *from)
{
	uintptr_t bp = w->c.bp;
	/* All have their place: known < at, and floor is checked before each push. */
	for (const struct frame *old = w->known; old > from; old--) {
		struct frame *f = --w->at;
		*f = *old;
		f->bp = bp;
		if (old->read.how & FRAME_BP_SAVED) {
			f->read.slot = (old->read.how >> FRAME_SLOT_SHIFT) * 8;
			f->read.value = bp = step_word(f->sp + f->read.slot);
		} else if (!(old->read.how & FRAME_BP_KEPT)) {
			bp = old[-1].bp;
		}
	}
	w->c.pc = from->pc;
	w->c.sp = from->sp;
	w->c.bp = bp;
	w->known = from - 1;
	if (w->newest >= w->at)
		w->newest = w->at - 1;
}

/* ---- the walk ---------------------------------------------------------- */

/* The cursor's frame becomes the oldest new one. */
static ALWAYS_INLINE struct frame *last_push(struct walk *w)
{
	struct frame *f = --w->at;
	if (UNLIKELY(w->newest >= f)) {
		w->newest = f - 1;
		if (w->known > w->newest)
			w->known = w->newest;
	}
	f->pc = w->c.pc;
	f->sp = w->c.sp;
	f->bp = w->c.bp;
	return f;
}

/* The remembered frames begin where the cursor is: true if that is the end. */
static ALWAYS_INLINE bool last_join(struct stack_state *state, struct walk *w)
{
	struct frame *from = last_compare(state->frame, w->known, w->c.limit);
	if (LIKELY(!from)) {
		const struct frame *end = &state->frame[last.most + 1];
		if (LIKELY(!state->anchored ||
			   (w->known - state->frame) + (end - w->at) >= last.least))
			return true;
		/* The anchor is too near: there is something beyond it. */
		from = &state->frame[1];
		w->floor = &state->frame[last.most + 1 - last.keep];
	}
	last_take_over(w, from);
	return false;
}

/* Steps from frame f, the cursor's, by any rule. */
static ALWAYS_INLINE enum step go_on(struct stack_state *state, struct walk *w, struct frame *f,
				     uint64_t entry)
{
	struct step_read read = {0};
	uint32_t rule = rules_rule(entry);
	f->site = rules_site(entry);
	if (f->site == WIRE_SITE_NONE && rule == CFI_END) {
		w->at++;                /* what stands there is no code */
		return w->c.pc == UINTPTR_MAX ? STEP_LAST : STEP_STUCK;
	}
	/* Right behind the frame that it interrupted stands the signal frame. */
	bool interrupted = &f[1] == w->firm && w->firm != &state->frame[last.most + 1];
	enum step how = step(&w->c, rule, &state->bounds, &read, interrupted);
	if (cfi_kind(rule) == CFI_RBP_DEREF && how == STEP_ON) {
		read.slot = (uint32_t)(w->c.sp - 8 - f->sp);
		read.value = 0;         /* no return address: never the same */
	}
	f->read = read;
	return how;
}

/* Why the walk ends before the root, at the cursor; 0: it is the root. */
static NOINLINE uint32_t find_cut(struct stack_state *state, const struct walk *w, enum step how)
{
	bool own = bounds_is_own(&state->bounds, w->c.sp);
	uint64_t entry;
	switch (how) {
	case STEP_BARE:
		if (own)
			return bounds_is_first(w->c.sp) ? 0 : WIRE_CUT_NO_RULES;
		/* Nothing was called from in front of a function: makecontext wrote that. */
		entry = rules_look_up(state, w->c.pc + 1, state->epoch);
		return cfi_kind(rules_rule(entry)) == CFI_NONE ? WIRE_CUT_NO_RULES
							       : WIRE_CUT_COROUTINE;
	case STEP_JIT:
		return WIRE_CUT_JIT;
	case STEP_LAST:
		return own ? 0 : WIRE_CUT_COROUTINE;
	case STEP_STUCK:
		return own ? WIRE_CUT_UNREADABLE : WIRE_CUT_COROUTINE;
	default:
		return 0;
	}
}

/* What is not one of the simple steps, or has no line yet; true: it ends the walk. */
static NOINLINE bool walk_on(struct stack_state *state, struct walk *w, bool has_line,
			     enum walk_end *end)
{
	uint64_t entry = has_line ? last_entry(state, w->c.pc, state->epoch, w->lines) :
				    last_find_entry(state, w->c.pc, w->lines);
	enum step how = go_on(state, w, w->at, entry);
	line_start(&w->c);
	if (how == STEP_ON)
		return false;
	if (how != STEP_ROOT && how != STEP_BARE)
		w->firm = w->at;
	if (how == STEP_SIGNAL) {
		w->known = w->newest;           /* perhaps another stack: see all again */
		return false;
	}
	w->cut = find_cut(state, w, how);
	*end = how == STEP_IRREGULAR ? WALK_IRREGULAR : WALK_ENDED;
	return true;
}

/* Steps over the cursor's frame, which gets its place; true: that ends the walk. */
static ALWAYS_INLINE bool walk_step(struct stack_state *state, struct walk *w,
				    enum walk_end *end)
{
	const struct pc_line *line = last_line_of(state, w->c.pc);
	struct frame *f = last_push(w);
	bool has_line = w->lines != LINES_OFF && line_is(line, w->c.pc);
	if (LIKELY(has_line && line_step(line, &w->c, &f->read))) {
		f->site = line->site;
		return false;
	}
	struct walk copy = *w;          /* so that the walk itself may stay in registers */
	bool ends = walk_on(state, &copy, has_line, end);
	*w = copy;
	return ends;
}

static ALWAYS_INLINE enum walk_end last_walk(struct stack_state *state, struct walk *w)
{
	enum walk_end end;
	for (;;) {
		while (w->known->sp < w->c.sp)
			w->known--;
		if (w->known->sp == w->c.sp && last_is_same(w->known, &w->c) &&
		    last_join(state, w))
			return WALK_JOINED;
		if (UNLIKELY(w->at <= w->floor))
			return WALK_DEEP;
		if (UNLIKELY(walk_step(state, w, &end)))
			return end;
	}
}

/* ---- a capture --------------------------------------------------------- */

static NOINLINE void last_forget(struct stack_state *state, uint64_t epoch)
{
	state->count = 0;
	/* What an empty line says of address 0 is true: no code. */
	for (uint32_t i = 0; i < 1u << STATE_LINE_BITS; i++) {
		*(volatile uint64_t *)&state->line[i].key = LINE_OTHER << 8;
		*(volatile int32_t *)&state->line[i].cfa = CFI_END;
		*(volatile uint32_t *)&state->line[i].site = WIRE_SITE_NONE;
	}
	for (uint32_t i = 0; i < 1u << STATE_NODE_BITS; i++)
		*(volatile uint64_t *)&state->node[i].word = 0;
	runs_forget(state);
	state->frame[0].sp = UINTPTR_MAX;
	state->epoch = epoch;
}

/* What the new frames stand on, for each way a walk ends. */
struct base {
	uint32_t node, how;             /* enum frame_how */
};

static NOINLINE struct base base_cut(struct stack_state *state, uint32_t cut)
{
	uint32_t node = find_node(state, WIRE_TRACE_ROOT, cut);
	state->cut = cut;
	return (struct base){node, node ? 0 : FRAME_TRUNCATED};
}

/* Frames are missing that lie beyond an anchor, the first of those that are kept. */
static NOINLINE struct base last_base_deep(struct stack_state *state, struct frame *first)
{
	state->anchored = true;
	/* What lies beyond may look at rbp. */
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
		if (w->at < first)
			w->at = first;
		return last_base_deep(state, first);
	}
	state->anchored = false;
	if (UNLIKELY(w->cut))
		return base_cut(state, w->cut);
	state->cut = 0;
	return (struct base){WIRE_TRACE_ROOT, 0};
}

/* The node of new frame f on *base, which becomes it.  Where there is none, the
 * longest older part stands for all that is newer; false: it is to be tried again
 * the next time. */
static ALWAYS_INLINE bool intern_frame(struct stack_state *state, const struct frame *f,
				       struct base *base)
{
	uint32_t how = f->read.how & (FRAME_BP_KEPT | FRAME_BP_READ), node = 0;
	/* It is read here, or is kept for one that reads it; without a branch. */
	how |= ((how & FRAME_BP_READ) << 1) | (how * FRAME_BP_MATTERS & base->how & FRAME_BP_MATTERS);
	if (LIKELY(!(base->how & FRAME_TRUNCATED) && f->site != WIRE_SITE_NONE))
		node = find_node(state, base->node, f->site);
	base->how = how;
	if (LIKELY(node)) {
		base->node = node;
		return true;
	}
	base->how |= FRAME_TRUNCATED;
	return intern_full(intern_nodes());
}

/* What of the step from f to `older` is compared from now on.  Its return address is; and
 * the word that rbp was read from if that matters to `older` or further on. */
static ALWAYS_INLINE void last_set_read(struct frame *f, const struct frame *older,
					struct step_read read, uint32_t older_how, uint32_t how)
{
	uint32_t ret = (uint32_t)(older->sp - 8 - f->sp);
	/* Without a branch. */
	bool saved = !(older_how & FRAME_BP_MATTERS) & !(how & FRAME_BP_KEPT) &
		     (read.slot != ret) & (read.slot < FRAME_SLOT_END);
	uint32_t slot = read.slot / 8 << FRAME_SLOT_SHIFT;
	f->read.value = saved ? older->pc + 1 : read.value;
	f->read.slot = saved ? ret : read.slot;
	f->read.how = saved ? how | FRAME_BP_SAVED | slot : how;
}

/* Interns the new frames and closes the array up; the trace of the newest. */
static ALWAYS_INLINE uint32_t last_intern(struct stack_state *state, struct walk *w,
					  struct base base)
{
	const struct frame *end = &state->frame[last.most + 1];
	struct frame *to = w->known + 1;
	for (struct frame *from = w->at; from < end; from++) {
		uint32_t older = base.how;
		if (UNLIKELY(!intern_frame(state, from, &base)) && w->firm > from)
			w->firm = from;
		if (UNLIKELY(from >= w->firm))
			continue;
		/* Field by field: a word that was written in halves a moment ago is slow. */
		to->pc = from->pc;
		to->sp = from->sp;
		to->bp = from->bp;
		last_set_read(to, to - 1, from->read, older, base.how);
		to->site = from->site;
		to->node = base.node;
		to++;
	}
	w->known = to - 1;
	state->whole = !(base.how & FRAME_TRUNCATED);
	if (LIKELY(state->whole))
		return base.node;
	count_truncated();
	return base.node | WIRE_TRACE_FULL;
}

/* The trace by a run, if there is one that the stack follows; 0: walk. */
static ALWAYS_INLINE uint32_t last_run(struct stack_state *state, const struct cursor *c)
{
	struct frame *join;
	const struct run *run = runs_find(state, c, &join);
	if (!run || UNLIKELY(last_compare(state->frame, join, c->limit)))
		return 0;
	state->run_credit += state->run_credit < CREDIT_MOST ? CREDIT_FOUND : 0;
	state->whole = true;
	return run->node;
}

/* Walks, and interns what it found; false: the stack is irregular. */
static ALWAYS_INLINE bool last_walk_all(struct stack_state *state, struct walk *w,
					uint32_t *trace)
{
	const struct frame *end = &state->frame[last.most + 1];
	enum walk_end how = last_walk(state, w);
	if (UNLIKELY(how == WALK_IRREGULAR))
		return false;
	*trace = last_intern(state, w, find_base(state, w, how));
	w->newest = w->lines == LINES_OFF ? state->frame : w->known;
	/* The new frames stand on this one, if all were remembered. */
	const struct frame *join = w->known - (end - w->at);
	if (w->firm == end && join > state->frame && join < w->known && state->whole &&
	    w->lines != LINES_OFF && last_runs() && !state->anchored)
		runs_keep(state, join, w->known, w->c.limit);
	return true;
}

enum stack_kind last_capture(struct stack_state *state, const struct stack_caller *caller,
			     uint32_t *trace)
{
	struct frame *frame = state->frame, *end = &frame[last.most + 1];
	struct walk w = {.at = end, .floor = &frame[1], .firm = end};
	uint64_t epoch = rules_epoch();
	if (UNLIKELY(epoch != state->epoch))
		last_forget(state, epoch);
	w.lines = LIKELY(!rules_unsettled(epoch)) ? LINES_WRITE : LINES_OFF;
	step_start(&w.c, caller, &state->bounds);
	line_start(&w.c);
	if (LIKELY(w.lines != LINES_OFF && last_runs())) {
		*trace = last_run(state, &w.c);
		if (LIKELY(*trace))
			return STACK_TRACE;
	}
	w.known = w.newest = &frame[state->count];
	/* Who leaves a handler in between by a longjmp leaves nothing half done. */
	state->count = 0;
	atomic_signal_fence(memory_order_seq_cst);
	bool regular = last_walk_all(state, &w, trace);
	atomic_signal_fence(memory_order_seq_cst);
	state->count = (uint32_t)(w.newest - frame);
	return regular ? STACK_TRACE : STACK_IRREGULAR;
}
