/* SPDX-License-Identifier: MIT */
/*
 * Runs in the parent, in a forked child, or in a vfork child that still shares
 * the parent's memory and stack: everything is built in this thread's scratch
 *
 *	a page for looking at files | a path | variables | strings
 *
 * which is kept for the next time, since a vfork child's exec gives nothing back.
 */
#include "tracer/preload/exec/execenv.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "tracer/preload/base/arena.h"
#include "tracer/preload/exec/execlook.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/wire/env.h"

#define PATH_BYTES 4096u
#define HEAD_BYTES (EXECLOOK_BYTES + PATH_BYTES)
#define STRINGS_BYTES (3 * TRACER_PATH_MAX + 64)        /* our three variables */

/* Returns one of this thread's pieces of scratch memory, made large enough; NULL: no
 * memory. */
static char *execenv_scratch(struct guard_scratch *piece, size_t bytes)
{
	if (piece->bytes >= bytes)
		return piece->at;
	arena_unmap(piece->at, piece->bytes);
	piece->at = arena_map(bytes);
	piece->bytes = piece->at ? bytes : 0;
	return piece->at;
}

/* The value if `variable` is NAME=value, else NULL. */
static const char *execenv_value_of(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=' ?
		       variable + length + 1 : NULL;
}

/* The next element of LD_PRELOAD at or after `at`: its start; *length 0 at the end. */
static const char *element(const char *at, size_t *length)
{
	at += strspn(at, ": ");
	*length = strcspn(at, ": ");
	return at;
}

static bool execenv_is_ours(const char *at, size_t length)
{
	return length == strlen(tracer.library) && memcmp(at, tracer.library, length) == 0;
}

static bool preloads_us(const char *list)
{
	size_t length;

	for (list = element(list, &length); length; list = element(list + length, &length))
		if (execenv_is_ours(list, length))
			return true;
	return false;
}

static bool is_memtops(const char *variable)
{
	return execenv_value_of(variable, ENV_MEETING) ||
	       execenv_value_of(variable, ENV_LIBRARY) ||
	       execenv_value_of(variable, ENV_PRELOAD);
}

/* True if `given` already leads to memtop. */
static bool is_right(char *const *given)
{
	int preload = 0, meeting = 0, library = 0;

	for (; given && *given; given++) {
		const char *value;

		if ((value = execenv_value_of(*given, ENV_PRELOAD)))
			preload += preloads_us(value) ? 1 : 2;
		else if ((value = execenv_value_of(*given, ENV_MEETING)))
			meeting += strcmp(value, tracer.meeting) == 0 ? 1 : 2;
		else if ((value = execenv_value_of(*given, ENV_LIBRARY)))
			library += strcmp(value, tracer.library) == 0 ? 1 : 2;
	}
	return preload == 1 && meeting == 1 && library == 1;
}

/* True if `given` leads to another memtop whose socket exists: then the program is traced
 * by that one (it runs under this one), which has checked the file. */
static bool is_anothers(char *const *given)
{
	for (; given && *given; given++) {
		const char *value = execenv_value_of(*given, ENV_MEETING);

		if (value && strcmp(value, tracer.meeting) != 0 &&
		    sys_call3(SYS_faccessat, AT_FDCWD, (long)value, 0) == 0)
			return true;
	}
	return false;
}

/* True if nothing in `given` leads to memtop. */
static bool is_clean(char *const *given)
{
	for (; given && *given; given++) {
		const char *value = execenv_value_of(*given, ENV_PRELOAD);

		if (value ? preloads_us(value) : is_memtops(*given))
			return false;
	}
	return true;
}

static char *execenv_append(char *to, const char *text, size_t length)
{
	memcpy(to, text, length);
	return to + length;
}

/* NAME=value at `to`; returns the end, terminator included. */
static char *put_variable(char *to, const char *name, const char *value)
{
	to = execenv_append(to, name, strlen(name));
	*to++ = '=';
	return execenv_append(to, value, strlen(value) + 1);
}

/* LD_PRELOAD without our element, with it in front if `with`; NULL if empty. */
static char *put_preload(char *to, const char *list, bool with)
{
	char *start = to;
	size_t length;

	to = execenv_append(to, ENV_PRELOAD "=", strlen(ENV_PRELOAD "="));
	if (with)
		to = execenv_append(to, tracer.library, strlen(tracer.library));
	for (list = element(list, &length); length; list = element(list + length, &length)) {
		if (execenv_is_ours(list, length))
			continue;
		if (to[-1] != '=')
			*to++ = ':';
		to = execenv_append(to, list, length);
	}
	if (to[-1] == '=')
		return NULL;
	*to++ = '\0';
	return start == to ? NULL : to;
}

