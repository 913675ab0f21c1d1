/* SPDX-License-Identifier: MIT */
/*
 * The map file is read in pieces through a small window and parsed a character
 * at a time, so that neither a line's length nor the number of lines matters.
 * The first pass finds the line of the address; the second the first page of the
 * same file, which stands before it.  Between a file's mappings others may lie.
 *
 *	start-end perms offset dev inode   path
 */
#include "tracer/preload/base/maps.h"

#include <errno.h>
#include <stdbool.h>

#include "tracer/preload/base/sys.h"

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

static uintptr_t maps_number(struct reader *r)
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

/* Reads the path, which is the rest of the line, into `text` unless that is NULL.
 * Returns its length. */
static uint32_t maps_read_path(struct reader *r, char *text)
{
	uint32_t length = 0;
	int c = next(r);
	while (c == ' ')
		c = next(r);
	for (; c >= 0 && c != '\n'; c = next(r)) {
		if (length == MAPS_TEXT)
			continue;
		if (text)
			text[length] = (char)c;
		length++;
	}
	return length;
}

struct line {
	uintptr_t start, end, offset;
	/* As read by hexadecimal digits, only to be compared. */
	uintptr_t device[2], inode;
	uint32_t path_length;
};

/* Reads one line.  False at the end of the file. */
static bool maps_read_line(struct reader *r, struct line *line, char *text)
{
	line->start = maps_number(r);
	line->end = maps_number(r);
	if (line->end == 0)
		return false;
	skip_field(r);                  /* permissions */
	line->offset = maps_number(r);
	line->device[0] = maps_number(r);
	line->device[1] = maps_number(r);
	line->inode = maps_number(r);        /* stops at the first blank */
	line->path_length = maps_read_path(r, text);
	return true;
}

/* The line of the address; -ENOENT where nothing or anonymous memory is mapped. */
static int find_line(struct reader *r, uintptr_t address, char *text, struct line *line)
{
	while (maps_read_line(r, line, text))
		if (address < line->end)
			return address < line->start || line->path_length == 0 ? -ENOENT : 0;
	return r->error ? r->error : -ENOENT;
}

static bool maps_same_file(const struct line *a, const struct line *b)
{
	return a->inode == b->inode && a->device[0] == b->device[0] &&
	       a->device[1] == b->device[1];
}

/* The last mapping of the file's first page up to its mapping `of`, or 0.  What has no
 * inode is one mapping. */
static uintptr_t find_header(struct reader *r, const struct line *of)
{
	struct line line;
	uintptr_t found = 0;
	if (of->offset == 0 || of->inode == 0)
		return of->start;
	r->at = r->end = 0;
	if (sys_call3(SYS_lseek, r->fd, 0, 0) != 0)
		return 0;
	while (maps_read_line(r, &line, NULL) && line.start < of->start)
		if (line.offset == 0 && maps_same_file(&line, of))
			found = line.start;
	return found;
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
	long fd = sys_open("/proc/self/maps");
	if (sys_failed(fd))
		return (int)fd;
	struct reader r = {.fd = (int)fd};
	struct line line;
	int result = find_line(&r, address, text, &line);
	if (result == 0) {
		file->path_length = unescape(text, line.path_length);
		file->header = find_header(&r, &line);
	}
	sys_call3(SYS_close, fd, 0, 0);
	return result;
}

int maps_executable(uintptr_t address, uintptr_t *start, uintptr_t *end)
{
	long fd = sys_open("/proc/self/maps");
	if (sys_failed(fd))
		return (int)fd;
	struct reader r = {.fd = (int)fd};
	int result = -ENOENT;
	for (*start = maps_number(&r); (*end = maps_number(&r)) != 0; *start = maps_number(&r)) {
		bool code = (next(&r), next(&r), next(&r)) == 'x';
		if (address < *end) {
			result = address >= *start && code ? 0 : -ENOENT;
			break;
		}
		for (int c = next(&r); c >= 0 && c != '\n';)
			c = next(&r);
	}
	sys_call3(SYS_close, fd, 0, 0);
	return r.error ? r.error : result;
}

/* Called after the permissions were read.  True if the line has a path; *python: with this
 * word in it. */
static bool skip_path(struct reader *r, bool *python)
{
	static const char word[] = "python";
	unsigned same = 0;
	int c = ' ';
	for (int field = 0; field < 3 && c >= 0 && c != '\n'; field++)
		while ((c = next(r)) >= 0 && c != ' ' && c != '\n')
			;
	while (c == ' ')
		c = next(r);
	bool has = c >= 0 && c != '\n';
	*python = false;
	for (; c >= 0 && c != '\n'; c = next(r)) {
		same = c == word[same] ? same + 1 : c == word[0];
		if (word[same] == 0) {
			*python = true;
			same = 0;
		}
	}
	return has;
}

int maps_each(void (*seen)(void *user, const struct maps_piece *piece), void *user)
{
	static const char path[] = "/proc/self/maps";
	long fd = sys_call6(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (sys_failed(fd))
		return (int)fd;
	struct reader r = {.fd = (int)fd};
	struct maps_piece piece = {.start = maps_number(&r)};
	for (; (piece.end = maps_number(&r)) != 0; piece.start = maps_number(&r)) {
		piece.readable = next(&r) == 'r';
		skip_field(&r);
		if (skip_path(&r, &piece.python))
			seen(user, &piece);
	}
	sys_call3(SYS_close, fd, 0, 0);
	return r.error;
}
