/* SPDX-License-Identifier: MIT */
#include "tracer/preload/behind/elf.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/preload/base/loader.h"
#include "tracer/preload/base/sys.h"
#include "tracer/ground/shared/page.h"

/* The linker's marks: where libmemtop.so itself begins and ends. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

bool elf_is_own(uintptr_t address)
{
	return address >= (uintptr_t)__ehdr_start && address < (uintptr_t)_end;
}

/* Not inlined, so that the large answer of _dl_find_object is off the stack again before
 * the caller goes on. */
__attribute__((noinline)) struct link_map *elf_at(uintptr_t address)
{
	struct dl_find_object found;
	struct link_map *map = NULL;
	Dl_info info;

	if (elf_is_own(address))
		return NULL;
	if (_dl_find_object)
		return _dl_find_object((void *)address, &found) < 0 ? NULL :
								      found.dlfo_link_map;
	return dladdr1((void *)address, &info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}

/* The loader replaces these offsets by addresses in the dynamic section itself, but not
 * in every module: what is below the module's base is still an offset. */
static const void *in_module(const struct link_map *map, uint64_t value)
{
	return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

struct elf elf_read(const struct link_map *map)
{
	struct elf d = {.bias = map->l_addr};
	uint64_t soname = 0;            /* a string table begins with an empty string */

	for (const Elf64_Dyn *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
		const void *at = in_module(map, entry->d_un.d_ptr);

		if (entry->d_tag == DT_SYMTAB)
			d.symbols = at;
		else if (entry->d_tag == DT_STRTAB)
			d.strings = at;
		else if (entry->d_tag == DT_GNU_HASH)
			d.hash = at;
		else if (entry->d_tag == DT_SONAME)
			soname = entry->d_un.d_val;
		else if (entry->d_tag == DT_JMPREL)
			d.jumps = (uintptr_t)at;
		else if (entry->d_tag == DT_PLTRELSZ)
			d.jumps_bytes = entry->d_un.d_val;
		else if (entry->d_tag == DT_RELA)
			d.relocations = (uintptr_t)at;
		else if (entry->d_tag == DT_RELASZ)
			d.relocations_bytes = entry->d_un.d_val;
	}
	d.soname = d.strings ? d.strings + soname : "";
	return d;
}

static uint32_t gnu_hash(const char *symbol)
{
	uint32_t hash = 5381;

	for (; *symbol; symbol++)
		hash = hash * 33 + (unsigned char)*symbol;
	return hash;
}

const Elf64_Sym *elf_symbol_after(const struct elf *d, const char *symbol,
				  const Elf64_Sym *after)
{
	uint32_t wanted = gnu_hash(symbol), index;
	const uint32_t *buckets, *chain;

	if (!d->hash || !d->symbols || !d->strings || !d->hash[0])
		return NULL;
	buckets = d->hash + 4 + d->hash[2] * 2; /* header, then 64-bit Bloom words */
	chain = buckets + d->hash[0];
	index = buckets[wanted % d->hash[0]];
	if (index < d->hash[1])
		return NULL;
	for (;; index++) {
		uint32_t hash = chain[index - d->hash[1]];
		const Elf64_Sym *s = &d->symbols[index];
		bool later = !after || s > after;

		if (later && (hash | 1) == (wanted | 1) && s->st_shndx != SHN_UNDEF &&
		    strcmp(d->strings + s->st_name, symbol) == 0)
			return s;
		if (hash & 1)
			return NULL;
	}
}

const Elf64_Sym *elf_symbol(const struct elf *d, const char *symbol)
{
	return elf_symbol_after(d, symbol, NULL);
}

int elf_protection(const void *header, uintptr_t bias, uintptr_t address)
{
	const Elf64_Ehdr *elf = header;
	const Elf64_Phdr *h = (const void *)((const char *)header + elf->e_phoff);
	int protection = -1;

	if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0)
		return -1;
	for (unsigned i = 0; i < elf->e_phnum; i++)
		if (h[i].p_type == PT_LOAD && address - bias - h[i].p_vaddr < h[i].p_filesz)
			protection = (h[i].p_flags & PF_R ? PROT_READ : 0) |
				     (h[i].p_flags & PF_W ? PROT_WRITE : 0) |
				     (h[i].p_flags & PF_X ? PROT_EXEC : 0);
	return protection;
}

struct elf_module elf_module_of(const struct dl_phdr_info *info)
{
	struct elf_module m = {
		.bias = info->dlpi_addr,
		.headers = info->dlpi_phdr,
		.count = info->dlpi_phnum,
	};

	for (unsigned i = 0; i < m.count; i++) {
		const Elf64_Phdr *h = &m.headers[i];

		if (h->p_type == PT_DYNAMIC)
			m.dynamic = m.bias + h->p_vaddr;
		/* As ld.so's _dl_protect_relro rounds it. */
		if (h->p_type == PT_GNU_RELRO) {
			m.relro = page_begin(m.bias + h->p_vaddr);
			m.relro_end = page_begin(m.bias + h->p_vaddr + h->p_memsz);
		}
	}
	return m;
}

bool elf_module_has(const struct elf_module *m, uintptr_t at, uint32_t flags)
{
	for (unsigned i = 0; i < m->count; i++) {
		const Elf64_Phdr *h = &m->headers[i];

		if (h->p_type == PT_LOAD && (h->p_flags & flags) == flags &&
		    at - m->bias - h->p_vaddr < h->p_memsz)
			return true;
	}
	return false;
}

int elf_protect_relro(const struct elf_module *m, int protection)
{
	return (int)sys_call3(SYS_mprotect, (long)m->relro, (long)(m->relro_end - m->relro),
			      protection);
}
