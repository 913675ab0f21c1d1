/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Dwfl of one module: libdwfl knows where separate debug files are (.gnu_debuglink,
 * build-id, .gnu_debugdata, .gnu_debugaltlink, debuginfod if the user set its URLs).
 * Finding the unit, the function and the inlines is ours (units.c), because libdwfl's
 * needs .debug_aranges and looks through a whole unit each time.
 */
#include "tracer/collect/debug/dwarf.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include "tracer/collect/debug/chain.h"
#include "tracer/collect/debug/demangle.h"
#include "tracer/collect/debug/download.h"
#include "tracer/collect/debug/dwarf_inside.h"
#include "tracer/collect/debug/paths.h"
#include "tracer/collect/debug/runtime.h"
#include "tracer/collect/debug/search.h"
#include "tracer/collect/debug/symbols.h"
#include "tracer/collect/debug/units.h"
#include "tracer/ground/whole.h"

#define DEBUG_MAX (UINT64_C(16) << 30)  /* bytes of debug sections, uncompressed */
enum { FUNCTION_MAX = 8192 };

struct dwarf_module {
	Dwfl *dwfl;
	Dwfl_Module *module;
	unsigned char *bytes;           /* the file, mapped */
	size_t size;
	struct stat status;             /* of the file */
	struct units *units;            /* NULL: no debug info */
	GElf_Addr shift;                /* libdwfl's address - offset in the file */
	Dwarf_Addr bias;                /* offset in the file - address in the debug info */
	struct symbols *symbols;
	bool prepared;
	const char *reason;
	Dwfl_Callbacks callbacks;
	char *folders;                  /* of debug files, for libdwfl */
	char *where;                    /* the folder of the file; NULL: that of its
					 * path */
	struct dwarf_module *next;      /* links the abandoned ones */
	char path[];
};

/* Modules in whose debug info libdw faulted: their state is unknown, so they must never
 * be freed.  They are listed here only so that leak checkers find them. */
static _Atomic(struct dwarf_module *) abandoned;

/* Whether a file's debug sections would unpack to more than DEBUG_MAX. */
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

/* Uses libdwfl's own search, but refuses a file that is too large to unpack. */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name,
			  Dwarf_Addr base, const char *file, const char *link,
			  GElf_Word crc, char **found)
{
	int fd = dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc,
					      found);
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

/* elfutils 0.188; not in the headers of older ones. */
extern Dwfl_Module *dwfl_report_offline_memory(Dwfl *dwfl, const char *name, const char *file,
					       char *data, size_t size);
#pragma weak dwfl_report_offline_memory

/* The bytes as a file without a name (memfd); -1: failed. */
static int file_of(const struct dwarf_module *module)
{
	int fd = memfd_create("module", MFD_CLOEXEC);

	if (fd < 0 || whole_write(fd, module->bytes, module->size))
		return fd;
	close(fd);
	return -1;
}

/* Hands the module to libdw as a file: its own, if that is still the same one. */
static Dwfl_Module *report_file(const struct dwarf_module *module)
{
	const char *path = module->where ? module->where : module->path;
	struct stat now;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwfl_Module *reported = NULL;

	if (fd >= 0 && (fstat(fd, &now) != 0 || now.st_dev != module->status.st_dev ||
			now.st_ino != module->status.st_ino)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = file_of(module);
	if (fd >= 0)
		reported = dwfl_report_offline(module->dwfl, module->path, path, fd);
	if (!reported && fd >= 0)
		close(fd);
	return reported;
}

/* Hands the module to libdw as bytes in memory if it can take them, because otherwise it
 * keeps a descriptor open for as long as the module lives. */
static bool report(struct dwarf_module *module)
{
	if (module->dwfl)
		return module->module;
	module->folders = search_path();
	module->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &module->folders,
	};
	module->dwfl = module->folders ? dwfl_begin(&module->callbacks) : NULL;
	if (!module->dwfl)
		return false;
	dwfl_report_begin(module->dwfl);
	module->module = dwfl_report_offline_memory ?
		dwfl_report_offline_memory(module->dwfl, module->path,
					   module->where ? module->where : module->path,
					   (char *)module->bytes, module->size) :
		report_file(module);
	dwfl_report_end(module->dwfl, NULL, NULL);
	return module->module && dwfl_module_getelf(module->module, &module->shift);
}

