/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A thread's TLS is below its thread pointer and glibc's struct pthread is above it (ELF
 * Handling For Thread-Local Storage, variant II); that of the program itself ends at the
 * pointer, and those of libraries are below that.  How far below glibc's loader has noted
 * in its list of modules (<link.h>), and glibc tells debuggers where in an entry
 * (nptl_db/structs.def).  A library that came later has its own in a block, which is no
 * root.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/look/memory.h"
#include "tracer/collect/look/rooted_parts.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/machine/process.h"

#define PTHREAD UINT64_C(2304)          /* sizeof(struct pthread), glibc 2.27 to 2.42 */
#define TLS_MOST (UINT64_C(1) << 20)
#define LINKS_MOST 4096u                /* modules in the loader's list that are looked at */
#define LINK_BYTES 65536u               /* more than an entry has */

static void read_thread_name(int32_t pid, int32_t tid, struct rooted_thread *thread)
{
	char path[64];

	snprintf(thread->name, sizeof(thread->name), "%d", (int)tid);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid, (int)tid);
	FILE *file = fopen(path, "re");

	if (file && fgets(thread->name, sizeof(thread->name), file))
		thread->name[strcspn(thread->name, "\n")] = '\0';
	if (file)
		fclose(file);
}

static int tls_order(const void *left, const void *right, void *user)
{
	const struct rooted *rooted = user;
	uint64_t a = rooted->threads[*(const size_t *)left].tls;
	uint64_t b = rooted->threads[*(const size_t *)right].tls;

	return a < b ? -1 : a > b;
}

/* The size of the program's own block of thread-local memory, rounded as the loader
 * does. */
static uint64_t own_tls(const struct rooted *rooted)
{
	const struct variables *own = rooted->modules_length ? &rooted->modules[0].variables : NULL;
	uint64_t align = own && own->tls_align ? own->tls_align : 1;

	if (!own || own->tls_size > TLS_MOST || align > TLS_MOST)
		return 0;
	return (own->tls_size + align - 1) / align * align;
}

static bool rooted_code_at(void *user, uint64_t address, struct owners_code *code)
{
	const struct layout *layout = user;
	size_t low;

	BISECT(low, layout->constants_length, layout->constants[low].end <= address);
	if (low == layout->constants_length || layout->constants[low].start > address)
		return false;
	const struct constant *constant = &layout->constants[low];

	*code = (struct owners_code){ constant->start, constant->end, constant->offset,
				      constant->path };
	return true;
}

/* Gives registers by DWARF's numbers.  False: they could not be read. */
static bool registers_of(const struct stop_thread *thread,
			 uint64_t registers[MACHINE_DWARF_REGISTERS])
{
	static const size_t words[] = MACHINE_DWARF_WORDS;

	if (thread->length < sizeof(struct user_regs_struct))
		return false;
	for (size_t i = 0; i < MACHINE_DWARF_REGISTERS; i++)
		memcpy(&registers[i], thread->registers + words[i], sizeof(*registers));
	return true;
}

static bool walk_stacks(struct rooted *rooted, const struct stop *stop,
			struct memory *memory)
{
	const struct owners_process process = {
		.pid = rooted->pid, .memory = { memory_read, memory }, .code_at = rooted_code_at,
		.user = (void *)rooted->layout };
	uint64_t registers[MACHINE_DWARF_REGISTERS];

	rooted->stacks = owners_new(&process);
	if (!rooted->stacks)
		return false;
	for (size_t i = 0; i < stop->length; i++)
		if (owners_add(rooted->stacks, registers_of(&stop->threads[i], registers) ?
			       registers : NULL) != 0)
			return false;
	owners_seal(rooted->stacks);
	rooted->owners = calloc((size_t)owners_length(rooted->stacks) + 1,
				sizeof(*rooted->owners));
	return rooted->owners;
}

/* --- modules' blocks --- */

/* What <link.h> says of an entry. */
struct link {
	uint64_t address, name, dynamic, next;
};
/* How glibc tells where a field is. */
struct link_field {
	uint32_t bits, count, offset;
};

