/* SPDX-License-Identifier: MIT */
/*
 * dlsym would do, but it takes the loader's lock, and a thread that a plugin's
 * constructor waits for would wait for that constructor.  So look where the
 * answer must be: a module that uses C++ has relocations that already point
 * into the libraries it got, and their hash tables say what they define.
 * The modules looked at are in use by the caller, so they stay.
 */
#include "tracer/preload/scope.h"
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include "tracer/preload/elf.h"
#include "tracer/preload/guard.h"

static void *defined_in(const struct elf *d, const char *symbol)
{
	const Elf64_Sym *s = elf_symbol(d, symbol);

	return s && ELF64_ST_TYPE(s->st_info) == STT_FUNC ? (void *)(d->bias + s->st_value) : NULL;
}

/* In the libraries that this module's data points into. */
static void *defined_near(const struct elf *d, const char *symbol)
{
	const struct link_map *last = NULL;
	uint64_t count = d->relocation_bytes / sizeof(*d->relocations);
	void *found = NULL;

	for (uint64_t i = 0; d->relocations && i < count && !found; i++) {
		const Elf64_Rela *r = &d->relocations[i];
		uint64_t type = ELF64_R_TYPE(r->r_info);
		const struct link_map *map;
		struct elf other;

		if (type != R_X86_64_64 && type != R_X86_64_GLOB_DAT)
			continue;
		map = elf_at(*(const uintptr_t *)(d->bias + r->r_offset));
		if (!map || map == last)
			continue;
		last = map;
		other = elf_read(map);
		found = defined_in(&other, symbol);
	}
	return found;
}

/* By the loader, where a module's own tables say nothing. */
static void *ask_loader(void *module, const char *symbol)
{
	static const char *const runtimes[] = {"libstdc++.so.6", "libc++abi.so.1",
					       "libc++.so.1"};
	void *found = dlsym(module, symbol);

	for (unsigned i = 0; !found && i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		void *handle = dlopen(runtimes[i], RTLD_LAZY | RTLD_NOLOAD);

		if (!handle)
			continue;
		found = dlsym(handle, symbol);
		REAL(dlclose)(handle);
	}
	dlerror();      /* no error of the program's: once to read it ... */
	dlerror();      /* ... and once to free it */
	return found;
}

static void *look_up(struct link_map *map, const char *symbol)
{
	struct elf d = elf_read(map);
	void *found = defined_in(&d, symbol);

	if (!found)
		found = defined_near(&d, symbol);
	return found ? found : ask_loader(map, symbol);
}

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

static uintptr_t cache_key(const struct link_map *module, enum real_name name)
{
	return (uintptr_t)module << 8 | ((uintptr_t)name + 2);  /* user addresses: 47 bits */
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

void scope_forget(void)
{
	for (unsigned i = 0; i < CACHE_SLOTS; i++) {
		uintptr_t key = atomic_load_explicit(&cache[i].key, memory_order_relaxed);

		/* A busy slot belongs to a look-up under way; its module is alive. */
		if (key != 0 && key != CACHE_BUSY)
			atomic_compare_exchange_strong(&cache[i].key, &key, 0);
	}
}

/* Through the cache. */
static void *find(enum real_name name, struct link_map *map)
{
	uintptr_t key = cache_key(map, name);
	void *found = cache_get(key);

	if (!found) {
		found = look_up(map, real_symbol(name));
		if (found)
			cache_put(key, found);
	}
	return found;
}

/*
 * libstdc++'s operator delete(void *, size_t) jumps to operator delete(void *):
 * then the caller is our own hook, and what it found last is where to look.
 */
void *scope_next(enum real_name name, uintptr_t ip)
{
	struct link_map *map = elf_at(ip);
	void *found = NULL;
	int saved = errno;

	if (!map)
		map = elf_at(guard.scope);
	if (map)
		found = find(name, map);
	errno = saved;
	guard.scope = (uintptr_t)found;
	if (found)
		return found;
	/* _Zn: new; _Zd: delete */
	return real_symbol(name)[2] == 'n' ? real.next[REAL_malloc] : real.next[REAL_free];
}
