/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Dwfl of one module at base 0, so that its addresses are the file's own:
 * libdwfl knows where separate debug files are (.gnu_debuglink, build-id,
 * .gnu_debugdata, .gnu_debugaltlink, debuginfod if the user set its URLs).
 * Finding the unit, the function and the inlines is ours (units.c), because
 * libdwfl's needs .debug_aranges and looks through a whole unit each time.
 */
#include "tracer/collect/dwarf.h"

#include <dwarf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <elfutils/libdwfl.h>
#include "tracer/collect/demangle.h"
#include "tracer/collect/download.h"
#include "tracer/collect/paths.h"
#include "tracer/collect/symbols.h"
#include "tracer/collect/units.h"

#define DEBUG_MAX (UINT64_C(16) << 30)  /* bytes of debug sections, uncompressed */
enum { FUNCTION_MAX = 8192, LINES_BACK = 64, CHILDREN_MAX = 1000000 };

struct dwarf_module {
	Dwfl *dwfl;
	Dwfl_Module *module;
	const unsigned char *bytes;     /* the file, mapped */
	size_t size;
	struct units *units;            /* NULL: no debug info */
	Dwarf_Addr bias;                /* of the debug info's addresses */
	struct symbols *symbols;
	bool prepared;
	const char *reason;
	struct dwarf_module *next;      /* of the abandoned ones */
	char path[];
};

/* Nobody may free these; leak checkers shall see that they are known. */
static _Atomic(struct dwarf_module *) abandoned;

/* A file whose debug sections would unpack to more than DEBUG_MAX. */
static bool is_too_large(Elf *elf)
{
	uint64_t sum = 0;

	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
		GElf_Shdr header;
		GElf_Chdr packed;
		if (!gelf_getshdr(section, &header))
			continue;
		uint64_t size = header.sh_type == SHT_NOBITS ? 0 : header.sh_size;
		if ((header.sh_flags & SHF_COMPRESSED) && gelf_getchdr(section, &packed))
			size = packed.ch_size;
		sum = size > DEBUG_MAX ? DEBUG_MAX + 1 : sum + size;
		if (sum > DEBUG_MAX)
			return true;
	}
	return false;
}

/* libdwfl's own search, and no file that is too large to unpack. */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			  const char *file, const char *link, GElf_Word crc, char **found)
{
	int fd = dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc, found);
	Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;

	if (elf && is_too_large(elf)) {
		close(fd);
		free(*found);
		*found = NULL;
		fd = -1;
	}
	elf_end(elf);
	return fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static bool report(struct dwarf_module *module, int fd)
{
	module->dwfl = dwfl_begin(&callbacks);
	if (!module->dwfl) {
		close(fd);
		return false;
	}
	dwfl_report_begin(module->dwfl);
	module->module =
		dwfl_report_elf(module->dwfl, module->path, module->path, fd, 0, true);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!module->module)
		close(fd);
	return module->module != NULL;
}

struct dwarf_module *dwarf_open(const struct binary_wish *wish, const char **reason)
{
	struct stat status;
	int fd = binary_open(wish, reason);

	if (fd < 0)
		return NULL;
	size_t length = strlen(wish->path) + 1;
	struct dwarf_module *module = calloc(1, sizeof(*module) + length);
	if (!module || fstat(fd, &status) != 0) {
		free(module);
		close(fd);
		*reason = "out of memory";
		return NULL;
	}
	memcpy(module->path, wish->path, length);
	module->size = (size_t)status.st_size;
	void *bytes = mmap(NULL, module->size, PROT_READ, MAP_PRIVATE, fd, 0);
	module->bytes = bytes == MAP_FAILED ? NULL : bytes;
	if (!module->bytes)
		close(fd);
	if (!module->bytes || !report(module, fd)) {
		dwarf_close(module);
		*reason = "not readable";
		return NULL;
	}
	return module;
}