static const char *preload_of(char *const *given)
{
	const char *value;

	for (; given && *given; given++)
		if ((value = execenv_value_of(*given, ENV_PRELOAD)))
			return value;
	return "";
}

/* Copies the environment: first what is not memtop's, then memtop's own variables if
 * `with`. */
static char *const *execenv_build(char **to, char *strings, char *const *given, bool with)
{
	char **start = to;
	char *end = put_preload(strings, preload_of(given), with);

	for (char *const *from = given; from && *from; from++)
		if (!is_memtops(*from))
			*to++ = *from;
	if (end) {
		*to++ = strings;
		strings = end;
	}
	if (with) {
		*to++ = strings;
		strings = put_variable(strings, ENV_MEETING, tracer.meeting);
		*to++ = strings;
		put_variable(strings, ENV_LIBRARY, tracer.library);
	}
	*to = NULL;
	return start;
}

/* The name as execvp would find it, built in `to`; the name itself if not. */
static const char *execenv_search(const char *name, char *to)
{
	const char *path = NULL;
	size_t length = strlen(name), part;

	for (char *const *at = environ; at && *at && !path; at++)
		path = execenv_value_of(*at, "PATH");
	if (!path)
		path = "/bin:/usr/bin";
	for (;; path += part + 1) {
		part = strcspn(path, ":");
		if (part + length + 2 <= PATH_BYTES) {
			char *end = execenv_append(to, path, part);

			if (part)
				*end++ = '/';
			memcpy(end, name, length + 1);
			if (sys_call3(SYS_faccessat, AT_FDCWD, (long)to, X_OK) == 0)
				return to;
		}
		if (!path[part])
			return name;
	}
}

/* Returns 0, or the errno with which the path can't be reached: a program in a chroot, or
 * of another user, may have no way to memtop. */
static int execenv_reach(const char *path, int mode)
{
	long r = sys_call3(SYS_faccessat, AT_FDCWD, (long)path, mode);

	return r == -ENOENT || r == -EACCES || r == -ENOTDIR ? (int)-r : 0;
}

static void execenv_look(struct execenv_file *file)
{
	char *buffer = execenv_scratch(&guard.environment, HEAD_BYTES);
	const char *path = file->path;

	/* A seccomp filter stays in force across exec, so the first system call of a
	 * tracer could end the new program. */
	if (sys_closed()) {
		file->objection = ROLL_FILTER;
		return;
	}
	if (!buffer || !path)
		return;
	if (file->search && *path && !strchr(path, '/'))
		path = execenv_search(path, buffer + EXECLOOK_BYTES);
	file->objection = execlook_objection(file->at, path, buffer);
	if (file->objection)
		return;
	file->number = execenv_reach(tracer.meeting, W_OK);
	if (!file->number)
		file->number = execenv_reach(tracer.library, R_OK);
	if (file->number)
		file->objection = ROLL_UNREACHABLE;
}

char **execenv_arguments(unsigned long count)
{
	return (char **)(void *)execenv_scratch(&guard.arguments, count * sizeof(char *));
}

void execenv_judge(struct execenv_file *file, char *const *given)
{
	if (!tracer.inherit)
		return;
	execenv_look(file);
	if (!file->objection && !is_right(given))
		file->objection = is_anothers(given) ? ROLL_ANOTHER : ROLL_ENVIRONMENT;
}

char *const *execenv_for(struct execenv_file *file, char *const *given)
{
	size_t variables = 0, bytes;
	bool with;
	char *at;

	if (!tracer.inherit)
		return given;
	if (is_anothers(given)) {
		file->objection = ROLL_ANOTHER;
		return given;
	}
	execenv_look(file);
	/* A program that seems to have no way to memtop gets the tracer all the same,
	 * since that judgement may be wrong. */
	with = !file->objection || file->objection == ROLL_UNREACHABLE;
	if (with ? is_right(given) : is_clean(given))
		return given;
	for (char *const *v = given; v && *v; v++)
		variables++;
	bytes = HEAD_BYTES + (variables + 4) * sizeof(char *);
	at = execenv_scratch(&guard.environment,
			     bytes + STRINGS_BYTES + strlen(preload_of(given)));
	return at ? execenv_build((char **)(void *)(at + HEAD_BYTES), at + bytes, given,
				  with)
		  : given;
}
