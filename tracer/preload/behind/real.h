/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_REAL_H
#define TRACER_PRELOAD_BEHIND_REAL_H
/*
 * The next definition of each hooked function, found once by RTLD_NEXT.  While dlsym
 * itself allocates (for its error messages) the next malloc is not known yet; a small
 * pool answers then.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum real_name {
#define HOOK(name, where) REAL_##name,
#include "tracer/preload/behind/hooks.def"
#undef HOOK
	REAL_NAMES
};

struct real {
	void *next[REAL_NAMES];         /* NULL: nothing is known that could be called */
	/* `next` is another function that replaces a missing definition. */
	bool stands_in[REAL_NAMES];
	/* Behind operator new and delete there are malloc and free, and nothing else. */
	bool plain;
};
extern struct real real __attribute__((visibility("hidden")));

/* glibc 2.34's; not in the headers of older ones. */
extern pid_t _Fork(void);
extern int execveat(int at, const char *path, char *const *argv, char *const *envp, int flags);

/* The next definition, typed as the hook itself. */
#define REAL(name) ((__typeof__(&name))real.next[REAL_##name])

/* Fills `real`.  May be called again; each call does the same. */
void real_find(void);

/* The same for a library that was loaded while the program ran: the next definition is
 * then what the program itself is bound to.  Once, before anything leads to us; it may
 * allocate. */
void real_find_late(void);

/* The same for a single name, which libc must have.  It does not allocate, since only a
 * failed look-up does. */
void real_find_one(enum real_name name);

/* A function of this name that is not hooked; NULL: there is none.  Not while the
 * loader may be busy in another thread that waits for this one. */
void *real_other(const char *name);

/* Clears the loader's error text after a look-up of ours that found nothing, so that the
 * program does not see it. */
void real_forget_error(void);

/* True for a name that is defined behind us; false for one that malloc or free replace.
 * After real_find. */
bool real_is_behind(enum real_name name);

/* True for names that the loader does not see if nothing is behind them. */
bool real_may_be_hidden(enum real_name name);

/* True for the C++ operators. */
bool real_is_operator(enum real_name name);

/* Sets real.plain, if it is so.  After real_comes_first. */
void real_find_plain(void);

/* False if the program defines malloc itself: then no block passes through us, and the
 * caller may be that very malloc, half initialised. */
bool real_comes_first(void);

/* The linker's name of a hook. */
const char *real_symbol(enum real_name name);

#define REAL_POOL_BYTES 32768u
struct real_pool {
	_Alignas(16) char bytes[REAL_POOL_BYTES];
};
extern struct real_pool real_pool __attribute__((visibility("hidden")));

/* True once the pool has given a block. */
bool real_pool_used(void);

/* True for a block of the pool: it has no next definition to go to. */
static inline bool real_pool_owns(const void *block)
{
	return (uintptr_t)block - (uintptr_t)real_pool.bytes < REAL_POOL_BYTES;
}

/* Bytes that may be copied from a pool block. */
size_t real_pool_size(const void *block);

#endif
