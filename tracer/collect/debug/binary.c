/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of places to look, with the same test at each.  The file may be gone, replaced
 * by a newer build, or in another mount namespace; a path may also lead to a fifo or a
 * device, so nothing here blocks and only regular files are read.
 */
#include "tracer/collect/debug/binary.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/machine/machine.h"
#include "tracer/collect/debug/search.h"

enum { HEADERS_MAX = 256 };

/* Finds the build-id among the notes of one segment. */
static int note_build_id(int fd, uint64_t offset, uint64_t size, uint8_t id[20])
{
	_Alignas(8) unsigned char notes[4096];
	size_t room = size < sizeof(notes) ? (size_t)size : sizeof(notes);
	ssize_t got = pread(fd, notes, room, (off_t)offset);
	size_t length = got > 0 ? (size_t)got : 0;

	for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= length;) {
		Elf64_Nhdr note;
		memcpy(&note, notes + at, sizeof(note));
		size_t name = at + sizeof(note);
		size_t data = name + (((size_t)note.n_namesz + 3) & ~(size_t)3);
		if (data > length || note.n_descsz > length - data)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + name, "GNU", 4) == 0 && note.n_descsz > 0) {
			int bytes = note.n_descsz < 20 ? (int)note.n_descsz : 20;
			memcpy(id, notes + data, (size_t)bytes);
			return bytes;
		}
		at = data + (((size_t)note.n_descsz + 3) & ~(size_t)3);
	}
	return 0;
}

int binary_build_id(int fd, uint8_t id[20])
{
	Elf64_Ehdr header;
	Elf64_Phdr segments[HEADERS_MAX];
	int found = 0;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != MACHINE_ELF ||
	    (header.e_type != ET_EXEC && header.e_type != ET_DYN))
		return -1;
	size_t count = header.e_phnum < HEADERS_MAX ? header.e_phnum : HEADERS_MAX;
	if (header.e_phentsize != sizeof(segments[0]) ||
	    pread(fd, segments, count * sizeof(segments[0]), (off_t)header.e_phoff) !=
		    (ssize_t)(count * sizeof(segments[0])))
		return -1;
	for (size_t i = 0; i < count && !found; i++)
		if (segments[i].p_type == PT_NOTE)
			found = note_build_id(fd, segments[i].p_offset,
					      segments[i].p_filesz, id);
	return found;
}

static bool is_regular(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static int open_path(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int binary_hold(const char *path)
{
	int fd = open_path(path);

	if (fd < 0 || is_regular(fd))
		return fd;
	close(fd);
	return -1;
}

/* Checks one candidate, and closes it if it is not the right one.  -1 (no candidate)
 * keeps an earlier reason. */
static int try_file(int fd, const struct binary_wish *wish, const char **reason)
{
	uint8_t id[20];

	if (fd < 0)
		return -1;
	int length = is_regular(fd) ? binary_build_id(fd, id) : -1;
	size_t wanted = wish->build_id_length < 20 ? wish->build_id_length : 20;
	if (length >= 0 && (wanted == 0 || ((size_t)length == wanted &&
					    memcmp(id, wish->build_id, wanted) == 0)))
		return fd;
	*reason = length < 0 ? "not an ELF file of this machine"
			     : "build-id differs from the loaded one";
	close(fd);
	return -1;
}

static int try_path(const char *path, const struct binary_wish *wish, const char **reason)
{
	return try_file(open_path(path), wish, reason);
}

/* Opens the file as the target's own mapping: /proc/PID/map_files/START-END (root
 * only). */
static int try_mapping(const struct binary_wish *wish, const char **reason)
{
	char path[PATH_MAX];
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/map_files", wish->pid);
	DIR *folder = opendir(path);
	if (!folder)
		return -1;
	for (struct dirent *entry; fd < 0 && (entry = readdir(folder)) != NULL;) {
		uint64_t start, end;
		if (sscanf(entry->d_name, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
		    start < wish->start || end > wish->end)
			continue;
		snprintf(path, sizeof(path), "/proc/%" PRId32 "/map_files/%.64s",
			 wish->pid, entry->d_name);
		fd = try_path(path, wish, reason);
	}
	closedir(folder);
	return fd;
}

/* Whether /proc/PID/exe was once at the module's path. */
static bool is_executable(const struct binary_wish *wish, const char *exe)
{
	char target[PATH_MAX];
	ssize_t length = readlink(exe, target, sizeof(target));
	size_t wanted = strlen(wish->path);

	return length >= 0 && (size_t)length >= wanted &&
	       memcmp(target, wish->path, wanted) == 0;
}

/* Tries the path of `folder` followed by `rest`: the module's path, or "/" and its file
 * name. */
static int try_below(const char *folder, const char *rest, const struct binary_wish *wish,
		     const char **reason)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s%s", folder, rest);

	return length > 0 && (size_t)length < sizeof(path) ? try_path(path, wish, reason) : -1;
}

/* Tries the folders of --debug-path, where only a build-id tells what a file is: first
 * for the file itself; else, for a module that will not be unwound, for its debug info,
 * which has all names. */
static int try_folders(const struct binary_wish *wish, const char **reason)
{
	const struct search_places *search = search_get();
	size_t length = wish->build_id_length;
	int fd = -1;

	if (length == 0)
		return -1;
	for (size_t i = 0; fd < 0 && search->folders && search->folders[i]; i++) {
		fd = try_below(search->folders[i], wish->path, wish, reason);
		if (fd < 0)
			fd = try_below(search->folders[i], strrchr(wish->path, '/'), wish,
				       reason);
	}
	if (fd < 0)
		fd = try_file(search_build_id(wish->build_id, length, ""), wish, reason);
	if (fd < 0 && search->foreign)
		fd = try_file(search_build_id(wish->build_id, length, ".debug"), wish, reason);
	return fd;
}

/* Tries the path as the process sees it: there may be another file, or none any more. */
static int try_process(const struct binary_wish *wish, const char **reason)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "/proc/%" PRId32 "/root%s", wish->pid, wish->path);
	int fd = try_path(path, wish, reason);
	if (fd < 0 && wish->end > wish->start)
		fd = try_mapping(wish, reason);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%" PRId32 "/exe", wish->pid);
	return is_executable(wish, path) ? try_path(path, wish, reason) : -1;
}

int binary_open(const struct binary_wish *wish, const char **reason)
{
	const struct search_places *search = search_get();
	int fd = -1;

	*reason = wish->path[0] != '/' ? "not a file" :
		  search->foreign && wish->build_id_length == 0 ?
			  "it has no build-id, so no file can be known to be the same" :
			  "file vanished";
	if (wish->path[0] != '/' || (search->foreign && wish->build_id_length == 0))
		return -1;
	if (search->sysroot)
		fd = try_below(search->sysroot, wish->path, wish, reason);
	if (fd < 0 && wish->held)
		fd = try_file(fcntl(wish->held - 1, F_DUPFD_CLOEXEC, 3), wish, reason);
	if (fd < 0)
		fd = try_path(wish->path, wish, reason);
	if (fd < 0 && wish->pid > 0)
		fd = try_process(wish, reason);
	return fd < 0 && !search_is_usual() ? try_folders(wish, reason) : fd;
}
