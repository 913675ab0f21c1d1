/* SPDX-License-Identifier: MIT */
#include "tracer/preload/elf.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "tracer/preload/real.h"

/* Not inlined: its answer's frame is gone before anything else is asked. */
__attribute__((noinline)) struct link_map *elf_at(uintptr_t address)
{
	struct dl_find_object found;

	if (real_is_own(address))
		return NULL;
	return _dl_find_object((void *)address, &found) < 0 ? NULL : found.dlfo_link_map;
}

/* The loader turns these into addresses in place, but not in every module. */
static const void *in_module(const struct link_map *map, uint64_t value)
{
	return (const void *)(value < map->l_addr ? value + map->l_addr : value);
}

struct elf elf_read(const struct link_map *map)
{
	struct elf d = {.bias = map->l_addr};

	for (const Elf64_Dyn *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
		const void *at = in_module(map, entry->d_un.d_ptr);

		if (entry->d_tag == DT_SYMTAB)
			d.symbols = at;
		else if (entry->d_tag == DT_STRTAB)
			d.strings = at;
		else if (entry->d_tag == DT_GNU_HASH)
			d.hash = at;
		else if (entry->d_tag == DT_RELA)
			d.relocations = at;
		else if (entry->d_tag == DT_RELASZ)
			d.relocation_bytes = entry->d_un.d_val;
	}
	return d;
}

static uint32_t gnu_hash(const char *symbol)
{
	uint32_t hash = 5381;

	for (; *symbol; symbol++)
		hash = hash * 33 + (unsigned char)*symbol;
	return hash;
}

const Elf64_Sym *elf_symbol(const struct elf *d, const char *symbol)
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

		if ((hash | 1) == (wanted | 1) && s->st_shndx != SHN_UNDEF &&
		    strcmp(d->strings + s->st_name, symbol) == 0)
			return s;
		if (hash & 1)
			return NULL;
	}
}