void dwarf_close(struct dwarf_module *module)
{
	if (!module)
		return;
	units_free(module->units);
	symbols_free(module->symbols);
	if (module->dwfl)
		dwfl_end(module->dwfl);
	if (module->bytes)
		munmap((void *)(uintptr_t)module->bytes, module->size);
	free(module);
}

void dwarf_abandon(struct dwarf_module *module)
{
	if (module)
		module->next = atomic_exchange(&abandoned, module);
}

/* Packages keep their files here; what lies elsewhere was built by hand. */
static const char *why_no_debug_info(const char *path)
{
	static const char *const packaged[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib", "/bin/",
						"/sbin/", "/lib" };

	for (size_t i = 0; i < sizeof(packaged) / sizeof(packaged[0]); i++)
		if (strncmp(path, packaged[i], strlen(packaged[i])) == 0)
			return "no debug info: install its -dbgsym package or set DEBUGINFOD_URLS";
	return "no debug info: compile with -g";
}

const char *dwarf_prepare(struct dwarf_module *module, const atomic_bool *leave)
{
	GElf_Addr unused;

	if (module->prepared)
		return module->reason;
	module->prepared = true;
	Elf *elf = dwfl_module_getelf(module->module, &unused);
	if (!elf || is_too_large(elf)) {
		module->reason = elf ? "its debug info is larger than 16 GiB" : "not readable";
		return module->reason;
	}
	download_watch(module->dwfl, leave);
	Dwarf *dwarf = dwfl_module_getdwarf(module->module, &module->bias);
	if (dwarf)
		module->units = units_new(dwarf);
	else
		module->reason = why_no_debug_info(module->path);
	module->symbols = symbols_new(module->module);
	return module->reason;
}

size_t dwarf_weight(const struct dwarf_module *module) { return module->size; }

const char *dwarf_late_reason(const struct dwarf_module *module)
{
	bool missed = module->units && units_missed_split(module->units);
	return missed ? "no debug info: its .dwo files were not found" : NULL;
}

const unsigned char *dwarf_bytes(const struct dwarf_module *module, size_t *size)
{
	*size = module->size;
	return module->bytes;
}

/* Room for one more text of at most `max` bytes, or NULL. */
static char *text_room(struct dwarf_names *names, size_t *max)
{
	size_t left = sizeof(names->text) - names->used;

	*max = *max < left ? *max : left;
	return left > 1 ? names->text + names->used : NULL;
}

static const char *text_path(struct dwarf_names *names, const char *folder, const char *file)
{
	size_t room = PATH_MAX;
	char *text = text_room(names, &room);

	if (!text)
		return "";
	names->used += paths_clean(folder, file, text, room) + 1;
	return text;
}

static void set_function(struct dwarf_names *names, struct dwarf_frame *frame, const char *symbol)
{
	size_t room = FUNCTION_MAX;
	char *text = text_room(names, &room);
	enum lang lang;

	if (!text || !symbol || !symbol[0])
		return;
	names->used += demangle(symbol, text, room, &lang) + 1;
	frame->function = text;
	frame->unresolved = false;
	if (lang != LANG_NONE && frame->lang != LANG_RUST)
		frame->lang = lang;
}

static void set_offset(struct dwarf_names *names, struct dwarf_frame *frame, uint64_t offset)
{
	size_t room = 24;
	char *text = text_room(names, &room);

	frame->function = "";
	if (text)
		names->used += (size_t)snprintf(text, room, "+0x%" PRIx64, offset) + 1;
	if (text)
		frame->function = text;
	frame->unresolved = true;
}

void dwarf_unknown(const char *path, uint64_t offset, struct dwarf_names *names)
{
	names->length = 1;
	names->used = 0;
	names->frames[0] = (struct dwarf_frame){ .file = path };
	set_offset(names, &names->frames[0], offset);
}

