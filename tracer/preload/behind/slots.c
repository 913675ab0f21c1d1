/* SPDX-License-Identifier: MIT */
/*
 * The tables are read where the loader has put them, since the file may be gone, or be
 * another one by now.  Each word is changed by one store, as other threads jump through
 * it.
 */
#include "tracer/preload/behind/slots.h"

#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/elf.h"
#include "tracer/preload/behind/real.h"

/* Which value becomes which; static, because it is too large for a borrowed stack. */
static struct {
	unsigned count, allocators;     /* of these, the first are malloc's family */
	struct { uint64_t from, to; } pair[REAL_NAMES];
	int failed;
} change;

struct slots_module {
	struct elf_module is;
	bool open;                      /* what is read-only after relocation is writable */
	bool closed;                    /* errno of the module that failed */
};

static bool is_allocator(enum real_name name)
{
	return name == REAL_malloc || name == REAL_calloc || name == REAL_realloc ||
	       name == REAL_free;
}

static void slots_add(enum real_name name, bool back)
{
	uint64_t hook = bind_hook(name), next = (uintptr_t)real.next[name];

	if (!hook || !next || real.stands_in[name] || elf_is_own(next))
		return;
	change.pair[change.count].from = back ? hook : next;
	change.pair[change.count++].to = back ? next : hook;
}

static void slots_list(bool back)
{
	change.count = 0;
	for (int i = 0; i < REAL_NAMES; i++)
		if (is_allocator((enum real_name)i))
			slots_add((enum real_name)i, back);
	change.allocators = change.count;
	for (int i = 0; i < REAL_NAMES; i++)
		if (!is_allocator((enum real_name)i))
			slots_add((enum real_name)i, back);
}

/* Makes the word's page writable, if it is not. */
static bool slots_open(struct slots_module *m, uintptr_t at)
{
	int r;

	if (!elf_module_has(&m->is, at, PF_W))
		return false;
	if (at < m->is.relro || at >= m->is.relro_end || m->open)
		return true;
	if (m->closed)
		return false;
	r = elf_protect_relro(&m->is, PROT_READ | PROT_WRITE);
	m->open = r == 0;
	m->closed = r != 0;
	if (r != 0)
		change.failed = r;
	return m->open;
}

static void slots_change(struct slots_module *m, uintptr_t at, unsigned pairs)
{
	_Atomic uint64_t *word = (_Atomic uint64_t *)at;
	uint64_t is;

	if (at & 7)
		return;
	is = atomic_load_explicit(word, memory_order_relaxed);
	for (unsigned i = 0; i < pairs; i++)
		if (change.pair[i].from == is) {
			if (slots_open(m, at))
				atomic_compare_exchange_strong(word, &is, change.pair[i].to);
			return;
		}
}

static void slots_table(struct slots_module *m, uintptr_t table, uint64_t bytes)
{
	const ElfW(Rela) *r = (const ElfW(Rela) *)table;

	for (uint64_t i = 0; table && i < bytes / sizeof(*r); i++) {
		uint64_t type = ELF64_R_TYPE(r[i].r_info);

		if (type == MACHINE_R_SLOT || type == MACHINE_R_DATA ||
		    (type == MACHINE_R_ADDRESS && r[i].r_addend == 0))
			slots_change(m, m->is.bias + r[i].r_offset, change.count);
	}
}

static void slots_dynamic(struct slots_module *m)
{
	struct link_map map = {.l_addr = m->is.bias,
				.l_ld = (ElfW(Dyn) *)m->is.dynamic};
	struct elf d = elf_read(&map);

	slots_table(m, d.jumps, d.jumps_bytes);
	slots_table(m, d.relocations, d.relocations_bytes);
	/* The loader calls the allocator by pointers of its own, which nothing relocates
	 * (glibc 2.31's elf/dl-minimal.c). */
	if (strncmp(d.soname, "ld-linux", 8) == 0)
		for (uintptr_t at = m->is.relro; at < m->is.relro_end; at += 8)
			slots_change(m, at, change.allocators);
}

static int slots_visit(struct dl_phdr_info *info, size_t size, void *data)
{
	struct slots_module m = {.is = elf_module_of(info)};

	(void)size;
	(void)data;
	if (m.is.dynamic && !elf_is_own(m.is.dynamic))
		slots_dynamic(&m);
	if (m.open)
		elf_protect_relro(&m.is, PROT_READ);
	return 0;
}

static int slots_exchange(bool back)
{
	change.failed = 0;
	slots_list(back);
	dl_iterate_phdr(slots_visit, NULL);
	return change.failed;
}

int slots_take(void) { return slots_exchange(false); }

int slots_give_back(void) { return slots_exchange(true); }
