/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/afar.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/attach/space.h"
#include "tracer/ground/libc_file.h"
#include "tracer/ground/shared/page.h"

#define HEADERS_MAX 64u                 /* most program headers that are read */
#define DYNAMIC_MAX 256u                /* most entries of the dynamic section that are
					 * read */
#define CHAIN_MAX 4096u                 /* most symbols of one hash chain that are read */

/* ---- memory ------------------------------------------------------------ */

bool afar_read(const struct afar *afar, uint64_t at, void *to, size_t bytes)
{
	return at <= INT64_MAX &&
	       pread(afar->memory, to, bytes, (off_t)at) == (ssize_t)bytes;
}

bool afar_write(const struct afar *afar, uint64_t at, const void *from, size_t bytes)
{
	return at <= INT64_MAX &&
	       pwrite(afar->memory, from, bytes, (off_t)at) == (ssize_t)bytes;
}

uint64_t afar_find(const struct afar *afar, const struct afar_module *module,
		   const void *bytes, size_t length)
{
	size_t size = (size_t)(module->text_end - module->text);
	uint64_t found = 0;
	char *copy = size && size < (64u << 20) ? malloc(size) : NULL;

	if (copy && afar_read(afar, module->text, copy, size)) {
		const char *at = memmem(copy, size, bytes, length);

		if (at)
			found = module->text + (uint64_t)(at - copy);
	}
	free(copy);
	return found;
}

/* glibc's pthread_mutex_t: the futex's word, how often it is held, by whom, by how many, and
 * its kind, which is recursive for those of the loader. */
static bool is_owned(const int32_t word[5], int32_t tid)
{
	return (word[0] == 1 || word[0] == 2) && word[1] > 0 && word[2] == tid && word[3] == 1 &&
	       word[4] == PTHREAD_MUTEX_RECURSIVE_NP;
}

bool afar_owns(const struct afar *afar, const struct afar_module *module, int32_t tid)
{
	/* Of each page also what a mutex across its end has on the next one. */
	int32_t words[(PAGE + 16) / 4];
	bool owned = false;

	for (uint64_t at = module->start; at < module->end && !owned; at += PAGE) {
		memset(words, 0, sizeof(words));
		if (!afar_read(afar, at, words, sizeof(words)) &&
		    !afar_read(afar, at, words, PAGE))
			continue;       /* between two of its parts */
		for (size_t i = 0; i < PAGE / 4 && !owned; i += 2)
			owned = is_owned(words + i, tid);
	}
	return owned;
}

/* ---- what is mapped ---------------------------------------------------- */

static bool afar_begins(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

static bool is_tracer(const char *name)
{
	return afar_begins(name, "libmemtop.so") || afar_begins(name, "memfd:libmemtop.so");
}

static struct afar_module *afar_module_of(struct afar *afar, const char *name)
{
	static const char *const allocators[] = {
		"libjemalloc", "libtcmalloc", "libmimalloc"
	};

	if (libc_file_is_libc(name))
		return &afar->libc;
	if (libc_file_is_loader(name))
		return &afar->loader;
	if (libc_file_is_libdl(name))
		return &afar->libdl;
	if (libc_file_is_libpthread(name))
		return &afar->libpthread;
	if (afar_begins(name, "[vdso]"))
		return &afar->vdso;
	if (is_tracer(name))
		return &afar->own;
	for (size_t i = 0; i < sizeof(allocators) / sizeof(*allocators); i++)
		if (afar_begins(name, allocators[i]))
			return &afar->allocator;
	return NULL;
}

/* A sanitizer's runtime defines malloc itself, whether it is linked in or a library.
 * Where it is a library, this tells it by its name. */
static bool is_sanitizer(const char *name)
{
	return afar_begins(name, "lib") && strlen(name) > 8 &&
	       (afar_begins(name + 4, "san.so") || afar_begins(name, "libclang_rt."));
}

/* A file whose mappings follow one another in the list. */
struct run {
	unsigned long inode;
	uint64_t start;
	struct afar_module *module;     /* set once one of its mappings is executable */
};

static struct afar_module *afar_module_begin(struct afar *afar, const char *name,
					     uint64_t start)
{
	struct afar_module *module = afar_module_of(afar, name);

	if (module == &afar->libc && afar->libcs_length < AFAR_LIBCS)
		module = &afar->libcs[afar->libcs_length++];
	if (!module || module->start)
		return NULL;
	module->start = start;
	return module;
}

static void note_names(struct afar *afar, const char *name)
{
	afar->musl |= afar_begins(name, "ld-musl") || afar_begins(name, "libc.musl");
	afar->sanitizer |= is_sanitizer(name);
	afar->tracer |= is_tracer(name);
}

static void afar_line(struct afar *afar, const char *line, struct run *run)
{
	unsigned long start, end, offset, inode;
	char rights[5];
	int path = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %*x:%*x %lu %n", &start, &end, rights, &offset,
		   &inode, &path) != 5 || !path)
		return;
	const char *slash = strrchr(line + path, '/');
	const char *name = slash ? slash + 1 : line + path;
	bool named = name[0] && name[0] != '\n';

	if (named && (offset == 0 || inode != run->inode))
		*run = (struct run){ .inode = inode, .start = start };
	if (named && !run->module && rights[2] == 'x') {
		run->module = afar_module_begin(afar, name, run->start);
		if (run->module) {
			run->module->text = start;
			run->module->text_end = end;
		}
	}
	if (run->module && (named || start == run->module->end))
		run->module->end = end;
	if (!named)
		*run = (struct run){ 0 };
	note_names(afar, name);
}

