/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two lists.  `modules`, sorted and without overlap, holds what the tracer reported and
 * what was adopted; a module that was mapped in a gap between another's segments has
 * split that one in two.  `regions` holds what /proc/PID/maps says of files: an address
 * that no module covers is looked up there, and its file is adopted as a module.  The
 * list is read early and kept, because the target may have ended when its last stacks are
 * unwound.
 */
#include "tracer/collect/names/mapped.h"
#include "tracer/collect/names/regions.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/ground/clock.h"
#include "tracer/ground/shared/page.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEADERS_MAX = 256, AGAIN_MS = 100 };

struct mapped {
	struct names *names;
	int32_t pid;
	struct mapped_module *modules;
	size_t length, room;
	unsigned changes;
	int64_t read_at;                /* when the list was last read after a miss, ms;
					 * 0: never */
	struct regions regions;
};

struct mapped *mapped_new(struct names *names, int32_t pid)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));

	if (mapped) {
		mapped->names = names;
		mapped->pid = pid;
	}
	return mapped;
}

void mapped_free(struct mapped *mapped)
{
	if (!mapped)
		return;
	regions_drop(&mapped->regions);
	free(mapped->modules);
	free(mapped);
}

/* How many modules end at or before the address. */
static size_t mapped_place_of(const struct mapped *mapped, uint64_t address)
{
	size_t at;

	BISECT(at, mapped->length, mapped->modules[at].end <= address);
	return at;
}

/* [start, end) lies inside the module at `at`: splits that into the parts before and
 * after. */
static void mapped_part(struct mapped *mapped, size_t at, uint64_t start, uint64_t end)
{
	struct mapped_module *modules = mapped->modules;

	memmove(modules + at + 1, modules + at,
		(mapped->length - at) * sizeof(modules[0]));
	mapped->length++;
	modules[at].end = start;
	modules[at + 1].start = end;
}

void mapped_put(struct mapped *mapped, struct module_id id, uint64_t start, uint64_t end,
		uint64_t bias)
{
	if (start >= end || !array_grow(&mapped->modules, &mapped->room, mapped->length + 2,
					sizeof(*mapped->modules)))
		return;
	mapped->changes++;
	size_t at = mapped_place_of(mapped, start);
	if (at < mapped->length && mapped->modules[at].start < start &&
	    mapped->modules[at].end > end)
		mapped_part(mapped, at++, start, end);
	size_t over = at;
	while (over < mapped->length && mapped->modules[over].start < end)
		over++;
	memmove(mapped->modules + at + 1, mapped->modules + over,
		(mapped->length - over) * sizeof(mapped->modules[0]));
	mapped->length = mapped->length - (over - at) + 1;
	mapped->modules[at] = (struct mapped_module){
		.start = start, .end = end, .bias = bias, .id = id
	};
}

unsigned mapped_changes(const struct mapped *mapped) { return mapped->changes; }

/* Joins the two lists: what is mapped now and, where nothing is mapped now, what was
 * mapped before.  The old entries are still needed, because stacks that go through a
 * library may wait in the queue when the program closes it. */
static void mapped_merge(struct regions *all, struct regions *now, struct regions *before)
{
	size_t i = 0;

	for (size_t k = 0; k < before->length; k++) {
		struct region *old = &before->v[k];
		while (i < now->length && now->v[i].end <= old->start)
			regions_add(all, &now->v[i++]);
		if (i < now->length && now->v[i].start < old->end)
			free(old->path);
		else
			regions_add(all, old);
	}
	while (i < now->length)
		regions_add(all, &now->v[i++]);
	free(now->v);
	free(before->v);
}

void mapped_read(struct mapped *mapped)
{
	struct regions now = { 0 }, all = { 0 };

	/* What was read is kept also if the process ended meanwhile. */
	if (!regions_read(&now, mapped->pid) && !now.length)
		return;
	mapped_merge(&all, &now, &mapped->regions);
	mapped->regions = all;
}

void mapped_hold(struct mapped *mapped)
{
	for (size_t i = 0; i < mapped->regions.length; i++)
		if (mapped->regions.v[i].code)
			names_hold(mapped->names, mapped->regions.v[i].path);
}

static bool header_at(const struct mapped_module *module, unsigned index,
		      Elf64_Phdr *header)
{
	uint64_t at = module->headers + index * sizeof(*header);

	if (at > module->size || module->size - at < sizeof(*header))
		return false;
	memcpy(header, module->bytes + at, sizeof(*header));
	return true;
}

/* Reads the head of .eh_frame_hdr: only the form that all linkers write can be
 * searched. */
static void find_table(struct mapped_module *module, const Elf64_Phdr *header)
{
	static const unsigned char form[4] = { 1, 0x1b, 0x03, 0x3b };
	uint32_t entries;

	if (header->p_offset > module->size || module->size - header->p_offset < 12)
		return;
	const unsigned char *head = module->bytes + header->p_offset;
	memcpy(&entries, head + 8, sizeof(entries));
	if (memcmp(head, form, sizeof(form)) != 0 ||
	    entries > (module->size - header->p_offset - 12) / 8)
		return;
	module->table = module->bias + header->p_vaddr;
	module->table_entries = entries;
}

