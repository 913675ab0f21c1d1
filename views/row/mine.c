/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Own code (mine.h) is recognised by paths alone, without access to the files, since a
 * recording is often read on a machine that does not have its sources.
 */
#include "views/row/mine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct own {
	const struct catalog *catalog;
	struct mine asked;
	struct mine folders;            /* requested or found */
	struct executable {
		bool is, lines;         /* it has a main; some lines of its code are
					 * known */
		char *folder;           /* that its sources are all in; NULL: none */
	} *modules;
	uint32_t modules_length;
	char *python;                   /* that own Python files are all in, or NULL */
};

/* Code that comes with the system or from a package manager, told by the beginning of its
 * path, or by a part anywhere in it. */
static const char *const system_folders[] = {
	"/usr/", "/lib/", "/lib64/", "/rustc/", "/nix/store/", "/gnu/store/", "/snap/",
};
static const char *const package_folders[] = {
	"/site-packages/", "/dist-packages/", "/lib/python3.", "/lib64/python3.",
	"/.cargo/registry/", "/.cargo/git/", "/.rustup/toolchains/", "/include/c++/",
	"/node_modules/",
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool of_packages(const char *path)
{
	for (size_t i = 0; i < COUNT(package_folders); i++)
		if (strstr(path, package_folders[i]))
			return true;
	return false;
}

static bool of_the_system(const char *path)
{
	for (size_t i = 0; i < COUNT(system_folders); i++)
		if (!strncmp(path, system_folders[i], strlen(system_folders[i])))
			return true;
	return false;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), of = strlen(end);

	return length >= of && !strcmp(text + length - of, end);
}

/* Whether code without a file, whose name is in angle brackets, was typed by the user and
 * is therefore own. "<string>" is the program of `python3 -c`; but where there are files,
 * it is also code that site packages and dataclasses generate at run time. */
static bool typed(const struct own *own, const char *file, const char *function)
{
	static const char *const names[] = {"<stdin>", "<ipython-input", "<doctest"};

	for (size_t i = 0; i < COUNT(names); i++)
		if (!strncmp(file, names[i], strlen(names[i])))
			return true;
	return !own->python && !strcmp(file, "<string>") && !ends_in(function, "__");
}

/* The rest of a path that is equal to the folder or inside it, from the slash on; NULL:
 * it is not inside. */
static const char *mine_within(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	if (!strcmp(folder, "/"))
		return path[0] == '/' ? path : NULL;
	if (strncmp(path, folder, length) != 0)
		return NULL;
	return path[length] == '/' || !path[length] ? path + length : NULL;
}

/* Appends one component of a path, or removes the last one for "..". False: no room. */
static bool mine_step(char *path, size_t size, size_t *length, const char *name, size_t of)
{
	if (!of || (of == 1 && name[0] == '.'))
		return true;
	if (of == 2 && name[0] == '.' && name[1] == '.') {
		while (*length && path[--*length] != '/')
			;
		return true;
	}
	if (*length + of + 2 > size)
		return false;
	path[(*length)++] = '/';
	memcpy(path + *length, name, of);
	*length += of;
	return true;
}

bool mine_add(struct mine *mine, const char *here, const char *folder)
{
	const char *parts[] = {folder[0] == '/' ? "" : here, folder};
	char *path = mine->folders + mine->used;
	size_t size = MINE_BYTES - mine->used, length = 0;

	if (size < 2)
		return false;
	for (unsigned i = 0; i < 2; i++)
		for (const char *at = parts[i]; *at;) {
			size_t of = strcspn(at, "/");

			if (!mine_step(path, size, &length, at, of))
				return false;
			at += of + strspn(at + of, "/");
		}
	if (!length)
		path[length++] = '/';
	path[length] = '\0';
	mine->used += length + 1;
	mine->length++;
	return true;
}

const char *mine_next(const struct mine *mine, const char *folder)
{
	const char *next = folder ? folder + strlen(folder) + 1 : mine->folders;

	return next < mine->folders + mine->used ? next : NULL;
}

/* Widens *folder, which may be NULL, so that it contains the file too.  Names that are
 * not absolute paths are ignored. */
static bool mine_widen(char **folder, const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t same = 0, cut = 0;

	if (file[0] != '/')
		return true;
	if (!*folder) {
		*folder = strndup(file, (size_t)(slash - file));
		return *folder;
	}
	for (; (*folder)[same] && (*folder)[same] == file[same]; same++)
		cut = file[same] == '/' ? same : cut;
	if (!(*folder)[same] && file[same] == '/')
		cut = same;
	(*folder)[cut] = '\0';
	return true;
}

