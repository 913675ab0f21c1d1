/* SPDX-License-Identifier: MIT */
/*
 * libunwind starts from the same three registers as we did, runs on a stack
 * mapped for the occasion, and is asked for one frame after the other:
 *
 *	our trace   leaf  ->  node -> node -> node -> root     sites
 *	libunwind   ip    ->  ip   -> ip   -> ip   -> end      module_find
 *
 * Wrong is a different site in any frame, a stack of ours that ends where
 * libunwind has rules to go on, or goes on where libunwind found the root.
 * Undecided is what libunwind can't judge: it gave up with an error, or our
 * stack ends at code without unwind information, where libunwind guesses by
 * the frame pointer.  Undecided stacks are shown if control->referee is 2.
 */
#include "tracer/preload/referee/referee.h"

#include <dlfcn.h>
#include <stddef.h>
#include <sys/ucontext.h>

#include "tracer/machine/process.h"
#include "tracer/preload/unwind/cfi.h"
#include "tracer/preload/unwind/cold.h"
#include "tracer/preload/segment/intern.h"
#include "tracer/preload/unwind/module.h"
#include "tracer/preload/unwind/rules.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/unwind/state.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"

#define STACK_BYTES (UINT64_C(256) << 10)
#define SHOWN 20

/* Of <libunwind.h>, which an injected library can't include. */
enum { UNW_CACHE_PER_THREAD = 2 };
struct unwinder_cursor {
	uint64_t opaque[MACHINE_UNWIND_WORDS];
};

static struct {
	int (*init)(struct unwinder_cursor *, ucontext_t *);
	int (*step)(struct unwinder_cursor *);
	int (*get)(struct unwinder_cursor *, int, uint64_t *);
	void (*flush)(void *, uint64_t, uint64_t);
	void **space;                   /* libunwind's name for this process */
	_Atomic uint64_t epoch;         /* that libunwind's caches belong to */
	_Atomic(char *) spare;          /* the stack that was used last */
	_Atomic uint64_t shown;
} referee;

static _Thread_local bool busy;

struct match {
	struct stack_state *state;
	const struct stack_caller *caller;
	uint32_t trace;
	ucontext_t context;
	struct unwinder_cursor cursor;
	char text[MAPS_TEXT];
};

enum verdict { SAME, WRONG, UNDECIDED };

struct ruling {
	enum verdict verdict;
	const char *why;
	unsigned frame;
	uint64_t ours, theirs;
};

/* The site that an address would have. */
static uint64_t site_of(struct match *m, uintptr_t pc)
{
	struct module_object object;
	if (module_find(pc, m->text, &object) != 0)
		return wire_site(WIRE_MODULE_NONE, pc);
	uint32_t index = module_index(&object, (uint32_t)(rules_epoch() >> 16), m->text);
	return wire_site(index, pc - object.bias);
}

/* Can the walk stop at this address for want of unwind information? */
static bool without_information(struct match *m, uintptr_t pc)
{
	uint32_t rule = rules_rule(rules_look_up(m->state, pc, rules_epoch()));
	return cfi_kind(rule) == CFI_NONE || cfi_kind(rule) == CFI_NO_MODULE;
}

/* Does the code at this site say that it was called by nobody?  libunwind for aarch64 ends
 * below such a frame since 1.8. */
static bool is_oldest(struct match *m, uint64_t site)
{
	uint32_t index = wire_site_module(site);
	const struct wire_module *module = table_at(WIRE_MODULES, index * sizeof(*module),
						    sizeof(*module));
	uintptr_t pc = wire_site_offset(site) + (module ? module->bias : 0);
	return index != WIRE_MODULE_NONE && module &&
	       rules_rule(rules_look_up(m->state, pc, rules_epoch())) == CFI_END;
}

static struct ruling rule(enum verdict verdict, const char *why, unsigned frame, uint64_t ours,
			  uint64_t theirs)
{
	return (struct ruling){verdict, why, frame, ours, theirs};
}

/* libunwind's caches don't notice that modules come and go. */
static void forget_modules(void)
{
	uint64_t epoch = rules_epoch();
	if (atomic_exchange(&referee.epoch, epoch) != epoch || rules_unsettled(epoch))
		referee.flush(*referee.space, 0, 0);
}

