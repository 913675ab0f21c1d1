/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_BEHIND_ELF_H
#define TRACER_PRELOAD_BEHIND_ELF_H
/*
 * What a loaded module defines, by its own hash table; dlsym would do it too, but takes
 * the loader's lock.  The module must stay loaded meanwhile.
 */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* What is needed of a module's dynamic section. */
struct elf {
	uintptr_t bias;
	const Elf64_Sym *symbols;
	const char *strings;
	const uint32_t *hash;           /* DT_GNU_HASH */
	const char *soname;             /* "" if it has none */
	uintptr_t jumps, relocations;   /* DT_JMPREL, DT_RELA: addresses, or 0 */
	uint64_t jumps_bytes, relocations_bytes;
};

/* True in libmemtop.so itself. */
bool elf_is_own(uintptr_t address);

/* The module at an address; NULL where there is none, and for ourselves. */
struct link_map *elf_at(uintptr_t address);

struct elf elf_read(const struct link_map *map);

/* The symbol that this module defines, or NULL. */
const Elf64_Sym *elf_symbol(const struct elf *d, const char *symbol);

/* A name may be defined in several versions: returns the one that follows `after` (NULL:
 * the first), or NULL. */
const Elf64_Sym *elf_symbol_after(const struct elf *d, const char *symbol,
				  const Elf64_Sym *after);

/* A module as reported by dl_iterate_phdr. */
struct elf_module {
	uintptr_t bias, dynamic;        /* dynamic: its section's address, or 0 */
	uintptr_t relro, relro_end;     /* pages that are read-only after relocation */
	const Elf64_Phdr *headers;
	unsigned count;
};

struct elf_module elf_module_of(const struct dl_phdr_info *info);

/* The module's segment at an address has all of these flags (PF_*). */
bool elf_module_has(const struct elf_module *m, uintptr_t at, uint32_t flags);

/* Gives the pages that are read-only after relocation this protection (PROT_*).  0, or
 * -errno. */
int elf_protect_relro(const struct elf_module *m, int protection);

/* PROT_* of the segment at an address of the module, as its ELF header, mapped at
 * `header`, has it; -1 if there is none. */
int elf_protection(const void *header, uintptr_t bias, uintptr_t address);

#endif
