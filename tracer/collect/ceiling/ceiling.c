/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small files of "name value" lines.  A cgroup's account is what it is charged with, less
 * what the kernel takes back before it kills anybody: the pages of files on both of its
 * lists (inactive_file, active_file) and slabs that can be reclaimed.  That is how
 * MemAvailable is made for the machine (mm/show_mem.c, si_mem_available), but for the
 * watermarks, which a cgroup has not; with those pages counted, each program that reads
 * large files would stand at its ceiling all the time.
 */
#include "tracer/collect/ceiling/ceiling.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/ground/small_file.h"

#define FILE_BYTES 16384                /* of a file are read at most */
/* "Unlimited" is what a counter of pages holds at most (v1), and any more is as good. */
#define UNLIMITED (UINT64_C(1) << 62)

/* The number behind a name at the start of a line.  False: there is no such line, or no
 * number on it ("max", "unlimited"). */
static bool value_of(const char *text, const char *name, uint64_t *value)
{
	size_t length = strlen(name);

	while (strncmp(text, name, length) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	text += length;
	text += strspn(text, ": \t");
	char *end;
	*value = strtoull(text, &end, 10);
	return end != text && *text >= '0' && *text <= '9';
}

/* The same, 0 where there is none. */
static uint64_t value_or_none(const char *text, const char *name)
{
	uint64_t value;

	return value_of(text, name, &value) ? value : 0;
}

/* --- where a cgroup is --- */

/* Paths in /proc write blank, tab, newline and backslash as \ooo. */
static void copy_path(char *to, size_t size, const char *from, size_t length)
{
	size_t n = 0;

	for (size_t i = 0; i < length && n + 1 < size; i++) {
		if (from[i] == '\\' && i + 3 < length) {
			char digits[4] = { from[i + 1], from[i + 2], from[i + 3], 0 };

			to[n++] = (char)strtol(digits, NULL, 8);
			i += 3;
		} else {
			to[n++] = from[i];
		}
	}
	to[n] = '\0';
}

/* The next word of a line, and where it ends. */
static const char *next_word(const char **at, size_t *length)
{
	const char *word = *at + strspn(*at, " ");

	*length = strcspn(word, " \n");
	*at = word + *length;
	return word;
}

static bool has_option(const char *options, size_t length, const char *wanted)
{
	size_t n = strlen(wanted);

	for (size_t i = 0; i + n <= length; i++)
		if (!strncmp(options + i, wanted, n) && (!i || options[i - 1] == ',') &&
		    (i + n == length || options[i + n] == ','))
			return true;
	return false;
}

/* "36 35 98:0 /root /point rw,... master:1 - type source super-options": the first
 * mount of a kind counts, later ones may lie over parts of it. */
static void read_mount(struct ceiling_mounts *mounts, const char *line, const char *end)
{
	const char *at = line, *root, *point, *type, *separator = strstr(line, " - ");
	size_t root_length, point_length, length;

	if (!separator || separator > end)
		return;
	for (unsigned i = 0; i < 3; i++)
		next_word(&at, &length);
	root = next_word(&at, &root_length);
	point = next_word(&at, &point_length);
	at = separator + 3;
	type = next_word(&at, &length);
	struct cgroup_mount *mount = NULL;
	if (length == 7 && !strncmp(type, "cgroup2", 7)) {
		mount = &mounts->unified;
	} else if (length == 6 && !strncmp(type, "cgroup", 6)) {
		next_word(&at, &length);
		const char *options = next_word(&at, &length);

		if (has_option(options, length, "memory"))
			mount = &mounts->memory;
	}
	if (!mount || *mount->point)
		return;
	size_t prefix = strlen(mounts->prefix);

	memcpy(mount->point, mounts->prefix, prefix);
	copy_path(mount->point + prefix, sizeof(mount->point) - prefix, point,
		  point_length);
	copy_path(mount->root, sizeof(mount->root), root, root_length);
}

void ceiling_mounts_read(struct ceiling_mounts *mounts, const char *prefix)
{
	char path[CEILING_PATH + 32], *line = NULL;
	size_t size = 0;

	memset(mounts, 0, sizeof(*mounts));
	snprintf(mounts->prefix, sizeof(mounts->prefix) / 2, "%s", prefix);
	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", mounts->prefix);
	FILE *file = fopen(path, "re");
	ssize_t n;
	while (file && (n = getline(&line, &size, file)) > 0)
		read_mount(mounts, line, line + n);
	free(line);
	if (file)
		fclose(file);
}

/* `path`: as /proc/PID/cgroup has it, from the root of the tree.  A mount may show a
 * part of that alone (a container's), and the path may be outside of it: then the
 * mount's own top is the nearest that can be seen. */
static void make_place(const struct cgroup_mount *mount, const char *path, size_t length,
		       struct cgroup_place *place)
{
	size_t root = strlen(mount->root);

	if (root == 1)
		root = 0;               /* "/": the whole tree */
	bool inside = length >= root && !strncmp(path, mount->root, root) &&
		      (length == root || path[root] == '/') && strncmp(path, "/..", 3) != 0;
	int rest = inside ? (int)(length - root) : 0;

	snprintf(place->top, sizeof(place->top), "%s", mount->point);
	int n = snprintf(place->folder, sizeof(place->folder), "%s%.*s", mount->point, rest,
			 path + root);
	if (n < 0 || (size_t)n >= sizeof(place->folder))
		snprintf(place->folder, sizeof(place->folder), "%s", mount->point);
	n = (int)strlen(place->folder);
	if (n > 1 && place->folder[n - 1] == '/')
		place->folder[n - 1] = '\0';
}

/* Whether a line's controllers, "cpu,memory" up to the colon, name memory. */
static bool is_memory(const char *controllers)
{
	return has_option(controllers, strcspn(controllers, ":\n"), "memory");
}

bool ceiling_places(const struct ceiling_mounts *mounts, int32_t pid, struct cgroup_place *v2,
		    struct cgroup_place *v1)
{
	char text[FILE_BYTES];

	*v2->folder = *v1->folder = '\0';
	if (small_file_read(text, sizeof(text), "%s/proc/%d/cgroup", mounts->prefix, (int)pid) < 0)
		return false;
	/* "4:memory:/path" is v1, "0::/path" v2. */
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *controllers = strchr(line, ':');
		const char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			break;
		path++;
		size_t length = strcspn(path, "\n");
		if (!strncmp(line, "0::", 3) && *mounts->unified.point)
			make_place(&mounts->unified, path, length, v2);
		else if (is_memory(controllers + 1) && *mounts->memory.point)
			make_place(&mounts->memory, path, length, v1);
	}
	return true;
}