/* Notes what the program headers say; binary_build_id has accepted these bytes. */
static void mapped_look(struct mapped *mapped, struct mapped_module *module)
{
	Elf64_Ehdr elf;
	Elf64_Phdr header;

	if (module->looked)
		return;
	module->looked = true;
	module->bytes = names_bytes(mapped->names, module->id, &module->size);
	if (!module->bytes || module->size < sizeof(elf)) {
		module->bytes = NULL;
		return;
	}
	memcpy(&elf, module->bytes, sizeof(elf));
	module->headers = elf.e_phoff;
	module->header_count = elf.e_phnum < HEADERS_MAX ? elf.e_phnum : HEADERS_MAX;
	for (unsigned i = 0; i < module->header_count && header_at(module, i, &header);
	     i++)
		if (header.p_type == PT_GNU_EH_FRAME)
			find_table(module, &header);
}

/* Finds the addresses that the whole file of a region takes up, from its loadable
 * segments. */
static bool bounds_of(const struct region *region, const unsigned char *bytes,
		      size_t size, uint64_t bounds[3])
{
	struct mapped_module file = { .bytes = bytes, .size = size };
	uint64_t low = UINT64_MAX, high = 0, bias = 0;
	bool found = false;
	Elf64_Ehdr elf;
	Elf64_Phdr header;

	if (size < sizeof(elf))
		return false;
	memcpy(&elf, bytes, sizeof(elf));
	file.headers = elf.e_phoff;
	for (unsigned i = 0; i < elf.e_phnum && header_at(&file, i, &header); i++) {
		if (header.p_type != PT_LOAD)
			continue;
		uint64_t page = page_begin(header.p_offset);
		uint64_t end = header.p_offset + header.p_filesz;
		low = header.p_vaddr < low ? header.p_vaddr : low;
		high = header.p_vaddr + header.p_memsz > high
			       ? header.p_vaddr + header.p_memsz
			       : high;
		if ((header.p_flags & PF_X) && region->offset >= page &&
		    region->offset < end) {
			bias = region->start - region->offset -
			       (header.p_vaddr - header.p_offset);
			found = true;
		}
	}
	bounds[0] = bias + page_begin(low);
	bounds[1] = bias + page_end(high);
	bounds[2] = bias;
	return found && bounds[0] < bounds[1];
}

/* Reads the mappings once more after an address was not found, but not too often: code
 * that is generated at run time is in no file, and each of its addresses would make us
 * read them. */
static void read_again(struct mapped *mapped)
{
	int64_t at = clock_milliseconds();

	if (mapped->read_at != 0 && at - mapped->read_at < AGAIN_MS)
		return;
	mapped_read(mapped);
	mapped->read_at = at;
}

static bool adopt_listed(struct mapped *mapped, uint64_t address)
{
	for (size_t i = 0; i < mapped->regions.length; i++) {
		struct region *region = &mapped->regions.v[i];
		uint64_t bounds[3];
		size_t size;
		if (address < region->start || address >= region->end)
			continue;
		struct module_id id = names_adopt(mapped->names, region->path,
						  region->start, region->end, mapped->pid);
		const unsigned char *bytes = names_bytes(mapped->names, id, &size);
		if (!bytes || !bounds_of(region, bytes, size, bounds) ||
		    address < bounds[0] || address >= bounds[1])
			return false;
		mapped_put(mapped, id, bounds[0], bounds[1], bounds[2]);
		return true;
	}
	return false;
}

static bool adopt(struct mapped *mapped, uint64_t address)
{
	if (adopt_listed(mapped, address))
		return true;
	read_again(mapped);
	return adopt_listed(mapped, address);
}

/* Whether the module has the address; false in a gap between its segments. */
static bool has(const struct mapped_module *module, uint64_t address)
{
	Elf64_Phdr header;

	if (!module->bytes)
		return true;
	for (unsigned i = 0; i < module->header_count && header_at(module, i, &header); i++) {
		uint64_t low = page_begin(module->bias + header.p_vaddr);
		uint64_t high = page_end(module->bias + header.p_vaddr + header.p_memsz);
		if (header.p_type == PT_LOAD && address >= low && address < high)
			return true;
	}
	return false;
}

static struct mapped_module *mapped_find_known(struct mapped *mapped, uint64_t address)
{
	size_t at = mapped_place_of(mapped, address);

	if (at == mapped->length || mapped->modules[at].start > address)
		return NULL;
	mapped_look(mapped, &mapped->modules[at]);
	return has(&mapped->modules[at], address) ? &mapped->modules[at] : NULL;
}

const struct mapped_module *mapped_find(struct mapped *mapped, uint64_t address)
{
	struct mapped_module *module = mapped_find_known(mapped, address);

	if (!module && adopt(mapped, address))
		module = mapped_find_known(mapped, address);
	return module;
}

bool mapped_word(struct mapped *mapped, uint64_t address, uint64_t *word)
{
	const struct mapped_module *module = mapped_find_known(mapped, address);
	Elf64_Phdr header;

	*word = 0;
	if (!module || !module->bytes)
		return false;
	uint64_t wanted = address - module->bias;
	for (unsigned i = 0; i < module->header_count && header_at(module, i, &header);
	     i++) {
		if (header.p_type != PT_LOAD || wanted < header.p_vaddr ||
		    wanted - header.p_vaddr >= header.p_filesz ||
		    header.p_offset > module->size)
			continue;
		uint64_t into = wanted - header.p_vaddr;
		uint64_t left = header.p_filesz - into;
		uint64_t stored = module->size - header.p_offset;
		if (into >= stored)
			return true;
		left = left < stored - into ? left : stored - into;
		memcpy(word, module->bytes + header.p_offset + into, left < 8 ? left : 8);
		return true;
	}
	return true;
}
