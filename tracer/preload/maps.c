/* SPDX-License-Identifier: MIT */
/*
 * The map file is read in pieces through a small window and parsed a character
 * at a time, so that neither a line's length nor the number of lines matters.
 * A file's mappings follow each other; the last run of one path is kept until
 * the run that holds the address has ended.
 *
 *	start-end perms offset dev inode   path
 */
#include "tracer/preload/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "tracer/preload/sys.h"

#define WINDOW 1024

struct reader {
	int fd;
	int error;
	uint32_t at, end;
	char window[WINDOW];
};

/* The next character, or -1. */
static int next(struct reader *r)
{
	if (r->at == r->end) {
		long got = sys_call3(SYS_read, r->fd, (long)r->window, WINDOW);
		if (got <= 0) {
			r->error = (int)got;
			return -1;
		}
		r->at = 0;
		r->end = (uint32_t)got;
	}
	return (unsigned char)r->window[r->at++];
}

static uintptr_t number(struct reader *r)
{
	uintptr_t value = 0;
	for (int c = next(r); c >= 0; c = next(r)) {
		if (c >= '0' && c <= '9')
			value = value << 4 | (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uintptr_t)(c - 'a' + 10);
		else
			break;
	}
	return value;
}

static void skip_field(struct reader *r)
{
	int c = next(r);
	while (c >= 0 && c != ' ' && c != '\n')
		c = next(r);
}

/* Reads the path, the rest of the line, over `text`; true if it was the same. */
static bool read_path(struct reader *r, char *text, uint32_t *length)
{
	uint32_t old = *length, new = 0;
	bool same = true;
	int c = next(r);
	while (c == ' ')
		c = next(r);
	for (; c >= 0 && c != '\n'; c = next(r)) {
		if (new == MAPS_TEXT)
			continue;
		same = same && new < old && text[new] == (char)c;
		text[new++] = (char)c;
	}
	*length = new;
	return same && new == old;
}

/* One line; false at the end of the file. */
static bool read_line(struct reader *r, struct maps_file *run, char *text)
{
	uintptr_t start = number(r), end = number(r);
	if (end == 0)
		return false;
	skip_field(r);                  /* permissions */
	skip_field(r);                  /* offset */
	skip_field(r);                  /* device */
	number(r);                      /* inode: ends at the first blank */
	bool same = read_path(r, text, &run->path_length);
	if (!same || run->path_length == 0 || start != run->end)
		run->start = start;
	run->end = end;
	return true;
}

static int scan(struct reader *r, uintptr_t address, char *text, struct maps_file *file)
{
	struct maps_file run = {0};
	bool found = false;
	while (read_line(r, &run, text)) {
		if (found && run.start != file->start)
			return 0;
		found = found || (address >= run.start && address < run.end);
		if (found)
			*file = run;
		if (found && run.path_length == 0)
			return -ENOENT;
		if (run.start > address)
			return -ENOENT;
	}
	return found ? 0 : r->error ? r->error : -ENOENT;
}

/* The path again: a later line overwrote it when its run had ended. */
static int find_twice(struct reader *r, uintptr_t address, char *text, struct maps_file *file)
{
	int result = scan(r, address, text, file);
	if (result != 0)
		return result;
	uintptr_t end = file->end;
	if (sys_call3(SYS_lseek, r->fd, 0, 0) != 0)
		return -EIO;
	r->at = r->end = 0;
	struct maps_file run = {0};
	while (read_line(r, &run, text))
		if (run.end == end) {
			file->path_length = run.path_length;
			return 0;
		}
	return -ENOENT;
}

/* The kernel writes a newline in a path as \012 (and a backslash as it is, so
 * that a file whose name holds those four characters is taken for another). */
static uint32_t unescape(char *text, uint32_t length)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < length; i++) {
		bool newline = length - i >= 4 && text[i] == '\\' && text[i + 1] == '0' &&
			       text[i + 2] == '1' && text[i + 3] == '2';
		text[kept++] = newline ? '\n' : text[i];
		i += newline ? 3 : 0;
	}
	return kept;
}

int maps_find(uintptr_t address, char *text, struct maps_file *file)
{
	static const char path[] = "/proc/self/maps";
	long fd = sys_call6(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (sys_failed(fd))
		return (int)fd;
	struct reader r = {.fd = (int)fd};
	int result = find_twice(&r, address, text, file);
	sys_call3(SYS_close, fd, 0, 0);
	if (result == 0)
		file->path_length = unescape(text, file->path_length);
	return result;
}
