/* SPDX-License-Identifier: MIT */
/*
 * Only the values of symbols are changed, each by one store, so their hashes and versions
 * stay valid.  To the loader a symbol whose value is 0 is not defined.  The loader adds
 * the module's base to a value, so a value can lead to any address.
 */
#include "tracer/preload/behind/bind.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

#include "tracer/preload/behind/elf.h"
#include "tracer/preload/behind/patch.h"
#include "tracer/preload/behind/real.h"

#define PATCHES (2u * REAL_NAMES)       /* names, and the versions of some */

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static struct {
	struct patch patch[PATCHES];
	unsigned count;
	int protection;                 /* of the pages where they are */
	_Atomic bool taken;
} libc;

/* Static, because it is too large for the stack of the program's thread. */
static struct patch hidden[PATCHES];

static struct elf own_elf(void)
{
	struct link_map map = {
		.l_addr = (uintptr_t)__ehdr_start,
		.l_ld = _DYNAMIC,
	};

	return elf_read(&map);
}

static _Atomic uint64_t *bind_value_of(const Elf64_Sym *symbol)
{
	return (_Atomic uint64_t *)(uintptr_t)&symbol->st_value;
}

void bind_hide(void)
{
	struct elf own = own_elf();
	unsigned count = 0;

	for (int i = 0; i < REAL_NAMES && count < PATCHES; i++) {
		enum real_name name = (enum real_name)i;
		const Elf64_Sym *s = NULL;

		if (real_may_be_hidden(name) && !real_is_behind(name))
			s = elf_symbol(&own, real_symbol(name));
		if (s)
			hidden[count++] =
				(struct patch){ bind_value_of(s), s->st_value, 0 };
	}
	if (count)
		patch_put(hidden, count,
			  elf_protection(__ehdr_start, own.bias, (uintptr_t)hidden[0].word));
}

/* Adds each version of the symbol that leads to the definition which we call. */
static void bind_add(enum real_name name, const struct elf *d, const struct elf *own)
{
	const Elf64_Sym *ours = elf_symbol(own, real_symbol(name)), *s = NULL;
	uint64_t next = (uintptr_t)real.next[name] - d->bias;

	while (ours && (s = elf_symbol_after(d, real_symbol(name), s)) && libc.count < PATCHES)
		if (s->st_value == next)
			libc.patch[libc.count++] =
				(struct patch){ bind_value_of(s), next,
						own->bias + ours->st_value - d->bias };
}

void bind_take(void)
{
	struct elf own = own_elf(), d;
	struct link_map *map;
	Dl_info info;

	if (!dladdr1(real.next[REAL_malloc], &info, (void **)&map, RTLD_DL_LINKMAP))
		return;
	d = elf_read(map);
	libc.count = 0;
	if (strcmp(d.soname, "libc.so.6") != 0)
		/* Another allocator stands there, and its symbols are left alone. */
		return;
	for (int i = 0; i < REAL_NAMES; i++)
		bind_add((enum real_name)i, &d, &own);
	libc.protection = elf_protection(info.dli_fbase, d.bias, (uintptr_t)d.symbols);
	if (libc.count && libc.protection >= 0 &&
	    patch_put(libc.patch, libc.count, libc.protection) == 0)
		atomic_store(&libc.taken, true);
}

void bind_give_back(void)
{
	if (atomic_exchange(&libc.taken, false))
		patch_take_back(libc.patch, libc.count, libc.protection);
}

uintptr_t bind_hook(enum real_name name)
{
	struct elf own = own_elf();
	const Elf64_Sym *ours = elf_symbol(&own, real_symbol(name));

	return ours && ours->st_value ? own.bias + ours->st_value : 0;
}

bool bind_is_taken(void) { return atomic_load_explicit(&libc.taken, memory_order_relaxed); }
