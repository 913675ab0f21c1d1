/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the file the functions of DT_INIT_ARRAY are given by relocations: the array itself is
 * zero there, and each entry's MACHINE_R_RELATIVE has the function's address as addend
 * (System V ABI, AMD64 supplement, "Relocation").
 */
#include "tracer/collect/debug/runtime.h"
#include "tracer/machine/machine.h"
#include <gelf.h>
#include <string.h>

/* Most bytes of the last function, which no next one ends. */
#define RUNTIME_FUNCTION_MAX UINT64_C(512)

bool runtime_makes_pool(const char *symbol)
{
	return symbol && (!strcmp(symbol, "_GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv") ||
			  !strcmp(symbol, "_GLOBAL__sub_I_eh_alloc.cc"));
}

static bool find_array(Elf *elf, GElf_Shdr *array)
{
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;)
		if (gelf_getshdr(section, array) && array->sh_type == SHT_INIT_ARRAY)
			return true;
	return false;
}

/* The functions of the array around an address: the start of the last one at or before
 * it, and of the first one after it. */
struct around {
	uint64_t address, from, to;
};

static void runtime_look(Elf_Scn *section, const GElf_Shdr *header, const GElf_Shdr *array,
		    struct around *around)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	for (size_t i = 0; i < n; i++) {
		GElf_Rela rela;

		if (!gelf_getrela(data, (int)i, &rela))
			return;
		if (rela.r_offset < array->sh_addr ||
		    rela.r_offset >= array->sh_addr + array->sh_size ||
		    GELF_R_TYPE(rela.r_info) != MACHINE_R_RELATIVE)
			continue;
		uint64_t at = (uint64_t)rela.r_addend;

		if (at <= around->address && at > around->from)
			around->from = at;
		if (at > around->address && at < around->to)
			around->to = at;
	}
}

bool runtime_starts_at(Elf *elf, const char *path, uint64_t address)
{
	const char *slash = strrchr(path, '/');
	struct around around = {.address = address, .from = 0, .to = UINT64_MAX};
	GElf_Shdr array, header;

	if (strncmp(slash ? slash + 1 : path, "libstdc++.so", 12) != 0 || !elf ||
	    !find_array(elf, &array))
		return false;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;)
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA)
			runtime_look(section, &header, &array, &around);
	return around.from && address - around.from < RUNTIME_FUNCTION_MAX;
}
