/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a root's name, which is done only when it is to be read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "tracer/collect/debug/demangle.h"
#include "tracer/collect/look/rooted_parts.h"

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
		name_variable(&module->variables.local[root->which], module, "thread-local ", name,
			      sizeof(name));
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
