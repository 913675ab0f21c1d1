/* SPDX-License-Identifier: MIT */
/*
 * A word that is not bound yet leads into its own module (the procedure linkage table).
 * What the loader would put there is known: the first definition of that name in the
 * program's order, which must be ours.
 */
#include "tracer/preload/behind/bypass.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/elf.h"
#include "tracer/preload/behind/real.h"

#define BYPASS_WORDS 1024u              /* words beyond this are not listed, and lead to
					 * us */
#define BYPASS_MODULES 128u

struct way {
	_Atomic uint64_t *word;
	uint64_t unbound;               /* its content before; the hook's address if it
					 * was bound */
	enum real_name name;
};

static struct {
	struct way way[BYPASS_WORDS];
	struct { struct elf_module is; unsigned end; } module[BYPASS_MODULES];
	unsigned ways, modules;
	uint64_t hook[REAL_NAMES];      /* 0: not a name that may bypass us */
} list;

static void list_names(void)
{
	for (int i = 0; i < REAL_NAMES; i++) {
		enum real_name name = (enum real_name)i;
		void *first;

		if ((name != REAL_free && !real_is_operator(name)) || !real_is_behind(name))
			continue;
		first = dlsym(RTLD_DEFAULT, real_symbol(name));
		if (elf_is_own((uintptr_t)first) && !elf_is_own((uintptr_t)real.next[i]))
			list.hook[i] = (uintptr_t)first;
	}
	real_forget_error();
}

/* The listed name that the word of this relocation stands for, or REAL_NAMES. */
static enum real_name bypass_name(const struct elf_module *m, const struct elf *d,
			      const Elf64_Rela *r, uint64_t is)
{
	const Elf64_Sym *symbol = &d->symbols[ELF64_R_SYM(r->r_info)];
	const char *text = d->strings + symbol->st_name;
	bool unbound = symbol->st_shndx == SHN_UNDEF && !symbol->st_value &&
		       elf_module_has(m, is, PF_X) && (*text == 'f' || *text == '_');
	int i = 0;

	for (; i < REAL_NAMES; i++)
		if (list.hook[i] &&
		    (is == list.hook[i] ||
		     (unbound && !strcmp(text, real_symbol((enum real_name)i)))))
			break;
	return (enum real_name)i;
}

static void list_words(const struct elf_module *m, const struct elf *d)
{
	const Elf64_Rela *r = (const Elf64_Rela *)d->jumps, *end = r;

	if (d->jumps && d->symbols && d->strings)
		end = r + d->jumps_bytes / sizeof(*r);
	for (; r < end && list.ways < BYPASS_WORDS; r++) {
		uintptr_t at = m->bias + r->r_offset;
		_Atomic uint64_t *word = (_Atomic uint64_t *)at;
		enum real_name name;
		uint64_t is;

		if (ELF64_R_TYPE(r->r_info) != MACHINE_R_SLOT || at & 7 ||
		    !elf_module_has(m, at, PF_W))
			continue;
		is = atomic_load_explicit(word, memory_order_relaxed);
		name = bypass_name(m, d, r, is);
		if (name != REAL_NAMES)
			list.way[list.ways++] = (struct way){word, is, name};
	}
}

static int list_module(struct dl_phdr_info *info, size_t size, void *data)
{
	struct elf_module m = elf_module_of(info);
	struct link_map map = {.l_addr = m.bias, .l_ld = (ElfW(Dyn) *)m.dynamic};
	unsigned before = list.ways;

	(void)size;
	(void)data;
	if (!m.dynamic || elf_is_own(m.dynamic) || list.modules == BYPASS_MODULES)
		return 0;
	struct elf d = elf_read(&map);

	list_words(&m, &d);
	if (list.ways > before) {
		list.module[list.modules].is = m;
		list.module[list.modules++].end = list.ways;
	}
	return 0;
}

void bypass_find(void)
{
	list_names();
	dl_iterate_phdr(list_module, NULL);
}

static void bypass_turn(const struct way *way, bool open)
{
	uint64_t hook = list.hook[way->name], next = (uintptr_t)real.next[way->name];
	uint64_t is = open ? way->unbound : next;

	if (!atomic_compare_exchange_strong(way->word, &is, open ? next : hook) && open &&
	    is == hook)
		atomic_compare_exchange_strong(way->word, &is, next);
}

static int bypass_turn_all(bool open)
{
	unsigned i = 0;
	int r = 0;

	for (unsigned n = 0; n < list.modules; n++) {
		const struct elf_module *m = &list.module[n].is;
		int failed = m->relro < m->relro_end
				     ? elf_protect_relro(m, PROT_READ | PROT_WRITE) : 0;

		r = failed ? failed : r;
		for (; i < list.module[n].end; i++)
			if (!failed)
				bypass_turn(&list.way[i], open);
		if (!failed && m->relro < m->relro_end)
			elf_protect_relro(m, PROT_READ);
	}
	return r;
}

void bypass_open(void) { bypass_turn_all(true); }

int bypass_close(void) { return bypass_turn_all(false); }
