/* SPDX-License-Identifier: MIT */
/*
 * Finding what stands behind us.  malloc, calloc, realloc and free begin as
 * boot_*, which look the real ones up at the first call: the loader may
 * allocate before any constructor has run.
 */
#include "tracer/preload/real.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void *boot_malloc(size_t size);
static void *boot_calloc(size_t count, size_t size);
static void *boot_realloc(void *old, size_t size);
static void boot_free(void *block);

struct real_pool real_pool;
struct real real = {
	.next = {
		[REAL_malloc] = (void *)boot_malloc,
		[REAL_calloc] = (void *)boot_calloc,
		[REAL_realloc] = (void *)boot_realloc,
		[REAL_free] = (void *)boot_free,
	},
};

enum where { NEXT, MAYBE, SCOPE };

static const struct name {
	const char *symbol;
	enum where where;
} names[REAL_NAMES] = {
#define HOOK(name, where) [REAL_##name] = {#name, where},
#include "tracer/preload/hooks.def"
#undef HOOK
};

/* ---- the pool ---------------------------------------------------------- */

static _Atomic uint32_t pool_used;

/* A block is preceded by its size; 16 bytes keep the alignment. */
static void *pool_take(size_t size)
{
	uint32_t at, bytes;

	if (size > REAL_POOL_BYTES / 2)
		return NULL;
	bytes = (uint32_t)((size + 31) / 16 * 16);
	at = atomic_fetch_add(&pool_used, bytes);
	if (at > REAL_POOL_BYTES - bytes) {
		atomic_fetch_sub(&pool_used, bytes);
		return NULL;
	}
	memcpy(real_pool.bytes + at, &size, sizeof(size));
	return real_pool.bytes + at + 16;
}

size_t real_pool_size(const void *block)
{
	size_t size;

	memcpy(&size, (const char *)block - 16, sizeof(size));
	return size;
}

/* ---- RTLD_NEXT --------------------------------------------------------- */

static _Atomic bool finding;

static bool is_boot(enum real_name name)
{
	const void *p = real.next[name];

	return p == (void *)boot_malloc || p == (void *)boot_calloc ||
	       p == (void *)boot_realloc || p == (void *)boot_free;
}

void real_find(void)
{
	if (atomic_exchange(&finding, true))
		return;
	for (int i = 0; i < REAL_NAMES; i++) {
		void *next = dlsym(RTLD_NEXT, names[i].symbol);

		if (next)
			real.next[i] = next;
		else if (names[i].where == MAYBE)
			real.next[i] = real.next[REAL_free];
	}
	dlerror();      /* what we asked in vain is no error of the program's: once */
	dlerror();      /* to read it and once to free it */
	atomic_store(&finding, false);
}

/* True when the real function is there; false inside dlsym's own call. */
static bool booted(enum real_name name)
{
	if (is_boot(name))
		real_find();
	return !is_boot(name);
}

static void *boot_malloc(size_t size)
{
	return booted(REAL_malloc) ? REAL(malloc)(size) : pool_take(size);
}

static void *boot_calloc(size_t count, size_t size)
{
	size_t bytes;

	if (booted(REAL_calloc))
		return REAL(calloc)(count, size);
	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return pool_take(bytes);        /* never handed out before: zero */
}

static void *boot_realloc(void *old, size_t size)
{
	void *block;

	if (booted(REAL_realloc))
		return REAL(realloc)(old, size);
	block = pool_take(size);
	if (block && old)
		memcpy(block, old, real_pool_size(old) < size ? real_pool_size(old) : size);
	return block;
}

static void boot_free(void *block)
{
	if (booted(REAL_free))
		REAL(free)(block);
}

/* ---- the caller's own scope -------------------------------------------- */

/*
 * (module, name) -> address.  A slot is taken by its key: 0 -> BUSY -> key; a
 * reader that sees the same key before and after has the key's value.  One
 * that is lost to a collision is looked up again each time.
 */
#define CACHE_SLOTS 256u
#define CACHE_BUSY ((uintptr_t)1)

static struct cache_slot {
	_Atomic uintptr_t key;
	_Atomic uintptr_t value;
} cache[CACHE_SLOTS];

static uintptr_t cache_key(const void *module, enum real_name name)
{
	return (uintptr_t)module | ((uintptr_t)name + 2);       /* modules begin at pages */
}

static struct cache_slot *cache_slot(uintptr_t key)
{
	return &cache[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
}

static void *cache_get(uintptr_t key)
{
	struct cache_slot *slot = cache_slot(key);
	uintptr_t value;

	if (atomic_load_explicit(&slot->key, memory_order_acquire) != key)
		return NULL;
	value = atomic_load_explicit(&slot->value, memory_order_acquire);
	/* Acquire above keeps this second look behind the value's load. */
	return atomic_load_explicit(&slot->key, memory_order_relaxed) == key ? (void *)value
									    : NULL;
}

static void cache_put(uintptr_t key, void *value)
{
	struct cache_slot *slot = cache_slot(key);
	uintptr_t empty = 0;

	if (!atomic_compare_exchange_strong(&slot->key, &empty, CACHE_BUSY))
		return;
	atomic_store_explicit(&slot->value, (uintptr_t)value, memory_order_relaxed);
	/* Release pairs with cache_get's first load. */
	atomic_store_explicit(&slot->key, key, memory_order_release);
}

void real_forget(void)
{
	for (unsigned i = 0; i < CACHE_SLOTS; i++) {
		uintptr_t key = atomic_load_explicit(&cache[i].key, memory_order_relaxed);

		/* A busy slot belongs to a look-up under way; its module is alive. */
		if (key != 0 && key != CACHE_BUSY)
			atomic_compare_exchange_strong(&cache[i].key, &key, 0);
	}
}

/* A library that the module got by its own dependencies, if it is there. */
static void *in_library(const char *library, const char *symbol)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	void *found;

	if (!handle)
		return NULL;
	found = dlsym(handle, symbol);
	((__typeof__(&dlclose))real.next[REAL_dlclose])(handle);
	return found;
}

static void *look_up(void *module, const char *symbol)
{
	static const char *const runtimes[] = {"libstdc++.so.6", "libc++abi.so.1",
					       "libc++.so.1"};
	void *found = module ? dlsym(module, symbol) : NULL;

	for (unsigned i = 0; !found && i < sizeof(runtimes) / sizeof(*runtimes); i++)
		found = in_library(runtimes[i], symbol);
	dlerror();
	dlerror();
	return found;
}

void *real_in_scope(enum real_name name, uintptr_t ip)
{
	static const char new_prefix[] = "_Zn";
	struct dl_find_object object;
	void *found = NULL;
	int saved = errno;

	if (_dl_find_object((void *)ip, &object) == 0) {
		uintptr_t key = cache_key(object.dlfo_map_start, name);

		found = cache_get(key);
		if (!found) {
			found = look_up(object.dlfo_link_map, names[name].symbol);
			if (found)
				cache_put(key, found);
		}
	}
	errno = saved;
	if (found)
		return found;
	return strncmp(names[name].symbol, new_prefix, 3) == 0 ? real.next[REAL_malloc]
							       : real.next[REAL_free];
}