static enum lang lang_of(Dwarf_Die *cu)
{
	switch (dwarf_srclang(cu)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
		return LANG_C;
	case DW_LANG_C_plus_plus:
	case DW_LANG_C_plus_plus_03:
	case DW_LANG_C_plus_plus_11:
	case DW_LANG_C_plus_plus_14:
		return LANG_CXX;
	case DW_LANG_Rust:
		return LANG_RUST;
	default:
		return LANG_NONE;
	}
}

static const char *linker_name_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) &&
	    !dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

/* The name of a function of the source that has no linker name. */
static void set_source_name(const struct dwarf_module *module, const struct unit_place *place,
			    Dwarf_Die *die, struct dwarf_names *names, struct dwarf_frame *frame)
{
	const char *name = dwarf_diename(die);
	size_t room = FUNCTION_MAX;
	char *text = text_room(names, &room);

	if (!text || !name)
		return;
	size_t length = units_scope(module->units, place, die, text, room);
	size_t rest = strnlen(name, room - length - 1);
	memcpy(text + length, name, rest);
	text[length + rest] = '\0';
	names->used += length + rest + 1;
	frame->function = text;
	frame->unresolved = false;
}

/* g++ names no method of a local class in its debug info, but in the symbols. */
static const char *mangled_symbol(struct dwarf_module *module, Dwarf_Addr address)
{
	const char *name = module->symbols ? symbols_find(module->symbols, address) : NULL;
	return name && (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0) ? name : NULL;
}

static void set_name(struct dwarf_module *module, const struct unit_place *place, Dwarf_Die *die,
		     Dwarf_Addr address, struct dwarf_names *names, struct dwarf_frame *frame)
{
	/* In C both are plain; glibc's linker names are its inner aliases. */
	const char *symbol = frame->lang == LANG_C ? NULL : linker_name_of(die);

	if (!symbol && !frame->inlined && frame->lang != LANG_C)
		symbol = mangled_symbol(module, address + module->bias);
	if (symbol)
		set_function(names, frame, symbol);
	else
		set_source_name(module, place, die, names, frame);
}

static const char *folder_of(Dwarf_Die *cu)
{
	Dwarf_Attribute attribute;
	return dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attribute));
}

struct position {
	const char *file;               /* libdw's; NULL: unknown */
	int line;
};

/* How many rows stand at or before the address; rows are sorted by it. */
static size_t rows_until(Dwarf_Lines *rows, size_t count, Dwarf_Addr address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		Dwarf_Addr at = 0;
		dwarf_lineaddr(dwarf_onesrcline(rows, middle), &at);
		if (at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last row before an address that has a line, of the same sequence. */
static Dwarf_Line *row_before(Dwarf_Die *cu, Dwarf_Addr address, int *line)
{
	Dwarf_Lines *rows;
	size_t count;

	if (dwarf_getsrclines(cu, &rows, &count) != 0)
		return NULL;
	size_t at = rows_until(rows, count, address);
	for (unsigned back = 0; at > 0 && back < LINES_BACK; back++) {
		Dwarf_Line *row = dwarf_onesrcline(rows, --at);
		bool ends = false;
		if (dwarf_lineendsequence(row, &ends) != 0 || ends)
			return NULL;
		if (dwarf_lineno(row, line) == 0 && *line > 0)
			return row;
	}
	return NULL;
}

/* The line table's row for an address.  Line 0 is code of no line: the last
 * row before it that has one stands for it. */
static struct position row_at(Dwarf_Die *cu, Dwarf_Addr address)
{
	struct position position = { 0 };
	Dwarf_Line *row = dwarf_getsrc_die(cu, address);

	if (row && dwarf_lineno(row, &position.line) == 0 && position.line == 0)
		row = row_before(cu, address, &position.line);
	if (row)
		position.file = dwarf_linesrc(row, NULL, NULL);
	return position;
}

/* Where an inlined function was called. */
static struct position call_of(Dwarf_Die *body, Dwarf_Die *inlined)
{
	struct position position = { 0 };
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
	    line > INT_MAX ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
	    dwarf_getsrcfiles(body, &files, &count) != 0 || file >= count)
		return position;
	position.line = (int)line;
	position.file = dwarf_filesrc(files, file, NULL, NULL);
	return position;
}

/* The child block or inlined function that holds the address. */
static bool step_inside(Dwarf_Die *die, Dwarf_Addr address, Dwarf_Die *inside)
{
	Dwarf_Off before = dwarf_dieoffset(die);
	Dwarf_Die child, next;

	if (dwarf_child(die, &child) != 0)
		return false;
	for (unsigned n = 0; n < CHILDREN_MAX && dwarf_dieoffset(&child) > before; n++) {
		int tag = dwarf_tag(&child);
		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
		     tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
		    dwarf_haspc(&child, address) > 0) {
			*inside = child;
			return true;
		}
		before = dwarf_dieoffset(&child);
		if (dwarf_siblingof(&child, &next) != 0)
			return false;
		child = next;
	}
	return false;
}