/* Where a file was found if not where the program had it: then debug info beside it is
 * tried too. */
static char *found_at(int fd)
{
	char name[32], path[PATH_MAX];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	ssize_t length = search_is_usual() ? -1 : readlink(name, path, sizeof(path) - 1);
	return length > 0 && path[0] == '/' ? strndup(path, (size_t)length) : NULL;
}

/* Opens a module's file; if the module is of another machine and no place here has its
 * file, downloads its debug info. */
static int open_or_download(const struct binary_wish *wish, const char **reason)
{
	int fd = binary_open(wish, reason);

	if (fd < 0 && search_get()->foreign && wish->build_id_length > 0)
		fd = download_find(wish->build_id, wish->build_id_length);
	return fd;
}

struct dwarf_module *dwarf_open(const struct binary_wish *wish, const char **reason)
{
	int fd = open_or_download(wish, reason);

	if (fd < 0)
		return NULL;
	size_t length = strlen(wish->path) + 1;
	struct dwarf_module *module = calloc(1, sizeof(*module) + length);
	if (!module || fstat(fd, &module->status) != 0) {
		free(module);
		close(fd);
		*reason = "out of memory";
		return NULL;
	}
	memcpy(module->path, wish->path, length);
	module->where = found_at(fd);
	module->size = (size_t)module->status.st_size;
	/* A private, writable mapping, because libelf may convert data in place; the file
	 * itself never changes. */
	void *bytes =
		mmap(NULL, module->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	module->bytes = bytes == MAP_FAILED ? NULL : bytes;
	close(fd);
	if (!module->bytes) {
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
		munmap(module->bytes, module->size);
	free(module->folders);
	free(module->where);
	free(module);
}

void dwarf_abandon(struct dwarf_module *module)
{
	if (module)
		module->next = atomic_exchange(&abandoned, module);
}

/* The reason, by the file's folder: a file in one of these folders is from a package,
 * which may have its debug info in another package; a file elsewhere was built by
 * hand. */
static const char *why_no_debug_info(const char *path)
{
	static const char *const packaged[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib",
						"/bin/",     "/sbin/",	   "/lib" };

	for (size_t i = 0; i < sizeof(packaged) / sizeof(packaged[0]); i++)
		if (strncmp(path, packaged[i], strlen(packaged[i])) == 0)
			return "no debug info: install its -dbgsym package or set "
			       "DEBUGINFOD_URLS";
	return "no debug info: compile with -g";
}

/* Notes the file to which dwz moved what several debug files share; false: it is not
 * known which one that is. */
static bool tell_shared(Dwarf *dwarf, const char *debug_file, struct cache_module *cache)
{
	const char *name;
	const void *id;
	char folder[PATH_MAX], path[PATH_MAX];

	if (dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id) <= 0)
		return true;
	snprintf(folder, sizeof(folder), "%.4000s/..", debug_file);
	paths_clean(folder, name, path, sizeof(path));
	cache_place(cache, path);
	return dwarf_getalt(dwarf) && access(path, R_OK) == 0;
}

/* Notes which files the debug info was read from. */
static void tell_files(const struct dwarf_module *module, Dwarf *dwarf, struct cache_module *cache)
{
	const char *file = NULL, *urls = getenv("DEBUGINFOD_URLS");

	dwfl_module_info(module->module, NULL, NULL, NULL, NULL, NULL, NULL, &file);
	if (file)
		cache_place(cache, file);
	/* Nothing is cached if a debuginfod server was asked in vain, since it may have
	 * the file the next time. */
	if ((!dwarf && urls && *urls) ||
	    (dwarf && !tell_shared(dwarf, file ? file : module->path, cache)))
		cache_give_up(cache);
}

const char *dwarf_prepare(struct dwarf_module *module, const atomic_bool *leave,
			  struct cache_module *cache)
{
	GElf_Addr unused;
	GElf_Word checksum;

