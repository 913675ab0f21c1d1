/* SPDX-License-Identifier: MIT */
/*
 * Finding what stands behind us.  malloc, calloc, realloc and free begin as
 * boot_*, which look the real ones up at the first call: the loader may
 * allocate before any constructor has run.
 */
#include "tracer/preload/behind/real.h"
#include <dlfcn.h>
#include <elf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/preload/behind/elf.h"

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

enum where { NEXT, MAYBE, NEWER, NEW, ALIGNED, DELETE };

static const struct name {
	const char *symbol;
	enum where where;
} names[REAL_NAMES] = {
#define HOOK(name, where) [REAL_##name] = {#name, where},
#include "tracer/preload/behind/hooks.def"
#undef HOOK
};

const char *real_symbol(enum real_name name) { return names[name].symbol; }

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

bool real_pool_used(void) { return atomic_load(&pool_used) != 0; }

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

/* We were loaded by dlopen: RTLD_NEXT then finds nothing useful, and the program is bound
 * to the first definition in its own order. */
static bool came_late;

/* Whether the symbol at this address is defined there; true also if the loader does not
 * know. */
static bool is_defined(void *at)
{
	const Elf64_Sym *symbol = NULL;
	Dl_info info;

	return !dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol ||
	       symbol->st_shndx != SHN_UNDEF;
}

/* In a program that is not position-independent the first definition may be an entry of
 * its own PLT, which jumps to where its slot points, and that may be us one day. */
static void *first_of_program(const char *symbol)
{
	void *first = dlsym(RTLD_DEFAULT, symbol);

	return first && is_defined(first) ? first : dlsym(RTLD_NEXT, symbol);
}

/* Once libc's names lead to us (bind.h), another look-up would find ourselves, so the
 * first answer is kept. */
static void *behind_us(enum real_name name)
{
	void *next = came_late ? first_of_program(names[name].symbol)
			       : dlsym(RTLD_NEXT, names[name].symbol);

	return elf_is_own((uintptr_t)next) ? real.next[name] : next;
}

void *real_other(const char *name)
{
	void *other = dlsym(RTLD_NEXT, name);

	real_forget_error();
	return other;
}

static void *aligned_new(size_t size, size_t alignment)
{
	return REAL(aligned_alloc)(alignment, size);
}

/* What is called in place of a name that has no definition behind us; NULL: nothing can
 * replace it. */
static void *real_stand_in(enum where where)
{
	switch (where) {
	case MAYBE:
	case DELETE:
		return real.next[REAL_free];
	case NEW:
		return real.next[REAL_malloc];
	case ALIGNED:
		return (void *)aligned_new;
	case NEXT:
	case NEWER:
		break;
	}
	return NULL;
}

bool real_is_behind(enum real_name name) { return !real.stands_in[name]; }

bool real_may_be_hidden(enum real_name name) { return names[name].where >= NEWER; }

bool real_is_operator(enum real_name name) { return names[name].where >= NEW; }

/* A successful look-up clears the error of the one before.  dlerror would too, but it
 * translates the message under a lock of libc's that is not ready while the loader itself
 * allocates: the program's bindtextdomain then waited for ever. */
void real_forget_error(void) { dlsym(RTLD_NEXT, names[REAL_free].symbol); }

void real_find(void)
{
	if (atomic_exchange(&finding, true))
		return;
	for (int i = 0; i < REAL_NAMES; i++) {
		void *next = behind_us((enum real_name)i);

		real.next[i] = next ? next : real_stand_in(names[i].where);
		real.stands_in[i] = !next;
	}
	real_forget_error();
	atomic_store(&finding, false);
}

void real_find_late(void)
{
	came_late = true;
	real_find();
}

void real_find_one(enum real_name name)
{
	if (!real.next[name])
		real.next[name] = behind_us(name);
}

/* In a program that is not position-independent the address of a function may be that of
 * its PLT entry, whose symbol is undefined there. */
static bool first_is_own(void)
{
	void *first = dlsym(RTLD_DEFAULT, "malloc");

	return elf_is_own((uintptr_t)first) || !is_defined(first);
}

