/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each kept file is read whole and indexed by line; a new one replaces the one that was
 * not used for longest.  A file that can't be read is kept too, as empty, so that a
 * missing source tree is not searched again for every frame. */
#include "tracer/collect/recording/source.h"
#include "tracer/ground/whole.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 32
#define FILE_MAX (INT64_C(64) << 20)

struct file {
	char *path;
	char *text;
	size_t length;
	uint32_t *start;                /* offset of each line */
	size_t lines;
	uint64_t used;
};

struct sources {
	struct file files[FILES];
	uint64_t clock;
};

struct sources *sources_new(void) { return calloc(1, sizeof(struct sources)); }

static void source_forget(struct file *f)
{
	free(f->path);
	free(f->text);
	free(f->start);
	*f = (struct file){ 0 };
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	for (int i = 0; i < FILES; i++)
		source_forget(&s->files[i]);
	free(s);
}

static void read_text(struct file *f)
{
	struct stat status;
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX)
		f->text = malloc((size_t)status.st_size + 1);
	ssize_t length = f->text ? whole_read(fd, f->text, (size_t)status.st_size) : 0;
	f->length = length > 0 ? (size_t)length : 0;
	close(fd);
}

static void index_lines(struct file *f)
{
	size_t lines = f->length > 0;
	for (size_t i = 0; i + 1 < f->length; i++)
		lines += f->text[i] == '\n';
	f->start = malloc((lines + 1) * sizeof(uint32_t));
	if (!f->start || lines == 0)
		return;
	f->start[f->lines++] = 0;
	for (size_t i = 0; i + 1 < f->length; i++)
		if (f->text[i] == '\n')
			f->start[f->lines++] = (uint32_t)(i + 1);
	f->start[f->lines] = (uint32_t)f->length;
}

static struct file *source_find(struct sources *s, const char *path)
{
	struct file *oldest = &s->files[0];
	for (int i = 0; i < FILES; i++) {
		struct file *f = &s->files[i];
		if (f->path && strcmp(f->path, path) == 0)
			return f;
		if (f->used < oldest->used)
			oldest = f;
	}
	source_forget(oldest);
	oldest->path = strdup(path);
	if (!oldest->path)
		return NULL;
	read_text(oldest);
	index_lines(oldest);
	return oldest;
}

int sources_line(struct sources *s, const char *path, unsigned line, char *text,
		 size_t size)
{
	if (line == 0 || path[0] != '/')
		return -1;
	struct file *f = source_find(s, path);
	if (!f)
		return -1;
	f->used = ++s->clock;
	if (line > f->lines)
		return -1;
	size_t from = f->start[line - 1], to = f->start[line];
	while (to > from && (f->text[to - 1] == '\n' || f->text[to - 1] == '\r'))
		to--;
	size_t n = to - from < size ? to - from : size - 1;
	memcpy(text, f->text + from, n);
	text[n] = 0;
	return (int)n;
}