/* Adds a module that has thread-local memory.  False: no memory. */
static bool add_tls(struct rooted *rooted, size_t module, uint64_t below)
{
	const struct variables *of = &rooted->modules[module].variables;

	if (!of->local_length || of->tls_size > below || below > TLS_MOST || below % 8)
		return true;
	if (!array_grow(&rooted->tls, &rooted->tls_room, rooted->tls_length + 1,
			sizeof(*rooted->tls)))
		return false;
	rooted->tls[rooted->tls_length++] = (struct rooted_tls){ module, below, rooted->locals };
	rooted->locals += of->local_length;
	return true;
}

/* The address of a library's variable; 0: none has it. */
static uint64_t library_address(const struct rooted *rooted, const char *name)
{
	uint64_t address = 0;

	for (size_t i = 1; i < rooted->modules_length && !address; i++)
		address = rooted_address(&rooted->modules[i], name);
	return address;
}

/* Reads the symbols of all libraries that have data.  False: no memory. */
static bool list_modules(struct rooted *rooted)
{
	bool ok = true;

	for (size_t i = 0; i < rooted->layout->length && ok; i++) {
		const struct map *map = &rooted->layout->of[i];

		if (map->file && map->path && map->path[0] == '/' && map->offset != UINT64_MAX)
			ok = rooted_module_of(rooted, map) != SIZE_MAX;
	}
	return ok;
}

/* Goes through the loader's list; its place in the program itself is known without. */
static bool list_libraries_tls(struct rooted *rooted, struct memory *memory)
{
	uint64_t debug = library_address(rooted, "_r_debug"), at = 0, below;
	uint64_t told = library_address(rooted, "_thread_db_link_map_l_tls_offset");
	struct link_field field;
	struct link link;

	/* Both are one variable, and of two names the longer variable's is kept. */
	if (!debug)
		debug = library_address(rooted, "_r_debug_extended");
	if (!debug || !told || !memory_read(memory, debug + 8, &at, sizeof(at)) ||
	    !memory_read(memory, told, &field, sizeof(field)) || field.bits != 64 ||
	    field.offset > LINK_BYTES)
		return true;
	for (unsigned n = 0; n < LINKS_MOST && memory_read(memory, at, &link, sizeof(link)) &&
			     memory_read(memory, at + field.offset, &below,
					 sizeof(below));
	     n++, at = link.next)
		for (size_t i = 1; i < rooted->modules_length; i++)
			if (rooted->modules[i].bias == link.address && !add_tls(rooted, i, below))
				return false;
	return true;
}

static bool list_tls(struct rooted *rooted, struct memory *memory)
{
	if (rooted->modules_length && !add_tls(rooted, 0, own_tls(rooted)))
		return false;
	return !memory || (list_modules(rooted) && list_libraries_tls(rooted, memory));
}

/* The variable of a module's block that begins at `begin` which a word belongs to, by its
 * number among those of all modules, or SIZE_MAX; *end: where another may begin. */
static size_t local_at(const struct rooted *rooted, const struct rooted_tls *tls,
		       uint64_t begin, uint64_t address, uint64_t *end)
{
	const struct variables *of = &rooted->modules[tls->module].variables;
	uint64_t size = (of->tls_size + 7) & ~UINT64_C(7), to = 0;
	size_t which = SIZE_MAX;

	if (address >= begin + size)
		return SIZE_MAX;
	if (address >= begin) {
		which = rooted_variable(of->local, of->local_length, address - begin,
					&to);
		to = to < size ? to : size;
	}
	*end = begin + to < *end ? begin + to : *end;
	return which == SIZE_MAX ? SIZE_MAX : tls->first + which;
}

/* --- threads --- */

/* glibc keeps at least this much for libraries (rtld.optional_static_tls and its own). */
#define TLS_OF_LIBRARIES UINT64_C(512)

bool rooted_list_threads(struct rooted *rooted, const struct stop *stop, struct memory *memory)
{
	uint64_t below = own_tls(rooted) + TLS_OF_LIBRARIES;

	if (!list_tls(rooted, memory))
		return false;
	for (size_t i = 0; i < rooted->tls_length; i++)
		below = rooted->tls[i].below > below ? rooted->tls[i].below : below;
	rooted->threads = calloc(stop->length + 1, sizeof(*rooted->threads));
	rooted->by_tls = calloc(stop->length + 1, sizeof(*rooted->by_tls));
	if (!rooted->threads || !rooted->by_tls)
		return false;
	rooted->threads_length = stop->length;
	for (size_t i = 0; i < stop->length; i++) {
		struct rooted_thread *thread = &rooted->threads[i];
		uint64_t pointer = stop_pointer(&stop->threads[i]) & ~UINT64_C(7);

		read_thread_name(rooted->pid, stop->threads[i].tid, thread);
		thread->stack = stop->threads[i].stack;
		rooted->by_tls[i] = i;
		if (pointer <= below)
			continue;
		thread->pointer = pointer;
		thread->tls = (pointer - below) & ~UINT64_C(7);
		thread->end = pointer + PTHREAD;
	}
	qsort_r(rooted->by_tls, stop->length, sizeof(*rooted->by_tls), tls_order, rooted);
	return !memory || walk_stacks(rooted, stop, memory);
}

