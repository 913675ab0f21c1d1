/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a root's name, which is done only when it is to be read; and finds the names of its
 * members. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/demangle.h"
#include "tracer/collect/debug/stack/fields.h"
#include "tracer/collect/look/memory.h"
#include "tracer/collect/look/rooted_parts.h"
#include "tracer/ground/bisect.h"

static bool is_of_thread(enum kind kind)
{
	return kind == OF_LOCAL || kind == OF_TLS || kind == OF_STACK || kind == OF_REGISTERS ||
	       kind == OF_STACK_LOCAL || kind == OF_REGISTERS_LOCAL;
}

static const char *rooted_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "static cache (worker.c)", "static cache (serve worker.c)" of a function, "server
 * (redis-server)". */
static void name_variable(const struct variable *variable, const struct rooted_module *module,
			  const char *before, char *text, size_t size)
{
	bool is_static = variable->file || variable->function;
	char name[1024];

	demangle(variable->name, name, sizeof(name), NULL);
	snprintf(text, size, "%s%s (%s%s%s)", *before ? before : is_static ? "static " : "", name,
		 variable->function ? variable->function : "", variable->function ? " " : "",
		 rooted_last_part(variable->file ? variable->file : module->path));
}

static void name_map(const struct map *map, char *text, size_t size)
{
	if (map->path && *map->path == '[')
		snprintf(text, size, "map %s", map->path);
	/* What the kernel calls MAP_SHARED memory of no file. */
	else if (map->path && strcmp(map->path, "/dev/zero (deleted)") == 0)
		snprintf(text, size, "shared anonymous map %" PRIx64, map->start);
	else if (map->path)
		snprintf(text, size, "map of %s", map->path);
	else
		snprintf(text, size, "anonymous map %" PRIx64, map->start);
}

/* What the program is known to have mapped may be a file. */
static void name_mapping(const struct layout *layout, uint64_t start, char *text,
			 size_t size)
{
	const struct map anonymous = { .start = start };
	size_t low;

	BISECT(low, layout->length, layout->of[low].end <= start);
	bool file = low < layout->length && layout->of[low].start <= start &&
		    layout->of[low].path && *layout->of[low].path == '/' && !layout->of[low].file;

	name_map(file ? &layout->of[low] : &anonymous, text, size);
}

/* "thread-local TLS (tls.c)". */
static void name_thread_local(const struct rooted *rooted, size_t which, char *text,
			      size_t size)
{
	const struct rooted_tls *tls = rooted->tls;

	while (which - tls->first >= rooted->modules[tls->module].variables.local_length)
		tls++;
	const struct rooted_module *module = &rooted->modules[tls->module];

	name_variable(&module->variables.local[which - tls->first], module, "thread-local ", text,
		      size);
}

/* "stack of thread worker-3 in serve() worker.c:80, local items". */
static void name_owner(const struct rooted *rooted, const struct root *root, char *text,
		       size_t size)
{
	char frame[1100] = "";

	if (root->which)
		owners_name(rooted->stacks, root->which - 1, frame, sizeof(frame));
	snprintf(text, size, "%s of thread %s%s%s",
		 root->kind == OF_STACK || root->kind == OF_STACK_LOCAL ? "stack" : "registers",
		 rooted->threads[root->of].name,
		 *frame ? " " : "", frame);
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
		name_thread_local(rooted, root->which, name, sizeof(name));
		snprintf(text, size, "%s of thread %s", name, thread);
		break;
	case OF_TLS:
		snprintf(text, size, "TLS of thread %s", thread);
		break;
	case OF_STACK:
	case OF_STACK_LOCAL:
	case OF_REGISTERS:
	case OF_REGISTERS_LOCAL:
		name_owner(rooted, root, text, size);
		break;
	case OF_MAP:
		name_map(&rooted->layout->of[root->of], text, size);
		break;
	case OF_MAPPING:
		name_mapping(rooted->layout, rooted->mappings.of[root->of].start, text,
			     size);
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
	case OF_BETWEEN:
		snprintf(text, size, "blocks that were not recorded");
		break;
	case OF_FRAMES:
		snprintf(text, size, "locals of Python's functions");
		break;
	case OF_NAME:
		snprintf(text, size, "%s", rooted->names[root->of]);
		break;
	}
}

