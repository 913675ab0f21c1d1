/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A root gets its number when its memory is first asked about, and its name is written
 * when somebody wants to read it: a program has many variables, and few hold blocks.
 *
 * A thread's TLS stands below its thread pointer and glibc's struct pthread above it (ELF
 * Handling For Thread-Local Storage, variant II); that of the program itself ends at the
 * pointer, and those of libraries lie below that.
 */
#include "tracer/collect/look/rooted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/bisect.h"
#include "tracer/machine/process.h"
#include "tracer/collect/debug/demangle.h"
#include "tracer/collect/debug/variables.h"
#include "tracer/ground/array.h"

#define PTHREAD UINT64_C(2304)          /* sizeof(struct pthread), glibc 2.27 to 2.42 */
#define TLS_MOST (UINT64_C(1) << 20)
#define PAGE UINT64_C(4096)
#define NO_ROOT UINT32_MAX

enum kind { OF_VARIABLE, OF_MODULE, OF_LOCAL, OF_TLS, OF_STACK, OF_REGISTERS, OF_MAP, OF_MOVING,
	    OF_EPOLL, OF_TIMER, OF_FRAMES, OF_NAME };

struct root {
	enum kind kind;
	uint32_t of;                    /* a module, thread or map */
	uint32_t which;                 /* a variable */
};

struct rooted_module {
	const char *path;               /* the layout's */
	struct variables variables;
	uint32_t *roots;                /* of each variable, + 1; 0: none yet */
	uint32_t rest;                  /* of the module's other data, + 1 */
	uint64_t bias;                  /* what its addresses are off by */
};

struct rooted_thread {
	char name[32];
	uint64_t stack;                 /* pointer */
	uint64_t tls, pointer, end;     /* thread-local memory from `tls` to `end`; 0: none */
	uint32_t stack_root, tls_root, registers_root;  /* + 1 */
	uint32_t *local;                /* of each of the program's own, + 1 */
};

struct rooted {
	int32_t pid;
	const struct layout *layout;
	struct rooted_module *modules;
	size_t modules_length, modules_room;
	size_t module;                  /* of the last map, */
	const struct map *map;          /* which was this one */
	uint64_t module_end;            /* which has the map up to here */
	uint32_t map_root;              /* its own, + 1 */
	struct rooted_thread *threads;         /* by their place in the stop */
	size_t threads_length;
	size_t *by_tls;                 /* threads, by address */
	struct root *roots;
	size_t length, room;
	uint8_t *ranks;
	size_t ranks_room;
	uint32_t moving, frames;        /* + 1 */
	char **names;                   /* of roots that are nothing else */
	size_t names_length, names_room;
};

static enum rooted_rank rank_of(enum kind kind)
{
	switch (kind) {
	case OF_VARIABLE:
	case OF_MODULE:
		return ROOTED_DATA;
	case OF_LOCAL:
	case OF_TLS:
		return ROOTED_THREAD;
	case OF_STACK:
	case OF_FRAMES:
		return ROOTED_STACK;
	case OF_REGISTERS:
	case OF_MOVING:
		return ROOTED_REGISTER;
	default:
		return ROOTED_MAP;
	}
}

/* A root's number, which is given when it is first asked for and kept in *number, + 1. */
static uint32_t rooted_number(struct rooted *rooted, uint32_t *number, enum kind kind, size_t of,
			  size_t which)
{
	if (*number)
		return *number - 1;
	if (rooted->length >= UINT32_MAX - 1 ||
	    !array_grow(&rooted->roots, &rooted->room, rooted->length + 1, sizeof(*rooted->roots)) ||
	    !array_grow(&rooted->ranks, &rooted->ranks_room, rooted->length + 1, 1))
		return NO_ROOT;
	rooted->roots[rooted->length] = (struct root){ kind, (uint32_t)of, (uint32_t)which };
	rooted->ranks[rooted->length] = (uint8_t)rank_of(kind);
	*number = (uint32_t)++rooted->length;
	return *number - 1;
}