static struct ruling referee_compare(struct match *m)
{
	uint32_t node = m->trace;
	uintptr_t pc = 0;
	bool signal = false;
	int more = 1;
	forget_modules();
	if (referee.init(&m->cursor, &m->context) != 0)
		return rule(UNDECIDED, "libunwind does not start", 0, 0, 0);
	for (unsigned frame = 0;; frame++) {
		uint64_t word = intern_word(intern_nodes(), node), ip = 0;
		uint32_t site = wire_node_site(word);
		uint64_t ours = intern_word(intern_sites(), site);
		if (more > 0)
			referee.get(&m->cursor, MACHINE_UNWIND_IP, &ip);
		if (node && site == WIRE_CUT_NFRAME)
			return rule(SAME, "", frame, 0, 0);
		if (site < WIRE_SITE_FIRST)
			node = WIRE_TRACE_ROOT; /* why it ends is no frame */
		if (more < 0)
			return rule(UNDECIDED, "libunwind fails", frame, ours, 0);
		if (!node && (more == 0 || ip == 0))
			return rule(SAME, "", frame, 0, 0);
		if (!node)
			return rule(without_information(m, pc) ? UNDECIDED : WRONG,
				    "libunwind goes on", frame, 0, ip);
		if (more == 0 || ip == 0)
			return rule(is_oldest(m, ours) ? SAME : WRONG, "libunwind ends", frame,
				    ours, 0);
		pc = ip - !signal;
		if (site_of(m, pc) != ours)
			return rule(WRONG, "different", frame, ours, site_of(m, pc));
		/* What lies above is an interrupted pc, which libunwind gives as it is.
		 * (unw_is_signal_frame says no where it went by glibc's CFI.) */
		signal = rules_signal_code(ip);
		more = referee.step(&m->cursor);
		node = wire_node_parent(word);
	}
}

static char *referee_put_text(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *referee_put_number(char *at, uint64_t value, unsigned base)
{
	char digits[20];
	unsigned n = 0;
	do
		digits[n++] = "0123456789abcdef"[value % base];
	while (value /= base);
	while (n > 0)
		*at++ = digits[--n];
	return at;
}

static char *referee_put_site(char *at, const char *who, uint64_t site)
{
	at = referee_put_text(at, who);
	at = referee_put_number(at, wire_site_module(site), 10);
	at = referee_put_text(at, "+0x");
	return referee_put_number(at, wire_site_offset(site), 16);
}

/* "memtop referee: different, frame 3: ours 2+0x1234, libunwind's 2+0x1240" */
static void referee_show(const struct ruling *r, const struct match *m)
{
	char line[256], *at = referee_put_text(line, "memtop referee: ");
	at = referee_put_text(at, r->verdict == WRONG ? "" : "undecided: ");
	at = referee_put_text(at, r->why);
	at = referee_put_text(at, ", frame ");
	at = referee_put_number(at, r->frame, 10);
	at = referee_put_site(at, ": ours ", r->ours);
	at = referee_put_site(at, ", libunwind's ", r->theirs);
	at = referee_put_text(at, ", hook's caller 0x");
	at = referee_put_number(at, m->caller->ip, 16);
	*at++ = '\n';
	sys_call3(SYS_write, 2, (long)line, at - line);
}

static void referee_judge(void *argument)
{
	struct match *m = argument;
	struct wire_control *control = table_control();
	struct ruling r = referee_compare(m);
	atomic_fetch_add(&control->referee_stacks, 1);
	if (r.verdict == WRONG)
		atomic_fetch_add(&control->referee_wrong, 1);
	bool wanted = r.verdict == WRONG || (r.verdict == UNDECIDED && control->referee > 1);
	if (wanted && atomic_fetch_add(&referee.shown, 1) < SHOWN)
		referee_show(&r, m);
}

static void compare_last(struct stack_state *state, const struct stack_caller *caller,
			 uint32_t trace)
{
	/* (libunwind makes system calls of its own.) */
	if (busy || !state->whole || sys_closed())
		return;
	char *memory = atomic_exchange(&referee.spare, NULL);
	if (!memory)
		memory = table_private(STACK_BYTES);
	if (!memory)
		return;
	struct match *m = (struct match *)memory;
	m->state = state;
	m->caller = caller;
	m->trace = trace;
	machine_context_set(&m->context, caller->ip, caller->sp, caller->bp);
	busy = true;
	struct cold *cold = cold_begin(state);
	uint64_t mask = state->mask;    /* looking up blocks them again */
	if (cold)
		state_on_stack(referee_judge, m, memory + STACK_BYTES);
	state->mask = mask;
	if (cold)
		cold_end(state, cold);
	busy = false;
	memory = atomic_exchange(&referee.spare, memory);
	if (memory)
		table_private_free(memory, STACK_BYTES);
}

static bool is_busy(void) { return busy; }

void referee_start(void)
{
	static const struct stack_referee own = {.is_busy = is_busy, .judge = compare_last};
	int (*policy)(void *, int);
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
	*(void **)&policy = dlsym(library, "_UL" MACHINE_UNWIND "_set_caching_policy");
	*(void **)&referee.init = dlsym(library, "_UL" MACHINE_UNWIND "_init_local");
	*(void **)&referee.flush = dlsym(library, "_U" MACHINE_UNWIND "_flush_cache");
	*(void **)&referee.step = dlsym(library, "_UL" MACHINE_UNWIND "_step");
	*(void **)&referee.get = dlsym(library, "_UL" MACHINE_UNWIND "_get_reg");
	referee.space = dlsym(library, "_UL" MACHINE_UNWIND "_local_addr_space");
	if (!policy || !referee.init || !referee.space || !referee.flush || !referee.step ||
	    !referee.get)
		return;
	policy(*referee.space, UNW_CACHE_PER_THREAD);
	stack_referee = &own;
}