/* --- members --- */

#define STRUCT_MOST (UINT64_C(1) << 20) /* bytes of a variable that are looked at */

/* The variables of a module that are looked into, and their members. */
struct within {
	const struct rooted_module *module;
	size_t *which;                  /* numbers of variables */
	uint64_t *addresses;            /* of each, as the file counts them */
	size_t length;
	bool functions;                 /* some may be variables of functions */
	struct fields *members;
};

/* Whether a variable may be one of a function, to go by its symbol: gcc's cache.0, clang's
 * serve.cache. */
static bool is_of_function(const struct variable *variable)
{
	return !variable->function &&
	       (strncmp(variable->name, "_ZZ", 3) == 0 || strchr(variable->name, '.'));
}

static void within_free(struct within *within)
{
	free(within->which);
	free(within->addresses);
	fields_free(within->members);
}

/* 0 or -ENOMEM. */
static int within_read(struct within *within, const struct rooted *rooted, const bool *wanted)
{
	const struct rooted_module *module = within->module;
	const struct binary_wish wish = { .path = module->path, .pid = rooted->pid,
					  .start = module->map->start, .end = module->map->end };
	size_t length = module->variables.length;

	within->which = malloc((length + 1) * sizeof(*within->which));
	within->addresses = malloc((length + 1) * sizeof(*within->addresses));
	if (!within->which || !within->addresses)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++) {
		const struct variable *variable = &module->variables.of[i];

		bool inner = is_of_function(variable);

		/* What libc's variables consist of tells nobody much. */
		if (!module->roots[i] || !wanted[module->roots[i] - 1] || module->map->libc ||
		    (variable->size <= 8 && !inner))
			continue;
		within->functions |= inner;
		within->which[within->length] = i;
		within->addresses[within->length++] = variable->address;
	}
	if (within->length)
		within->members = fields_new(&wish, within->addresses, within->length,
					      within->functions);
	return within->length && !within->members ? -ENOMEM : 0;
}

/* Calls a variable of a function what its source does.  Names of C++ have the function in them.
 * 0 or -ENOMEM. */
static int name_inner(const struct within *within, size_t i, struct variable *variable)
{
	const char *function, *name = fields_variable(within->members, i, &function);

	if (!name || strncmp(variable->name, "_Z", 2) == 0)
		return 0;
	char *called = strdup(name), *of = strdup(function);

	if (!called || !of) {
		free(called);
		free(of);
		return -ENOMEM;
	}
	free(variable->name);
	variable->name = called;
	variable->function = of;
	return 0;
}

/* Passes on the words of a variable that are of a member. */
static int tell_members(const struct rooted *rooted, const struct within *within, size_t i,
			int (*found)(void *user, uint32_t root, uint64_t value, const char *name),
			void *user)
{
	const struct rooted_module *module = within->module;
	const struct variable *variable = &module->variables.of[within->which[i]];
	uint64_t begin = variable->address + module->bias, at = (begin + 7) & ~UINT64_C(7);
	uint64_t size = variable->size < STRUCT_MOST ? variable->size : STRUCT_MOST;
	int error = 0;

	for (uint64_t value; at + 8 <= begin + size && !error; at += 8) {
		const char *name = fields_at(within->members, i, at - begin);

		if (name && memory_read(rooted->memory, at, &value, sizeof(value)))
			error = found(user, module->roots[within->which[i]] - 1, value, name);
	}
	return error;
}

int rooted_members(struct rooted *rooted, const bool *wanted,
		   int (*found)(void *user, uint32_t root, uint64_t value, const char *name),
		   void *user)
{
	int error = 0;

	for (size_t m = 0; m < rooted->modules_length && rooted->memory && !error; m++) {
		struct rooted_module *module = &rooted->modules[m];
		struct within within = { .module = module };

		error = within_read(&within, rooted, wanted);
		for (size_t i = 0; i < within.length && !error; i++) {
			error = name_inner(&within, i, &module->variables.of[within.which[i]]);
			if (!error)
				error = tell_members(rooted, &within, i, found, user);
		}
		within_free(&within);
	}
	return error;
}