/* --- modules --- */

/* How far the addresses of a map are from those of its file. */
static uint64_t bias_of(const struct rooted_module *module, const struct map *map)
{
	return map->start -
	       variables_address(&module->variables, map->offset, map->writable);
}

/* One that is there already, and lies at the same place. */
static size_t module_known(const struct rooted *rooted, const struct map *map)
{
	size_t i = rooted->modules_length;

	while (i-- > 0) {
		const struct rooted_module *module = &rooted->modules[i];

		/* Memory behind a module's data is of no place in its file. */
		if (strcmp(module->path, map->path) == 0 &&
		    (map->offset == UINT64_MAX || module->bias == bias_of(module, map)))
			return i;
	}
	return SIZE_MAX;
}

/* The module of a map; SIZE_MAX: no memory. */
static size_t rooted_module_of(struct rooted *rooted, const struct map *map)
{
	size_t known = module_known(rooted, map);

	if (known != SIZE_MAX)
		return known;
	if (!array_grow(&rooted->modules, &rooted->modules_room, rooted->modules_length + 1,
			sizeof(*rooted->modules)))
		return SIZE_MAX;
	struct rooted_module *module = &rooted->modules[rooted->modules_length];
	const struct binary_wish wish = { .path = map->path, .pid = rooted->pid,
					  .start = map->start, .end = map->end };

	*module = (struct rooted_module){ .path = map->path };
	/* Without them its data are one root. */
	if (map->offset == UINT64_MAX || variables_read(&module->variables, &wish) != 0 ||
	    variables_address(&module->variables, map->offset, map->writable) == UINT64_MAX)
		variables_free(&module->variables);
	module->bias = bias_of(module, map);
	module->roots = calloc(module->variables.length + 1, sizeof(*module->roots));
	if (!module->roots) {
		variables_free(&module->variables);
		return SIZE_MAX;
	}
	return rooted->modules_length++;
}

/* The first variable that ends above an address. */
static size_t variable_above(const struct variable *of, size_t length, uint64_t address)
{
	size_t low;

	BISECT(low, length, of[low].address + of[low].size <= address);
	return low;
}

/* Which variable some whole words belong to: the first that is in the word. */
static size_t variable_at(const struct variable *of, size_t length, uint64_t address,
			  uint64_t *end)
{
	size_t i = variable_above(of, length, address);
	bool inside = i < length && of[i].address < address + 8;
	uint64_t to = i == length ? UINT64_MAX - 7 : inside ? of[i].address + of[i].size :
							       of[i].address;

	*end = inside ? (to + 7) & ~UINT64_C(7) : to & ~UINT64_C(7);
	return inside ? i : SIZE_MAX;
}

static uint32_t at_module(struct rooted *rooted, uint64_t address, uint64_t *end)
{
	struct rooted_module *module = &rooted->modules[rooted->module];
	uint64_t to;
	size_t which = variable_at(module->variables.of, module->variables.length,
				   address - module->bias, &to);

	if (to < UINT64_MAX - 7 && to + module->bias < *end)
		*end = to + module->bias;
	return which == SIZE_MAX ?
		       rooted_number(rooted, &module->rest, OF_MODULE, rooted->module, 0) :
		       rooted_number(rooted, &module->roots[which], OF_VARIABLE, rooted->module, which);
}

/* --- threads --- */

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

static uint64_t pointer_of(const struct stop_thread *thread)
{
	struct user_regs_struct general;

	if (thread->length < sizeof(general))
		return 0;
	memcpy(&general, thread->registers, sizeof(general));
	return machine_registers_thread(&general);
}

static int tls_order(const void *left, const void *right, void *user)
{
	const struct rooted *rooted = user;
	uint64_t a = rooted->threads[*(const size_t *)left].tls;
	uint64_t b = rooted->threads[*(const size_t *)right].tls;

	return a < b ? -1 : a > b;
}