struct rooted_thread *rooted_tls_at(struct rooted *rooted, uint64_t address, uint64_t *end)
{
	size_t low;

	BISECT(low, rooted->threads_length,
	       rooted->threads[rooted->by_tls[low]].end <= address);
	if (low == rooted->threads_length)
		return NULL;
	struct rooted_thread *thread = &rooted->threads[rooted->by_tls[low]];
	uint64_t to = thread->tls <= address ? thread->end : thread->tls;

	*end = to < *end ? to : *end;
	return thread->tls <= address ? thread : NULL;
}

uint32_t rooted_of_tls(struct rooted *rooted, struct rooted_thread *thread, uint64_t address,
		       uint64_t *end)
{
	size_t number = (size_t)(thread - rooted->threads), which = SIZE_MAX;

	for (size_t i = 0; i < rooted->tls_length && which == SIZE_MAX; i++)
		which = local_at(rooted, &rooted->tls[i], thread->pointer - rooted->tls[i].below,
				 address, end);
	if (!thread->local && which != SIZE_MAX)
		thread->local = calloc(rooted->locals, sizeof(*thread->local));
	return which == SIZE_MAX || !thread->local ?
		       rooted_number(rooted, &thread->tls_root, OF_TLS, number, 0) :
		       rooted_number(rooted, &thread->local[which], OF_LOCAL, number, which);
}

struct rooted_thread *rooted_stack_of(struct rooted *rooted, const struct map *map,
				      uint64_t address)
{
	struct rooted_thread *found = NULL;

	for (size_t i = 0; i < rooted->threads_length; i++) {
		struct rooted_thread *thread = &rooted->threads[i];

		if (thread->stack >= map->start && thread->stack < map->end &&
		    (!found || (thread->stack > found->stack && thread->stack <= address + 128) ||
		     found->stack > address + 128))
			found = thread;
	}
	return found;
}

uint32_t rooted_of_stack(struct rooted *rooted, struct rooted_thread *thread,
			 uint64_t address, uint64_t *end)
{
	size_t number = (size_t)(thread - rooted->threads);
	uint32_t owner = rooted->stacks ? owners_at(rooted->stacks, address, end) : OWNERS_NONE;

	if (owner == OWNERS_NONE)
		return rooted_number(rooted, &thread->stack_root, OF_STACK, number, 0);
	return rooted_number(rooted, &rooted->owners[owner].stack_root,
			     owners_is_local(rooted->stacks, owner) ? OF_STACK_LOCAL : OF_STACK,
			     number, owner + 1);
}

uint32_t rooted_registers(struct rooted *rooted, size_t thread, size_t at, size_t *end)
{
	static const size_t words[] = MACHINE_DWARF_WORDS;
	uint32_t owner = OWNERS_NONE;

	/* Everything else is vector registers, which no frame keeps across a call. */
	unsigned number = MACHINE_DWARF_PC;

	*end = at < sizeof(struct user_regs_struct) ? at + 8 : SIZE_MAX;
	for (unsigned i = 0; i < MACHINE_DWARF_REGISTERS; i++)
		number = words[i] == at ? i : number;
	if (rooted->stacks)
		owner = owners_register(rooted->stacks, thread, number);
	if (owner == OWNERS_NONE)
		return rooted_number(rooted, &rooted->threads[thread].registers_root,
				     OF_REGISTERS, thread, 0);
	return rooted_number(rooted, &rooted->owners[owner].registers_root,
			     owners_is_local(rooted->stacks, owner) ? OF_REGISTERS_LOCAL :
								      OF_REGISTERS,
			     thread, owner + 1);
}