	if (module->prepared)
		return module->reason;
	module->prepared = true;
	Elf *elf = report(module) ? dwfl_module_getelf(module->module, &unused) : NULL;
	if (!elf || is_too_large(elf)) {
		module->reason =
			elf ? "its debug info is larger than 16 GiB" : "not readable";
		return module->reason;
	}
	cache_before(cache, dwelf_elf_gnu_debuglink(elf, &checksum));
	download_watch(module->dwfl, leave);
	Dwarf *dwarf = dwfl_module_getdwarf(module->module, &module->bias);
	module->bias -= module->shift;
	if (cache)
		tell_files(module, dwarf, cache);
	if (dwarf)
		module->units = units_new(dwarf);
	else
		module->reason = why_no_debug_info(module->path);
	module->symbols = symbols_new(module->module);
	return module->reason;
}

size_t dwarf_weight(const struct dwarf_module *module) { return module->size; }

const struct stat *dwarf_status(const struct dwarf_module *module) { return &module->status; }

const char *dwarf_version(void) { return dwfl_version(NULL); }

bool dwarf_is_split(const struct dwarf_module *module)
{
	return module->units && units_met_split(module->units);
}

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

/* Returns room for one more text of at most `max` bytes, or NULL. */
static char *text_room(struct dwarf_names *names, size_t *max)
{
	size_t left = sizeof(names->text) - names->used;

	*max = *max < left ? *max : left;
	return left > 1 ? names->text + names->used : NULL;
}

static const char *text_path(struct dwarf_names *names, const char *folder,
			     const char *file)
{
	size_t room = PATH_MAX;
	char *text = text_room(names, &room);

	if (!text)
		return "";
	names->used += paths_clean(folder, file, text, room) + 1;
	return text;
}

static void set_function(struct dwarf_names *names, struct dwarf_frame *frame,
			 const char *symbol)
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

static void set_offset(struct dwarf_names *names, struct dwarf_frame *frame,
		       uint64_t offset)
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

/* Names a function that has no linker name, by its name in the source. */
static void set_source_name(const struct dwarf_module *module,
			    const struct unit_place *place, Dwarf_Die *die,
			    struct dwarf_names *names, struct dwarf_frame *frame)
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

/* g++ gives methods of local classes no linker name in the debug info; the symbols have
 * one. */
static const char *mangled_symbol(struct dwarf_module *module, uint64_t offset)
{
	const char *name =
		module->symbols ? symbols_find(module->symbols, offset + module->shift)
				: NULL;
	return name && (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0)
		       ? name
		       : NULL;
}

static void set_name(struct dwarf_module *module, const struct unit_place *place,
		     Dwarf_Die *die, Dwarf_Addr address, struct dwarf_names *names,
		     struct dwarf_frame *frame)
{
	/* In C the plain name is used: glibc's linker names are internal aliases. */
	const char *symbol = frame->lang == LANG_C ? NULL : chain_linker_name(die);

	if (!symbol && !frame->inlined && frame->lang != LANG_C)
		symbol = mangled_symbol(module, address + module->bias);
	if (symbol)
		set_function(names, frame, symbol);
	else
		set_source_name(module, place, die, names, frame);
}

static void set_position(const struct dwarf_module *module, struct dwarf_names *names,
			 struct dwarf_frame *frame, const char *folder,
			 struct chain_position position)
{
	frame->file = module->path;
	if (position.line <= 0 || !position.file)
		return;
	/* libdw itself has joined folder 0, the unit's own, but no other. */
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
	const char *folder = chain_folder(&place->cu);
	enum lang lang = chain_lang(&place->body);
	struct chain_position position = chain_row(&place->cu, address);
	size_t length = chain_find(&place->function, address, chain, DWARF_CHAIN);

