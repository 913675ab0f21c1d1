/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the program's own functions. */
#include "tests/preload/fakemem/fakemem.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_start(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	return f->start < g->start ? -1 : f->start > g->start;
}

static void add_symbols(struct segment *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	uint64_t count = header->sh_size / header->sh_entsize;

	s->functions = calloc(count + 1, sizeof(*s->functions));
	for (uint64_t i = 0; i < count; i++) {
		struct function *f = &s->functions[s->function_count];
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0)
			continue;
		f->start = symbol.st_value;
		f->end = symbol.st_value + symbol.st_size;
		snprintf(f->name, sizeof(f->name), "%s",
			 elf_strptr(elf, header->sh_link, symbol.st_name));
		s->function_count++;
	}
	qsort(s->functions, s->function_count, sizeof(*s->functions), by_start);
}

void read_symbols(struct segment *s)
{
	char path[64];
	Elf_Scn *section = NULL;
	Elf *elf;
	int fd;

	elf_version(EV_CURRENT);
	snprintf(path, sizeof(path), "/proc/%d/exe", s->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			add_symbols(s, elf, section, &header);
	}
	elf_end(elf);
	close(fd);
}

/* The program is the first module of a stack that ends in main; here: the one
 * whose path is not a library's. */
static bool is_program(const struct segment *s, uint32_t module)
{
	const struct wire_module *m = (void *)(s->base + s->control->offset[WIRE_MODULES]);
	const char *path = s->base + s->control->offset[WIRE_BLOBS] + m[module].path;
	uint32_t length = m[module].path_length;

	return module && length && !memmem(path, length, ".so", 3);
}

struct function *function_of(struct segment *s, uint32_t trace)
{
	const uint64_t *nodes = (void *)(s->base + s->control->offset[WIRE_TRACES]);
	const uint64_t *sites = (void *)(s->base + s->control->offset[WIRE_SITES]);
	uint64_t site = trace && trace < s->control->traces ?
				sites[wire_node_site(nodes[trace])] : 0;
	uint64_t low = 0, high = s->function_count, at = wire_site_offset(site);

	if (!is_program(s, wire_site_module(site)))
		return NULL;
	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (s->functions[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->function_count && s->functions[low].start <= at ? &s->functions[low]
									 : NULL;
}