/* The function and the inlines inside it that hold the address, outermost
 * first; how many.  A chain longer than `max` keeps its outer part. */
static size_t find_chain(const Dwarf_Die *function, Dwarf_Addr address, Dwarf_Die *chain,
			 size_t max)
{
	size_t length = 1;
	Dwarf_Die at = *function, inside;

	chain[0] = *function;
	for (unsigned depth = 0; depth < 4096 && length < max; depth++) {
		if (!step_inside(&at, address, &inside))
			break;
		if (dwarf_tag(&inside) == DW_TAG_inlined_subroutine)
			chain[length++] = inside;
		at = inside;
	}
	return length;
}

static void set_position(const struct dwarf_module *module, struct dwarf_names *names,
			 struct dwarf_frame *frame, const char *folder, struct position position)
{
	frame->file = module->path;
	if (position.line <= 0 || !position.file)
		return;
	/* libdw has joined folder 0, which is the unit's own, and no other. */
	size_t length = folder ? strlen(folder) : 0;
	if (folder && folder[0] != '/' && strncmp(position.file, folder, length) == 0 &&
	    position.file[length] == '/')
		folder = NULL;
	frame->line = (uint32_t)position.line;
	frame->file = text_path(names, folder, position.file);
}

static void frames_of_chain(struct dwarf_module *module, struct unit_place *place,
			    Dwarf_Addr address, struct dwarf_names *names)
{
	Dwarf_Die chain[DWARF_CHAIN];
	const char *folder = folder_of(&place->cu);
	enum lang lang = lang_of(&place->body);
	struct position position = row_at(&place->cu, address);
	size_t length = find_chain(&place->function, address, chain, DWARF_CHAIN);

	for (size_t i = length; i-- > 0;) {
		struct dwarf_frame *frame = &names->frames[names->length++];
		*frame = (struct dwarf_frame){ .inlined = i > 0, .lang = lang, .unresolved = true };
		set_position(module, names, frame, folder, position);
		set_name(module, place, &chain[i], address, names, frame);
		if (i > 0)
			position = call_of(&place->body, &chain[i]);
	}
}

void dwarf_frames(struct dwarf_module *module, uint64_t offset, struct dwarf_names *names)
{
	Dwarf_Addr address = offset - module->bias;
	struct unit_place place;
	bool found = module->units && units_find(module->units, address, &place);

	names->length = names->used = 0;
	if (found && place.has_function) {
		frames_of_chain(module, &place, address, names);
	} else {
		struct dwarf_frame *frame = &names->frames[names->length++];
		*frame = (struct dwarf_frame){ .file = module->path, .unresolved = true };
		if (found) {
			frame->lang = lang_of(&place.body);
			set_position(module, names, frame, folder_of(&place.cu),
				     row_at(&place.cu, address));
		}
	}
	struct dwarf_frame *oldest = &names->frames[names->length - 1];
	if (oldest->unresolved && module->symbols)
		set_function(names, oldest, symbols_find(module->symbols, offset));
	for (size_t i = 0; i < names->length; i++)
		if (names->frames[i].unresolved)
			set_offset(names, &names->frames[i], offset);
}