/* The block of thread-local memory of the program itself, rounded as the loader does. */
static uint64_t own_tls(const struct rooted *rooted)
{
	const struct variables *own = rooted->modules_length ? &rooted->modules[0].variables : NULL;
	uint64_t align = own && own->tls_align ? own->tls_align : 1;

	if (!own || own->tls_size > TLS_MOST || align > TLS_MOST)
		return 0;
	return (own->tls_size + align - 1) / align * align;
}

/* glibc keeps at least this much for libraries (rtld.optional_static_tls and its own). */
#define TLS_OF_LIBRARIES UINT64_C(512)

static bool rooted_list_threads(struct rooted *rooted, const struct stop *stop)
{
	uint64_t below = own_tls(rooted) + TLS_OF_LIBRARIES;

	rooted->threads = calloc(stop->length + 1, sizeof(*rooted->threads));
	rooted->by_tls = calloc(stop->length + 1, sizeof(*rooted->by_tls));
	if (!rooted->threads || !rooted->by_tls)
		return false;
	rooted->threads_length = stop->length;
	for (size_t i = 0; i < stop->length; i++) {
		struct rooted_thread *thread = &rooted->threads[i];
		uint64_t pointer = pointer_of(&stop->threads[i]) & ~UINT64_C(7);

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
	return true;
}

/* The thread whose thread-local memory an address lies in, or the next one's, whose
 * beginning is then in *end. */
static struct rooted_thread *tls_at(struct rooted *rooted, uint64_t address, uint64_t *end)
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

static uint32_t at_tls(struct rooted *rooted, struct rooted_thread *thread, uint64_t address,
		       uint64_t *end)
{
	const struct variables *own = &rooted->modules[0].variables;
	uint64_t block = own_tls(rooted), begin = thread->pointer - block, to;
	size_t number = (size_t)(thread - rooted->threads), which = SIZE_MAX;

	if (block && address < begin) {
		*end = begin < *end ? begin : *end;
	} else if (block && address < thread->pointer) {
		which = variable_at(own->local, own->local_length, address - begin, &to);
		to = to > block ? thread->pointer : begin + to;
		*end = to < *end ? to : *end;
	}
	if (!thread->local && which != SIZE_MAX)
		thread->local = calloc(own->local_length, sizeof(*thread->local));
	return which == SIZE_MAX || !thread->local ?
		       rooted_number(rooted, &thread->tls_root, OF_TLS, number, 0) :
		       rooted_number(rooted, &thread->local[which], OF_LOCAL, number, which);
}

/* The thread that runs on a stack: whose pointer is the next one below. */
static struct rooted_thread *stack_of(struct rooted *rooted, const struct map *map, uint64_t address)
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

/* --- all --- */

struct rooted *rooted_new(int32_t pid, const struct layout *layout, const struct stop *stop)
{
	struct rooted *rooted = calloc(1, sizeof(*rooted));

	if (!rooted)
		return NULL;
	rooted->pid = pid;
	rooted->layout = layout;
	/* The first module is the program itself, as maps stand by address. */
	bool ok = true;

	for (size_t i = 0; i < layout->length && ok && !rooted->modules_length; i++)
		if (layout->of[i].file && layout->of[i].path && layout->of[i].path[0] == '/')
			ok = rooted_module_of(rooted, &layout->of[i]) != SIZE_MAX;
	if (ok && rooted_list_threads(rooted, stop))
		return rooted;
	rooted_free(rooted);
	return NULL;
}

void rooted_free(struct rooted *rooted)
{
	if (!rooted)
		return;
	for (size_t i = 0; i < rooted->modules_length; i++) {
		variables_free(&rooted->modules[i].variables);
		free(rooted->modules[i].roots);
	}
	for (size_t i = 0; i < rooted->threads_length; i++)
		free(rooted->threads[i].local);
	for (size_t i = 0; i < rooted->names_length; i++)
		free(rooted->names[i]);
	free(rooted->names);
	free(rooted->modules);
	free(rooted->threads);
	free(rooted->by_tls);
	free(rooted->roots);
	free(rooted->ranks);
	free(rooted);
}

uint32_t rooted_named(struct rooted *rooted, const char *name)
{
	uint32_t number = 0;

	if (!array_grow(&rooted->names, &rooted->names_room, rooted->names_length + 1,
			sizeof(*rooted->names)))
		return NO_ROOT;
	rooted->names[rooted->names_length] = strdup(name);
	if (!rooted->names[rooted->names_length])
		return NO_ROOT;
	return rooted_number(rooted, &number, OF_NAME, rooted->names_length++, 0);
}

/* Where the module's memory ends in a map, behind which the kernel may have put another mapping and
 * made one of both; its beginning if there is no module. */
static uint64_t module_ends(const struct rooted *rooted, const struct map *map)
{
	const struct rooted_module *module = &rooted->modules[rooted->module];
	uint64_t end = module->variables.end;

	if (map->offset != UINT64_MAX || !end)
		return map->end;
	end = (end + module->bias + PAGE - 1) / PAGE * PAGE;
	return end < map->start ? map->start : end < map->end ? end : map->end;
}

/* 0 or -ENOMEM. */
static int begin_map(struct rooted *rooted, const struct map *map)
{
	if (rooted->map == map)
		return 0;
	rooted->map = map;
	rooted->map_root = 0;
	rooted->module_end = map->start;
	if (!map->file || !map->path)
		return 0;
	rooted->module = rooted_module_of(rooted, map);
	if (rooted->module == SIZE_MAX)
		return -ENOMEM;
	rooted->module_end = module_ends(rooted, map);
	return 0;
}

/* A mapping as a whole, or what of it lies behind a module. */
static uint32_t at_map(struct rooted *rooted, const struct map *map)
{
	char name[64];

	if (!map->file || !map->path)
		return rooted_number(rooted, &rooted->map_root, OF_MAP,
				     (size_t)(map - rooted->layout->of), 0);
	snprintf(name, sizeof(name), "anonymous map %" PRIx64, rooted->module_end);
	if (!rooted->map_root)
		rooted->map_root = rooted_named(rooted, name) + 1;
	return rooted->map_root - 1;
}

uint32_t rooted_at(struct rooted *rooted, const struct map *map, bool stack, uint64_t address,
		   uint64_t *end)
{
	if (begin_map(rooted, map) != 0)
		return NO_ROOT;
	*end = address < rooted->module_end ? rooted->module_end : map->end;
	if (address < rooted->module_end)
		return at_module(rooted, address, end);
	struct rooted_thread *thread = tls_at(rooted, address, end);

	if (thread)
		return at_tls(rooted, thread, address, end);
	thread = stack ? stack_of(rooted, map, address) : NULL;
	if (thread)
		return rooted_number(rooted, &thread->stack_root, OF_STACK,
				 (size_t)(thread - rooted->threads), 0);
	return at_map(rooted, map);
}

uint32_t rooted_registers(struct rooted *rooted, size_t thread)
{
	return rooted_number(rooted, &rooted->threads[thread].registers_root, OF_REGISTERS, thread, 0);
}

uint32_t rooted_moving(struct rooted *rooted)
{
	return rooted_number(rooted, &rooted->moving, OF_MOVING, 0, 0);
}

uint32_t rooted_kernel(struct rooted *rooted, enum kernel_who who, int32_t id)
{
	uint32_t number = 0;

	return rooted_number(rooted, &number, who == KERNEL_EPOLL ? OF_EPOLL : OF_TIMER, (size_t)id, 0);
}

/* 0: it has none of that name. */
static uint64_t variable_named(const struct rooted_module *module, const char *name)
{
	const struct variables *all = &module->variables;

	for (size_t i = 0; i < all->length; i++)
		if (strcmp(all->of[i].name, name) == 0)
			return all->of[i].address + module->bias;
	return 0;
}

uint64_t rooted_python(struct rooted *rooted)
{
	uint64_t address = rooted->modules_length ?
		variable_named(&rooted->modules[0], "_PyRuntime") : 0;

	for (size_t i = 0; i < rooted->layout->length && !address; i++) {
		const struct map *map = &rooted->layout->of[i];
		size_t module = map->writable && map->file && map->path &&
				strstr(map->path, "python") ?
			rooted_module_of(rooted, map) : SIZE_MAX;

		if (module != SIZE_MAX)
			address = variable_named(&rooted->modules[module], "_PyRuntime");
	}
	return address;
}

uint32_t rooted_frames(struct rooted *rooted)
{
	return rooted_number(rooted, &rooted->frames, OF_FRAMES, 0, 0);
}

const uint8_t *rooted_ranks(const struct rooted *rooted, uint32_t *length)
{
	*length = (uint32_t)rooted->length;
	return rooted->ranks;
}

static bool is_of_thread(enum kind kind)
{
	return kind == OF_LOCAL || kind == OF_TLS || kind == OF_STACK || kind == OF_REGISTERS;
}

static const char *rooted_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "static cache (worker.c)", "server (redis-server)". */
static void name_variable(const struct variable *variable, const struct rooted_module *module,
			  const char *before, char *text, size_t size)
{
	char name[1024];

	demangle(variable->name, name, sizeof(name), NULL);
	snprintf(text, size, "%s%s (%s)", *before ? before : variable->file ? "static " : "", name,
		 rooted_last_part(variable->file ? variable->file : module->path));
}

static void name_map(const struct map *map, char *text, size_t size)
{
	if (map->path && *map->path == '[')
		snprintf(text, size, "map %s", map->path);
	else if (map->path)
		snprintf(text, size, "map of %s", map->path);
	else
		snprintf(text, size, "anonymous map %" PRIx64, map->start);
}

void rooted_name(const struct rooted *rooted, uint32_t number, char *text, size_t size)
{
	const struct root *root = &rooted->roots[number];
	bool of_module = root->kind == OF_VARIABLE || root->kind == OF_MODULE;
	const struct rooted_module *module = &rooted->modules[of_module ? root->of : 0];
	const char *thread = is_of_thread(root->kind) ?
				     rooted->threads[root->of].name : "";
	char name[1200];

	switch (root->kind) {
	case OF_VARIABLE:
		name_variable(&module->variables.of[root->which], module, "", text, size);
		break;
	case OF_MODULE:
		snprintf(text, size, "data of %s", rooted_last_part(module->path));
		break;
	case OF_LOCAL:
		name_variable(&module->variables.local[root->which], module, "thread-local ", name,
			      sizeof(name));
		snprintf(text, size, "%s of thread %s", name, thread);
		break;
	case OF_TLS:
		snprintf(text, size, "TLS of thread %s", thread);
		break;
	case OF_STACK:
		snprintf(text, size, "stack of thread %s", thread);
		break;
	case OF_REGISTERS:
		snprintf(text, size, "registers of thread %s", thread);
		break;
	case OF_MAP:
		name_map(&rooted->layout->of[root->of], text, size);
		break;
	case OF_EPOLL:
		snprintf(text, size, "epoll data of descriptor %u", root->of);
		break;
	case OF_TIMER:
		snprintf(text, size, "timer %u", root->of);
		break;
	case OF_MOVING:
		snprintf(text, size, "what changed just then");
		break;
	case OF_FRAMES:
		snprintf(text, size, "locals of Python's functions");
		break;
	case OF_NAME:
		snprintf(text, size, "%s", rooted->names[root->of]);
		break;
	}
}
