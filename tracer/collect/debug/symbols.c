/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several symbols may name one function (aliases); the best known one is kept.  Symbols
 * without a size (assembler) extend to the next symbol or to the end of their section,
 * where no symbol with a size covers them.
 */
#include "tracer/collect/debug/symbols.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/spans.h"

struct symbol {
	uint64_t address, size;
	const char *name;
	uint64_t section_end;           /* 0: unknown */
	bool global;
};

struct symbols {
	struct symbol *v;
	size_t length;
	struct spans sized, sizeless;
	char name[4096];                /* what symbols_find returns, when it had to be
					 * cut */
};

static bool is_code(const GElf_Sym *symbol)
{
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return true;
	case STT_NOTYPE:
		return symbol->st_size == 0 && GELF_ST_BIND(symbol->st_info) != STB_WEAK;
	default:
		return false;
	}
}

/* The end of the symbol's section; 0 if that is not code. */
static uint64_t section_end(Elf *elf, GElf_Word index, const GElf_Sym *symbol,
			    uint64_t address)
{
	GElf_Shdr header;
	Elf_Scn *section = elf ? elf_getscn(elf, index) : NULL;

	if (!section || !gelf_getshdr(section, &header) ||
	    !(header.sh_flags & SHF_EXECINSTR))
		return 0;
	/* sh_addr and st_value count alike; `address` may be shifted. */
	return address - symbol->st_value + header.sh_addr + header.sh_size;
}

static void read_symbols(struct symbols *symbols, Dwfl_Module *module, int count)
{
	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section = SHN_UNDEF;
		Elf *elf = NULL;
		const char *name = dwfl_module_getsym_info(module, i, &symbol, &address,
							   &section, &elf, NULL);
		if (!name || !name[0] || name[0] == '$' || section == SHN_UNDEF ||
		    section == SHN_ABS || !is_code(&symbol))
			continue;
		/* For an ifunc the table has its own address, not the one that the loader
		 * resolves. */
		uint64_t end = section_end(elf, section, &symbol, address);
		if (end == 0 && symbol.st_size == 0)
			continue;
		symbols->v[symbols->length++] = (struct symbol){
			.address = address,
			.size = symbol.st_size,
			.name = name,
			.section_end = end,
			.global = GELF_ST_BIND(symbol.st_info) != STB_LOCAL,
		};
	}
}

static size_t underscores(const char *name) { return strspn(name, "_"); }

/* Sorts by address, and aliases by name, the best first. */
static int symbols_compare(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if ((a->size == 0) != (b->size == 0))
		return a->size == 0 ? 1 : -1;
	if (a->global != b->global)
		return a->global ? -1 : 1;
	size_t x = underscores(a->name), y = underscores(b->name);
	if (x != y)
		return x < y ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Indexes the symbols.  If there is no memory for either table, some names are
 * missing. */
static void index_symbols(struct symbols *symbols)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = symbols->length; i-- > 0;) {
		const struct symbol *symbol = &symbols->v[i];
		bool alias = i > 0 && symbols->v[i - 1].address == symbol->address;
		uint64_t end = symbol->section_end < next ? symbol->section_end : next;
		if (symbol->size && !alias)
			(void)spans_add(&symbols->sized, symbol->address,
					symbol->address + symbol->size, (uint32_t)i);
		else if (!alias)
			(void)spans_add(&symbols->sizeless, symbol->address, end,
					(uint32_t)i);
		if (!alias)
			next = symbol->address;
	}
	spans_sort(&symbols->sized);
	spans_sort(&symbols->sizeless);
}

struct symbols *symbols_new(Dwfl_Module *module)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	int count = dwfl_module_getsymtab(module);

	if (!symbols || count <= 0)
		return symbols;
	symbols->v = malloc((size_t)count * sizeof(symbols->v[0]));
	if (!symbols->v) {
		free(symbols);
		return NULL;
	}
	read_symbols(symbols, module, count);
	if (symbols->length > 1)
		qsort(symbols->v, symbols->length, sizeof(symbols->v[0]),
		      symbols_compare);
	index_symbols(symbols);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	spans_free(&symbols->sized);
	spans_free(&symbols->sizeless);
	free(symbols->v);
	free(symbols);
}

const char *symbols_find(struct symbols *symbols, uint64_t address)
{
	const struct span *span = spans_find(&symbols->sized, address);

	if (!span)
		span = spans_find(&symbols->sizeless, address);
	if (!span)
		return NULL;
	const char *name = symbols->v[span->index].name;
	size_t length = strcspn(name, "@");
	if (name[length] == '\0' || length == 0 || length >= sizeof(symbols->name))
		return name;
	memcpy(symbols->name, name, length);
	symbols->name[length] = '\0';
	return symbols->name;
}