	for (size_t i = length; i-- > 0;) {
		struct dwarf_frame *frame = &names->frames[names->length++];
		*frame = (struct dwarf_frame){ .inlined = i > 0,
					       .lang = lang,
					       .unresolved = true };
		set_position(module, names, frame, folder, position);
		set_name(module, place, &chain[i], address, names, frame);
		if (i > 0)
			position = chain_call(&place->body, &chain[i]);
	}
}

/* The file's code at an offset of its address space, or NULL. */
static const unsigned char *code_at(const struct dwarf_module *module, uint64_t offset,
				    size_t size)
{
	GElf_Addr unused;
	Elf *elf = dwfl_module_getelf(module->module, &unused);
	size_t count = 0;
	GElf_Phdr header;

	if (!elf || elf_getphdrnum(elf, &count) != 0)
		return NULL;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &header); i++) {
		uint64_t into = offset - header.p_vaddr;
		if (header.p_type != PT_LOAD || into >= header.p_filesz ||
		    header.p_filesz - into < size || header.p_offset > module->size ||
		    module->size - header.p_offset < into ||
		    module->size - header.p_offset - into < size)
			continue;
		return module->bytes + header.p_offset + into;
	}
	return NULL;
}

/* Whether the offset is in the code that signal handlers return to.  That is recognized
 * by its bytes: the symbol tables that distributions ship have no name for it. */
static bool dwarf_is_trampoline(const struct dwarf_module *module, uint64_t offset)
{
	static const unsigned char code[] = {
		0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05
	};
	const unsigned char *at = code_at(module, offset, sizeof(code) + 1);

	/* A site is one byte before the frame's return address. */
	return at && (memcmp(at, code, sizeof(code)) == 0 ||
		      memcmp(at + 1, code, sizeof(code)) == 0);
}

/* Names a function without debug info. */
static void name_by_symbol(struct dwarf_module *module, uint64_t offset,
			   struct dwarf_names *names, struct dwarf_frame *frame)
{
	const char *symbol =
		module->symbols ? symbols_find(module->symbols, offset + module->shift) : NULL;
	GElf_Addr shift;

	if (runtime_makes_pool(symbol) ||
	    (!symbol && runtime_starts_at(dwfl_module_getelf(module->module, &shift),
					  module->path, offset)))
		symbol = RUNTIME_POOL;
	set_function(names, frame, symbol);
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
			frame->lang = chain_lang(&place.body);
			set_position(module, names, frame, chain_folder(&place.cu),
				     chain_row(&place.cu, address));
		}
	}
	struct dwarf_frame *oldest = &names->frames[names->length - 1];
	if (oldest->unresolved)
		name_by_symbol(module, offset, names, oldest);
	if (oldest->unresolved && dwarf_is_trampoline(module, offset))
		set_function(names, oldest, "__restore_rt");
	for (size_t i = 0; i < names->length; i++)
		if (names->frames[i].unresolved)
			set_offset(names, &names->frames[i], offset);
}

bool dwarf_rules(struct dwarf_module *module, uint64_t offset, Dwarf_Frame **rules)
{
	Dwarf_Addr bias = 0;

	if (!report(module))
		return false;
	Dwarf_CFI *cfi = dwfl_module_eh_cfi(module->module, &bias);

	if (cfi && dwarf_cfi_addrframe(cfi, offset + module->shift - bias, rules) == 0)
		return true;
	cfi = module->units ? dwfl_module_dwarf_cfi(module->module, &bias) : NULL;
	return cfi && dwarf_cfi_addrframe(cfi, offset + module->shift - bias, rules) == 0;
}

bool dwarf_function(struct dwarf_module *module, uint64_t offset, Dwarf_Die *function,
		    Dwarf_Addr *address)
{
	struct unit_place place;

	*address = offset - module->bias;
	if (!module->units || !units_find(module->units, *address, &place) || !place.has_function)
		return false;
	*function = place.function;
	return true;
}

Dwarf *dwarf_info(struct dwarf_module *module, Dwarf_Addr *bias)
{
	Dwarf_Addr of_module;

	*bias = module->bias;
	return module->units ? dwfl_module_getdwarf(module->module, &of_module) : NULL;
}

Elf *dwarf_elf(struct dwarf_module *module)
{
	GElf_Addr unused;

	return report(module) ? dwfl_module_getelf(module->module, &unused) : NULL;
}