static bool is_interpreter(const char *module)
{
	return !strncmp(module, "python", 6) || !strncmp(module, "libpython", 9);
}

static struct executable *executable_of(const struct own *own, const struct frame *frame)
{
	return frame->module.v < own->modules_length ? &own->modules[frame->module.v] : NULL;
}

static void note_main(struct own *own, const struct frame *frame)
{
	struct executable *module = executable_of(own, frame);
	struct module of;

	if (!module || frame->lang == LANG_PYTHON)
		return;
	module->lines = module->lines || frame->line;
	if (strcmp(catalog_text(own->catalog, frame->function), "main") != 0)
		return;
	of = catalog_module(own->catalog, frame->module);
	module->is = !is_interpreter(catalog_text(own->catalog, of.name));
}

/* Widens the folder that the source of a frame belongs to: that of Python, or of its
 * executable.  False: out of memory. */
static bool note_source(struct own *own, const struct frame *frame)
{
	const char *file = catalog_text(own->catalog, frame->file);
	struct executable *module = executable_of(own, frame);

	if (of_the_system(file) || of_packages(file) || !*file)
		return true;
	if (frame->lang == LANG_PYTHON)
		return mine_widen(&own->python, file);
	return !module || !module->is || !frame->line || mine_widen(&module->folder, file);
}

/* Sources are often in a subfolder of a project, next to other folders that belong to
 * it. */
static void find_folder(struct own *own, char *folder)
{
	static const char *const inner[] = {"/src", "/source", "/bin", "/cmd", "/app"};

	for (size_t i = 0; folder && i < COUNT(inner); i++)
		if (ends_in(folder, inner[i]) && strlen(folder) > strlen(inner[i])) {
			folder[strlen(folder) - strlen(inner[i])] = '\0';
			break;
		}
	/* The root and the folder of all homes do not tell whose code it is. */
	if (folder && *folder && strcmp(folder, "/home") != 0)
		mine_add(&own->folders, "/", folder);
}

static bool mine_find(struct own *own)
{
	uint32_t frames = catalog_frames(own->catalog);

	for (uint32_t i = 0; i < frames; i++) {
		struct frame frame = catalog_frame(own->catalog, (struct frame_id){i});

		note_main(own, &frame);
	}
	for (uint32_t i = 0; i < frames; i++) {
		struct frame frame = catalog_frame(own->catalog, (struct frame_id){i});

		if (!note_source(own, &frame))
			return false;
	}
	for (uint32_t i = 0; i < own->modules_length; i++)
		find_folder(own, own->modules[i].folder);
	find_folder(own, own->python);
	return true;
}

struct own *own_new(const struct mine *mine, const struct catalog *catalog)
{
	struct own *own = calloc(1, sizeof(*own));

	if (!own)
		return NULL;
	own->catalog = catalog;
	own->asked = own->folders = *mine;
	if (mine->length)
		return own;
	own->modules_length = catalog_modules(catalog);
	own->modules = calloc(own->modules_length + 1, sizeof(*own->modules));
	if (own->modules && mine_find(own))
		return own;
	own_free(own);
	return NULL;
}

void own_free(struct own *own)
{
	for (uint32_t i = 0; own && own->modules && i < own->modules_length; i++)
		free(own->modules[i].folder);
	if (own) {
		free(own->modules);
		free(own->python);
	}
	free(own);
}

const struct mine *own_folders(const struct own *own)
{
	return &own->folders;
}

/* Whether a folder contains the file, unless a package manager put it there. */
static bool in_folders(const struct own *own, const char *file)
{
	const char *folder = NULL;

	while ((folder = mine_next(&own->folders, folder))) {
		const char *rest = mine_within(file, folder);

		if (rest && !of_packages(rest))
			return true;
	}
	return false;
}

bool own_has(const struct own *own, const struct frame *frame)
{
	const char *file = catalog_text(own->catalog, frame->file);
	const char *function = catalog_text(own->catalog, frame->function);
	const struct executable *module = executable_of(own, frame);

	if (own->asked.length)
		return in_folders(own, file);
	if (file[0] == '<')
		return frame->lang == LANG_PYTHON && typed(own, file, function);
	if (of_the_system(file) || of_packages(file))
		return false;
	if (frame->lang == LANG_PYTHON)
		return true;
	if (module && module->is && !module->lines)
		return !frame->unresolved && function[0] != '_';
	return frame->line && ((module && module->is) || in_folders(own, file));
}