/* --- what there is, and what is used of it --- */

/* What a cgroup is charged with and the kernel does not take back freely. */
static bool cgroup_used(const char *folder, bool v1, uint64_t *used)
{
	/* v1 has them for the cgroup itself and, as total_..., with all below it. */
	static const char *const names[2][3] = {
		{ "inactive_file ", "active_file ", "slab_reclaimable " },
		{ "total_inactive_file ", "total_active_file ", "total_slab_reclaimable " },
	};
	char text[FILE_BYTES], *end;
	uint64_t back = 0;

	if (small_file_read(text, sizeof(text), "%s/%s", folder,
			    v1 ? "memory.usage_in_bytes" : "memory.current") < 0)
		return false;
	*used = strtoull(text, &end, 10);
	if (end == text)
		return false;
	if (small_file_read(text, sizeof(text), "%s/memory.stat", folder) < 0)
		return true;
	for (unsigned i = 0; i < 3; i++)
		back += value_or_none(text, names[v1][i]);
	*used = back < *used ? *used - back : 0;
	return true;
}

static bool cgroup_ceiling(const char *folder, enum ceiling_kind kind,
			   struct ceiling *ceiling)
{
	char text[FILE_BYTES], *end;

	if (small_file_read(text, sizeof(text), "%s/%s", folder, ceiling_name(kind)) < 0)
		return false;
	ceiling->bytes = strtoull(text, &end, 10);
	/* Word "max" is no number. */
	if (end == text || ceiling->bytes >= UNLIMITED)
		return false;
	return cgroup_used(folder, kind == CEILING_LIMIT_IN_BYTES, &ceiling->used);
}

