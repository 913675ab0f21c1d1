/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seen from outside, a container's cgroup has its name: what each engine calls it stands in
 * the documents of runc and crun on cgroup drivers, in lxc.container.conf(5) (lxc.payload)
 * and in systemd-nspawn(1).  From inside the path is mostly "/".  There the engines leave a
 * file: Docker /.dockerenv, Podman /run/.containerenv, systemd /run/systemd/container with
 * the engine's name (https://systemd.io/CONTAINER_INTERFACE); the host name is the
 * container's then.
 */
#include "tracer/collect/ceiling/inside.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "tracer/ground/small_file.h"

#define ID_HEX 64u                      /* digits of a container's id */
#define ID_SHOWN 12                     /* as `docker ps` and `podman ps` show it */
#define TEXT_MAX 8192

static const struct engine {
	const char *before, *name;      /* what stands before the id or name */
	bool id;
} engines[] = {
	{ "docker-", "docker", true },
	{ "libpod-", "podman", true },
	{ "cri-containerd-", "containerd", true },
	{ "crio-", "cri-o", true },
	{ "lxc.payload.", "lxc", false },
	{ "machine-", "nspawn", false },
	{ "", "container", true },      /* an id alone */
};
#define ENGINES (sizeof(engines) / sizeof(*engines))

static bool read_sign(char *text, size_t size, const char *prefix, int32_t pid,
		      const char *name)
{
	return small_file_read(text, size, "%s/proc/%d/%s", prefix, (int)pid, name) >= 0;
}

static bool is_id(const char *text, size_t length)
{
	size_t digits = 0;

	while (digits < length && isxdigit((unsigned char)text[digits]))
		digits++;
	return digits == ID_HEX && (length == ID_HEX ||
				    !strncmp(text + ID_HEX, ".scope", length - ID_HEX));
}

/* One folder of a cgroup's path, and the one above. */
static bool is_container(const char *folder, size_t length, const char *above,
			 size_t above_length, char text[INSIDE_MAX])
{
	for (size_t i = 0; i < ENGINES; i++) {
		const struct engine *engine = &engines[i];
		size_t skip = strlen(engine->before), rest = length - skip;

		if (length <= skip || strncmp(folder, engine->before, skip) != 0 ||
		    (engine->id && !is_id(folder + skip, rest)))
			continue;
		if (!engine->id && rest > 6 && !strncmp(folder + length - 6, ".scope", 6))
			rest -= 6;
		bool docker = !skip && above_length == 6 && !strncmp(above, "docker", 6);
		snprintf(text, INSIDE_MAX, "%s %.*s", docker ? "docker" : engine->name,
			 engine->id ? ID_SHOWN : (int)rest, folder + skip);
		return true;
	}
	return false;
}

/* Of a cgroup's path: the innermost container, or else its own name. */
static void name_cgroup(const char *path, size_t length, char text[INSIDE_MAX])
{
	const char *above = "";
	size_t above_length = 0;
	bool found = false;

	for (size_t at = 0; at < length;) {
		const char *folder = path + at + (path[at] == '/');
		size_t n = 0;

		while (folder + n < path + length && folder[n] != '/')
			n++;
		if (n && is_container(folder, n, above, above_length, text))
			found = true;
		else if (n && !found && !(n == 2 && !strncmp(folder, "..", 2)))
			snprintf(text, INSIDE_MAX, "cgroup %.*s", (int)n, folder);
		above = folder;
		above_length = n;
		at = (size_t)(folder + n - path) + !n;
	}
}

/* Of the lines "4:memory:/path" and "0::/path" the first that is not the root. */
static void find_cgroup(const char *lines, char text[INSIDE_MAX])
{
	const char *end;

	for (const char *line = lines; *line && !*text; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		const char *colon = strchr(line, ':');
		const char *path = colon ? strchr(colon + 1, ':') : NULL;
		bool v1 = path && path - colon > 6 && !strncmp(path - 6, "memory", 6);

		if (path && path < end && (v1 || path == colon + 1))
			name_cgroup(path + 1, (size_t)(end - path - 1), text);
	}
}

/* By the files that engines leave in the root of a container. */
static bool find_mark(const char *prefix, int32_t pid, char text[INSIDE_MAX])
{
	char engine[32] = "", host[64] = "";

	if (read_sign(engine, sizeof(engine), prefix, pid, "root/run/systemd/container"))
		engine[strcspn(engine, "\n")] = '\0';
	else if (read_sign(engine, sizeof(engine), prefix, pid, "root/run/.containerenv"))
		strcpy(engine, "podman");
	else if (read_sign(engine, sizeof(engine), prefix, pid, "root/.dockerenv"))
		strcpy(engine, "docker");
	if (!*engine)
		return false;
	read_sign(host, sizeof(host), prefix, pid, "root/etc/hostname");
	host[strcspn(host, "\n")] = '\0';
	snprintf(text, INSIDE_MAX, "%s%s%s", engine, *host ? " " : "", host);
	return true;
}

void inside_find(const char *prefix, int32_t pid, char text[INSIDE_MAX])
{
	char lines[TEXT_MAX];

	*text = '\0';
	if (!read_sign(lines, sizeof(lines), prefix, pid, "cgroup"))
		return;
	find_cgroup(lines, text);
	if (!*text || !strncmp(text, "cgroup ", 7))
		find_mark(prefix, pid, text);
}
