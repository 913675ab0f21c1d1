/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In .symtab the local symbols of a source file follow a symbol with the file's name
 * (System V ABI, "Symbol Table", STT_FILE).  The file is read, not mapped, so that it may
 * shrink meanwhile; and if libelf crashes over a broken file, that is caught (fault.h).
 */
#include "tracer/collect/debug/variables.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/debug/search.h"
#include "tracer/ground/array.h"
#include "tracer/ground/shared/page.h"

#define SYMBOLS_MOST (UINT64_C(1) << 24)
#define NAME_MOST 4096u

struct reading {
	struct variables *variables;
	int file;
	size_t room, local_room, segments_room;
	bool whole;                     /* the file has a .symtab */
	int error;
};

static bool is_global(const struct variable *variable) { return !variable->file; }

/* Sorts by address.  Of several names at one address the best known comes first: global
 * names before local ones, fewer leading underscores before more. */
static int variable_order(const void *left, const void *right)
{
	const struct variable *a = left, *b = right;
	size_t x = strspn(a->name, "_"), y = strspn(b->name, "_");

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (is_global(a) != is_global(b))
		return is_global(a) ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void free_variable(struct variable *variable)
{
	free(variable->name);
	free(variable->function);
	free(variable->file);
}

/* Sorts them; of those that overlap the first is kept. */
static size_t put_in_order(struct variable *of, size_t length)
{
	size_t kept = 0;

	if (length)
		qsort(of, length, sizeof(*of), variable_order);
	for (size_t i = 0; i < length; i++) {
		const struct variable *last = kept ? &of[kept - 1] : NULL;

		if (last && of[i].address - last->address < last->size)
			free_variable(&of[i]);
		else
			of[kept++] = of[i];
	}
	return kept;
}

static int add_variable(struct reading *reading, const GElf_Sym *symbol, const char *name,
			const char *file)
{
	struct variables *to = reading->variables;
	bool local = GELF_ST_TYPE(symbol->st_info) == STT_TLS;
	struct variable **of = local ? &to->local : &to->of;
	size_t *length = local ? &to->local_length : &to->length;
	struct variable made = { .address = symbol->st_value, .size = symbol->st_size };

	if (!array_grow(of, local ? &reading->local_room : &reading->room, *length + 1,
			sizeof(**of)))
		return -ENOMEM;
	made.name = strndup(name, strcspn(name, "@"));
	made.file = file ? strndup(file, NAME_MOST) : NULL;
	if (!made.name || (file && !made.file)) {
		free_variable(&made);
		return -ENOMEM;
	}
	(*of)[(*length)++] = made;
	return 0;
}

static bool is_variable(const GElf_Sym *symbol, const char *name)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);

	return (type == STT_OBJECT || type == STT_TLS) && symbol->st_size &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS && name &&
	       *name && *name != '@' && symbol->st_value + symbol->st_size > symbol->st_value &&
	       strlen(name) < NAME_MOST;
}

static int read_table(struct reading *reading, Elf *elf, Elf_Scn *section,
		      const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	uint64_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	const char *file = NULL;
	int error = 0;

	for (uint64_t i = 1; data && !error && i < count && i < SYMBOLS_MOST; i++) {
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (GELF_ST_TYPE(symbol.st_info) == STT_FILE)
			file = name && *name ? name : NULL;
		else if (is_variable(&symbol, name))
			error = add_variable(reading, &symbol, name,
					     GELF_ST_BIND(symbol.st_info) == STB_LOCAL ? file : NULL);
	}
	return error;
}

static int read_tables(struct reading *reading, Elf *elf, GElf_Word type)
{
	Elf_Scn *section = NULL;
	int error = 0;

	while (!error && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header) || header.sh_type != type)
			continue;
		reading->whole |= type == SHT_SYMTAB;
		error = read_table(reading, elf, section, &header);
	}
	return error;
}

static int read_segments(struct reading *reading, Elf *elf)
{
	struct variables *to = reading->variables;
	GElf_Phdr header;
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return 0;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &header); i++) {
		if (header.p_type == PT_TLS) {
			to->tls_size = header.p_memsz;
			to->tls_align = header.p_align;
		}
		if (header.p_type != PT_LOAD)
			continue;
		if (!array_grow(&to->segments, &reading->segments_room, to->segments_length + 1,
				sizeof(*to->segments)))
			return -ENOMEM;
		to->segments[to->segments_length++] = (struct variables_segment){
			header.p_offset, header.p_vaddr, header.p_filesz,
			(header.p_flags & PF_W) != 0 };
		/* A segment that ends beyond all addresses means damage. */
		if (header.p_vaddr < UINT64_MAX / 2 && header.p_memsz < UINT64_MAX / 2 &&
		    header.p_vaddr + header.p_memsz > to->end)
			to->end = header.p_vaddr + header.p_memsz;
	}
	return 0;
}

static void read_debug_file(struct reading *reading)
{
	uint8_t id[20];
	int length = binary_build_id(reading->file, id);
	int file = length > 0 ? search_build_id(id, (size_t)length, ".debug") : -1;
	Elf *elf = file >= 0 ? elf_begin(file, ELF_C_READ, NULL) : NULL;

	if (elf && elf_kind(elf) == ELF_K_ELF)
		reading->error = read_tables(reading, elf, SHT_SYMTAB);
	elf_end(elf);
	if (file >= 0)
		close(file);
}

static void variables_read_all(void *user)
{
	struct reading *reading = user;

	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(reading->file, ELF_C_READ, NULL);

	if (elf && elf_kind(elf) == ELF_K_ELF) {
		reading->error = read_segments(reading, elf);
		if (!reading->error)
			reading->error = read_tables(reading, elf, SHT_SYMTAB);
		if (!reading->error && !reading->whole)
			read_debug_file(reading);
		if (!reading->error && !reading->whole)
			reading->error = read_tables(reading, elf, SHT_DYNSYM);
	}
	elf_end(elf);
}

int variables_read(struct variables *variables, const struct binary_wish *wish)
{
	const char *reason;
	struct reading reading = { .variables = variables, .file = binary_open(wish, &reason) };

	if (reading.file < 0)
		return -ENOENT;
	int error = fault_run(variables_read_all, &reading);

	close(reading.file);
	if (error) {                    /* libelf may have crashed midway: nothing is
					 * freed */
		*variables = (struct variables){ 0 };
		return error;
	}
	variables->length = put_in_order(variables->of, variables->length);
	variables->local_length = put_in_order(variables->local, variables->local_length);
	return reading.error;
}

void variables_free(struct variables *variables)
{
	for (size_t i = 0; i < variables->length; i++)
		free_variable(&variables->of[i]);
	for (size_t i = 0; i < variables->local_length; i++)
		free_variable(&variables->local[i]);
	free(variables->of);
	free(variables->local);
	free(variables->segments);
	*variables = (struct variables){ 0 };
}

uint64_t variables_address(const struct variables *variables, uint64_t offset,
			   bool writable)
{
	uint64_t found = UINT64_MAX;

	for (size_t i = 0; i < variables->segments_length; i++) {
		const struct variables_segment *segment = &variables->segments[i];
		uint64_t start = page_begin(segment->offset);

		/* A segment is mapped by whole pages, so its first page may also be the
		 * last of the segment before (lld): then the page counts as the later
		 * one's. */
		if (offset >= start && offset < segment->offset + segment->bytes &&
		    (segment->writable || !writable))
			if (found == UINT64_MAX || (offset == start && writable))
				found = segment->address - segment->offset + offset;
	}
	return found;
}