static struct link_map *own_map(void)
{
	struct link_map *map = NULL;
	Dl_info info;

	return dladdr1((void *)(uintptr_t)own_map, &info, (void **)&map, RTLD_DL_LINKMAP) ? map
											 : NULL;
}

/* The modules that are asked before us stand before us in the loader's list.  dlsym is left
 * for one without the hash table that everybody has: until glibc 2.33 it allocates, and may
 * not be called while the program's own malloc is at work. */
bool real_comes_first(void)
{
	struct link_map *map = own_map();

	if (!map)
		return first_is_own();
	for (map = map->l_prev; map; map = map->l_prev) {
		const struct elf d = elf_read(map);

		if (elf_symbol(&d, "malloc"))
			return false;
		if (!d.hash && strncmp(d.soname, "linux-vdso", 10) != 0)
			return first_is_own();
	}
	return true;
}

/* ---- plain operators --------------------------------------------------- */

static const enum real_name plain_names[] = {
	REAL__Znwm,
	REAL__Znam,
	REAL__ZnwmRKSt9nothrow_t,
	REAL__ZnamRKSt9nothrow_t,
	REAL__ZnwmSt11align_val_t,
	REAL__ZnamSt11align_val_t,
	REAL__ZnwmSt11align_val_tRKSt9nothrow_t,
	REAL__ZnamSt11align_val_tRKSt9nothrow_t,
	REAL__ZdlPv,
	REAL__ZdaPv,
	REAL__ZdlPvm,
	REAL__ZdaPvm,
};
#define PLAIN_NAMES (sizeof(plain_names) / sizeof(*plain_names))

/* What these call.  Runtimes differ in how they ask for an alignment. */
static const enum real_name plain_calls[] = {
	REAL_malloc,
	REAL_free,
	REAL_aligned_alloc,
	REAL_posix_memalign,
};
#define PLAIN_CALLS (sizeof(plain_calls) / sizeof(*plain_calls))

static bool defines_any(const struct elf *d, const enum real_name *any, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (elf_symbol(d, real_symbol(any[i])))
			return true;
	return false;
}

/* None of the names has a definition before ours, as far as is known. */
static bool plain_comes_first(void)
{
	struct link_map *map = own_map();

	if (!map)
		return false;
	for (map = map->l_prev; map; map = map->l_prev) {
		const struct elf d = elf_read(map);

		if ((!d.hash && strncmp(d.soname, "linux-vdso", 10) != 0) ||
		    defines_any(&d, plain_names, PLAIN_NAMES) ||
		    defines_any(&d, plain_calls, PLAIN_CALLS))
			return false;
	}
	return true;
}

/*
 * The operator new of GCC's runtime and of LLVM's has always been a call of malloc (or
 * posix_memalign), which is repeated after the new handler as long as there is no memory;
 * its delete is a call of free, and the forms for arrays, with a size and without exceptions
 * call the others.  All of these calls lead to us, and from us to what stands behind, unless
 * the program has one of them of its own.
 */
static bool is_runtime(const struct link_map *map)
{
	const char *name = map ? elf_read(map).soname : "";

	return !strcmp(name, "libstdc++.so.6") || !strcmp(name, "libc++abi.so.1") ||
	       !strcmp(name, "libc++.so.1");
}

/* What one of the calls gives out any other can be given. */
static bool is_one_allocator(void)
{
	struct link_map *map = elf_at((uintptr_t)real.next[REAL_malloc]);
	bool one = true;

	for (unsigned i = 0; i < PLAIN_CALLS; i++)
		one &= elf_at((uintptr_t)real.next[plain_calls[i]]) == map;
	return one;
}

void real_find_plain(void)
{
	struct link_map *map = elf_at((uintptr_t)real.next[REAL__Znwm]);
	bool plain = is_runtime(map) && plain_comes_first() && is_one_allocator();

	for (unsigned i = 0; i < PLAIN_NAMES && plain; i++)
		plain = elf_at((uintptr_t)real.next[plain_names[i]]) == map;
	real.plain = plain;
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
	return pool_take(bytes);        /* never used before, so it is zero */
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
