/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_UNWIND_RULES_H
#define TRACER_PRELOAD_UNWIND_RULES_H
/*
 * Code address -> (rule, site), in one word: site << 32 | rule.  All threads
 * share what one has found out, as long as the modules stay loaded: the epoch
 * changes when one goes, and while it goes nothing is remembered at all.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tracer/wire/wire.h"
#include "tracer/preload/unwind/cfi.h"

struct cursor;
struct pc_line;
struct stack_state;

static inline uint32_t rules_rule(uint64_t entry) { return (uint32_t)entry; }
static inline uint32_t rules_site(uint64_t entry) { return (uint32_t)(entry >> 32); }

/* To be called once, after table_open.  0 or -ENOMEM. */
int rules_start(void);

/* To be called in a forked child: forgets everything. */
void rules_restart(void);
/* In the same process, for another segment. */
void rules_again(void);

/* A number for the set of loaded modules; see rules_unsettled for the time while one is
 * being unloaded. */
extern _Atomic uint64_t rules_epoch_word __attribute__((visibility("hidden")));
static inline uint64_t rules_epoch(void)
{
	/* This acquire pairs with the releases in rules_closing and rules_closed. */
	return atomic_load_explicit(&rules_epoch_word, memory_order_acquire);
}
static inline bool rules_unsettled(uint64_t epoch) { return epoch & 0xffff; }

/* Returns the entry of `pc`.  Rule CFI_END without a site: pc is no code, and so no
 * frame.  Another rule without a site: the site table is full. */
uint64_t rules_look_up(struct stack_state *state, uintptr_t pc, uint64_t epoch);

/* The same for a walk, and writes the thread's line of `pc` (line.h), if it may be
 * remembered. `line` NULL: writes none. */
uint64_t rules_fill_line(struct stack_state *state, uintptr_t pc, struct pc_line *line);

/* The rule of code that has none: of kind CFI_NO_MODULE (made at run time) or CFI_NONE.
 * What the code at the return address says itself, where it is the end of a function;
 * else the frame pointer, as run-time compilers keep it and as `perf` follows it.  Code
 * of a module is taken to keep one only if `among`, or if it returns to such code: V8's
 * builtins, and not somebody's assembler.  `rule` itself if the stack ends here. */
uint32_t rules_of_made(struct stack_state *state, struct cursor *c, uint32_t rule, bool among);

/* Is this the code that the kernel lets a signal's handler return to? */
bool rules_signal_code(uintptr_t ip);

/* True if the entry may be remembered for this epoch; not so for code in no module, which
 * comes and goes. */
static inline bool rules_lasting(uint64_t entry, uint64_t epoch)
{
	return rules_site(entry) != WIRE_SITE_NONE && !rules_unsettled(epoch) &&
	       cfi_kind(rules_rule(entry)) != CFI_NO_MODULE;
}

/* To be called before a module is unloaded, and after it was. */
void rules_closing(void);
void rules_closed(void);

#endif