bool ceiling_of_cgroup(const struct cgroup_place *place, enum ceiling_kind kind,
		       struct ceiling *ceiling)
{
	struct ceiling here = { .kind = kind };
	char folder[CEILING_PATH];
	size_t top = strlen(place->top);
	bool found = false;

	if (!*place->folder)
		return false;
	memcpy(folder, place->folder, sizeof(folder));
	for (unsigned level = 0; level < CEILING_LEVELS; level++) {
		if (cgroup_ceiling(folder, kind, &here) &&
		    (!found || ceiling_left(&here) < ceiling_left(ceiling))) {
			ceiling->kind = kind;
			ceiling->pid = 0;
			ceiling->bytes = here.bytes;
			ceiling->used = here.used;
			found = true;
		}
		char *slash = strrchr(folder, '/');
		if (strlen(folder) <= top || !slash)
			break;
		*slash = '\0';
	}
	return found;
}

bool ceiling_of_machine(const struct ceiling_mounts *mounts, struct ceiling *ceiling)
{
	uint64_t total, available;
	char text[FILE_BYTES];

	if (small_file_read(text, sizeof(text), "%s/proc/meminfo", mounts->prefix) < 0 ||
	    !value_of(text, "MemTotal:", &total) || !value_of(text, "MemAvailable:", &available))
		return false;
	ceiling->kind = CEILING_MACHINE;
	ceiling->pid = 0;
	ceiling->bytes = total * 1024;
	ceiling->used = (total > available ? total - available : 0) * 1024;
	return true;
}

unsigned ceilings_of_process(const struct ceiling_mounts *mounts, int32_t pid,
			     struct ceiling ceilings[2])
{
	static const struct {
		enum ceiling_kind kind;
		const char *limit, *used;
	} kinds[] = {
		{ CEILING_AS, "Max address space ", "VmSize:" },
		{ CEILING_DATA, "Max data size ", "VmData:" },
	};
	char limits[FILE_BYTES], status[FILE_BYTES];
	uint64_t bytes[2], used;
	bool limited[2], any = false;
	unsigned n = 0;

	if (small_file_read(limits, sizeof(limits), "%s/proc/%d/limits", mounts->prefix,
			    (int)pid) < 0)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		limited[i] = value_of(limits, kinds[i].limit, &bytes[i]) && bytes[i] < UNLIMITED;
		any |= limited[i];
	}
	if (!any || small_file_read(status, sizeof(status), "%s/proc/%d/status", mounts->prefix,
				    (int)pid) < 0)
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		if (!limited[i] || !value_of(status, kinds[i].used, &used))
			continue;
		ceilings[n].kind = kinds[i].kind;
		ceilings[n].pid = pid;
		ceilings[n].bytes = bytes[i];
		ceilings[n++].used = used * 1024;
	}
	return n;
}

bool ceiling_is_alive(const struct ceiling_mounts *mounts, int32_t pid)
{
	char text[FILE_BYTES];
	uint64_t size;

	return small_file_read(text, sizeof(text), "%s/proc/%d/status", mounts->prefix,
			       (int)pid) >= 0 &&
	       value_of(text, "VmSize:", &size);
}

int64_t ceiling_oom_kills(const struct cgroup_place *v2, const struct cgroup_place *v1)
{
	char text[FILE_BYTES];
	uint64_t kills;

	if (*v2->folder &&
	    small_file_read(text, sizeof(text), "%s/memory.events", v2->folder) >= 0 &&
	    value_of(text, "oom_kill ", &kills))
		return (int64_t)(kills & INT64_MAX);
	if (*v1->folder &&
	    small_file_read(text, sizeof(text), "%s/memory.oom_control", v1->folder) >= 0 &&
	    value_of(text, "oom_kill ", &kills))
		return (int64_t)(kills & INT64_MAX);
	return -1;
}