static int afar_maps(struct afar *afar)
{
	char path[32], line[PATH_MAX + 128];
	struct run run = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)afar->pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		afar_line(afar, line, &run);
	fclose(file);
	afar->libc = afar->libcs[0];
	return 0;
}

int afar_list(struct afar *afar, int32_t pid)
{
	*afar = (struct afar){ .pid = pid, .memory = -1 };
	return afar_maps(afar);
}

int afar_open(struct afar *afar, int32_t pid)
{
	char path[32];

	*afar = (struct afar){ .pid = pid };
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	afar->memory = open(path, O_RDWR | O_CLOEXEC);
	if (afar->memory < 0)
		return -errno;
	int r = afar_maps(afar);
	if (r == 0)
		space_choose_libc(afar);
	else
		afar_close(afar);
	return r;
}

void afar_close(struct afar *afar)
{
	if (afar->memory >= 0)
		close(afar->memory);
	afar->memory = -1;
}

/* ---- symbols ----------------------------------------------------------- */

struct table {
	uint64_t bias, symbols, strings, hash;
};

static bool find_dynamic(const struct afar *afar, const struct afar_module *module,
			 uint64_t *dynamic, uint64_t *bias)
{
	Elf64_Phdr header[HEADERS_MAX];
	Elf64_Ehdr head;
	bool loaded = false;

	*dynamic = 0;
	if (!afar_read(afar, module->start, &head, sizeof(head)) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phnum > HEADERS_MAX ||
	    !afar_read(afar, module->start + head.e_phoff, header,
		       head.e_phnum * sizeof(*header)))
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		if (header[i].p_type == PT_LOAD && !loaded) {
			*bias = module->start - page_begin(header[i].p_vaddr);
			loaded = true;
		}
		if (header[i].p_type == PT_DYNAMIC)
			*dynamic = header[i].p_vaddr;
	}
	*dynamic += *bias;
	return loaded && *dynamic != *bias;
}

static bool afar_table(const struct afar *afar, const struct afar_module *module,
		       struct table *table)
{
	uint64_t at, bias;
	Elf64_Dyn entry;

	if (!module->start || !find_dynamic(afar, module, &at, &bias))
		return false;
	*table = (struct table){ .bias = bias };
	for (unsigned i = 0; i < DYNAMIC_MAX; i++, at += sizeof(entry)) {
		if (!afar_read(afar, at, &entry, sizeof(entry)) || entry.d_tag == DT_NULL)
			break;
		/* The loader turns offsets into addresses here, but not in every
		 * module. */
		uint64_t value = entry.d_un.d_ptr < bias ? entry.d_un.d_ptr + bias
							 : entry.d_un.d_ptr;
		if (entry.d_tag == DT_SYMTAB)
			table->symbols = value;
		else if (entry.d_tag == DT_STRTAB)
			table->strings = value;
		else if (entry.d_tag == DT_GNU_HASH)
			table->hash = value;
	}
	return table->symbols && table->strings && table->hash;
}

static bool is_named(const struct afar *afar, const struct table *table,
		     const Elf64_Sym *symbol, const char *name)
{
	char text[64];
	size_t size = strlen(name) + 1;

	return size <= sizeof(text) && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_value && afar_read(afar, table->strings + symbol->st_name, text, size) &&
	       memcmp(text, name, size) == 0;
}

static uint32_t afar_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

uint64_t afar_symbol(const struct afar *afar, const struct afar_module *module,
		     const char *name)
{
	uint32_t wanted = afar_hash(name), head[4], index, hash;
	struct table table;
	Elf64_Sym symbol;

	if (!afar_table(afar, module, &table) ||
	    !afar_read(afar, table.hash, head, sizeof(head)) || !head[0])
		return 0;
	uint64_t buckets = table.hash + sizeof(head) + UINT64_C(8) * head[2];
	uint64_t chain = buckets + UINT64_C(4) * head[0];

	if (!afar_read(afar, buckets + UINT64_C(4) * (wanted % head[0]), &index, 4) ||
	    index < head[1])
		return 0;
	for (unsigned n = 0; n < CHAIN_MAX; n++, index++) {
		if (!afar_read(afar, chain + UINT64_C(4) * (index - head[1]), &hash, 4) ||
		    !afar_read(afar, table.symbols + UINT64_C(24) * index, &symbol,
			       sizeof(symbol)))
			return 0;
		if ((hash | 1) == (wanted | 1) && is_named(afar, &table, &symbol, name))
			return table.bias + symbol.st_value;
		if (hash & 1)
			return 0;
	}
	return 0;
}
