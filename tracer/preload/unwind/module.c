/* SPDX-License-Identifier: MIT */
/*
 * The kernel told the program's headers at its start; the loader's own index
 * (_dl_find_object, glibc 2.35 on) finds the others without a lock, and without it
 * /proc/self/maps does.  Whoever answers, an address belongs to a module only if it
 * lies in one of the segments that the module's headers (headers.c) list.  These give
 * the build-id too, and what may be read.  A module is claimed by raising
 * control->modules and is whole when `published` is 1; who looks for the same file at
 * that moment waits for that.
 */
#include "tracer/preload/unwind/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "tracer/preload/segment/blob.h"
#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/unwind/known.h"
#include "tracer/preload/base/loader.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"

#define MEMO_BITS 9
#define STAMPS 1024
#define PATIENCE 100000

static struct {
	bool by_maps;
	struct memo index[1 << MEMO_BITS];
	/* Files without a build-id are told apart by inode and time. */
	uint64_t stamp[STAMPS];
} modules;

struct identity {
	const char *path;
	uint32_t path_length;
	uint8_t build_id_length;
	uint8_t build_id[20];
	uint64_t span, stamp;
};

void module_start(int by_maps)
{
	modules.by_maps = by_maps;
	headers_start();
	module_restart();
}

void module_restart(void)
{
	for (unsigned i = 0; i < 1 << MEMO_BITS; i++)
		memo_clear(&modules.index[i]);
	uint32_t none = 0;
	atomic_compare_exchange_strong(&table_control()->modules, &none, 1);
}

static void module_fill(struct module_object *object, struct headers headers,
			uintptr_t bias)
{
	*object = (struct module_object){.bias = bias, .headers = headers};
	headers_span(headers, bias, &object->start, &object->end);
	for (unsigned i = 0; i < headers.count; i++)
		if (headers.at[i].p_type == PT_GNU_EH_FRAME)
			object->eh_header = bias + headers.at[i].p_vaddr;
}

/* The module whose ELF header may be at `start`, if it has pc in a segment. */
static bool try_header(uintptr_t start, uintptr_t pc, char *text, struct module_object *object)
{
	struct headers headers = headers_at(start, text);
	uintptr_t bias = headers_bias(headers, start);
	if (!headers_cover(headers, bias, pc))
		return false;
	module_fill(object, headers, bias);
	return true;
}

static int find_by_maps(uintptr_t pc, char *text, struct module_object *object)
{
	struct maps_file file;
	int result = maps_find(pc, text, &file);
	if (result != 0)
		return -ENOENT;
	return try_header(file.header, pc, text, object) ? 0 : -ENOENT;
}

static int find_by_loader(uintptr_t pc, char *text, struct module_object *object)
{
	struct dl_find_object found;
	if (_dl_find_object((void *)pc, &found) != 0)
		/* Code made at run time comes and goes, so /proc/self/maps is not asked
		 * either. */
		return -ENOENT;
	uintptr_t start = (uintptr_t)found.dlfo_map_start, bias = found.dlfo_link_map->l_addr;
	if (!try_header(bias, pc, text, object) && !try_header(start, pc, text, object) &&
	    find_by_maps(pc, text, object) != 0) {
		/* The headers cannot be found, or pc lies in a gap between segments. */
		struct headers headers = headers_at(bias, text);
		if (headers.count)
			return -ENOENT;
		*object = (struct module_object){
			.start = start, .end = (uintptr_t)found.dlfo_map_end, .bias = bias};
	}
	if (object->bias == bias)
		object->map = found.dlfo_link_map;
	return 0;
}

int module_find(uintptr_t pc, char text[MAPS_TEXT], struct module_object *object)
{
	uintptr_t bias;
	struct headers headers = headers_program(pc, &bias);
	if (headers.count) {
		module_fill(object, headers, bias);
		return 0;
	}
	/* A tracer that is called before it has begun looks for the interpreter. */
	return modules.by_maps || !_dl_find_object ? find_by_maps(pc, text, object)
						   : find_by_loader(pc, text, object);
}

void module_cfi(const struct module_object *object, struct cfi_object *cfi)
{
	struct headers headers = object->headers;
	*cfi = (struct cfi_object){.header = object->eh_header};
	for (unsigned i = 0; i < headers.count && cfi->ranges < CFI_RANGES; i++) {
		const Elf64_Phdr *h = &headers.at[i];
		uintptr_t low = object->bias + h->p_vaddr;
		if (h->p_type != PT_LOAD || !(h->p_flags & PF_R))
			continue;
		cfi->range[cfi->ranges].low = low;
		cfi->range[cfi->ranges++].high = low + h->p_filesz;
	}
}

static void module_copy(void *to, const void *from, uint64_t bytes)
{
	uint8_t *t = to;
	const uint8_t *f = from;
	for (uint64_t i = 0; i < bytes; i++)
		t[i] = f[i];
}

static bool equal(const void *a, const void *b, uint64_t bytes)
{
	const uint8_t *x = a, *y = b;
	uint64_t i = 0;
	while (i < bytes && x[i] == y[i])
		i++;
	return i == bytes;
}

/* Looks for a GNU build-id note in [at, end). */
static bool find_build_id(uintptr_t at, uintptr_t end, struct identity *id)
{
	while (end > at && end - at >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *note = (const Elf64_Nhdr *)at;
		uintptr_t name = at + sizeof(*note);
		uint64_t name_bytes = ((uint64_t)note->n_namesz + 3) & ~UINT64_C(3);
		uint64_t bytes = ((uint64_t)note->n_descsz + 3) & ~UINT64_C(3);
		if (name_bytes > end - name || bytes > end - name - name_bytes)
			return false;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    equal((const void *)name, "GNU", 4)) {
			id->build_id_length = note->n_descsz < sizeof(id->build_id)
						      ? (uint8_t)note->n_descsz
						      : sizeof(id->build_id);
			module_copy(id->build_id, (const void *)(name + 4),
				    id->build_id_length);
			return true;
		}
		at = name + name_bytes + bytes;
	}
	return false;
}

static void read_build_id(const struct module_object *object, struct identity *id)
{
	struct headers headers = object->headers;
	for (unsigned i = 0; i < headers.count; i++) {
		const Elf64_Phdr *h = &headers.at[i];
		uintptr_t low = object->bias + h->p_vaddr;
		if (h->p_type == PT_NOTE && low % 4 == 0 &&
		    headers_hold(headers, object->bias, low, h->p_filesz) &&
		    bounds_readable(low & ~UINT64_C(7)) &&
		    find_build_id(low, low + h->p_filesz, id))
			return;
	}
}

/* Writes the path: the loader's if that is absolute, else the kernel's. */
static void module_read_path(const struct module_object *object, char *text,
			     struct identity *id)
{
	static const char deleted[] = " (deleted)";
	const uint32_t tail = sizeof(deleted) - 1;
	struct maps_file file;
	id->path = text;
	if (object->map && object->map->l_name && object->map->l_name[0] == '/') {
		id->path = object->map->l_name;
		while (id->path_length < MAPS_TEXT && id->path[id->path_length])
			id->path_length++;
	} else if (maps_find(object->start, text, &file) == 0) {
		id->path_length = file.path_length;
	}
	if (id->path_length > tail && equal(id->path + id->path_length - tail, deleted, tail))
		id->path_length -= tail;
}

/* For a file without a build-id: a number that changes when the file is written anew. */
static uint64_t read_stamp(const struct identity *id, char *text)
{
	struct stat file;
	if (id->path_length == 0 || id->path_length >= MAPS_TEXT)
		return 0;
	if (id->path != text)
		module_copy(text, id->path, id->path_length);
	text[id->path_length] = 0;
	if (sys_failed(sys_call6(SYS_newfstatat, AT_FDCWD, (long)text, (long)&file, 0, 0, 0)))
		return 0;
	return memo_check((uint64_t)file.st_ino, (uint64_t)file.st_mtim.tv_sec * 1000000000u +
							 (uint64_t)file.st_mtim.tv_nsec);
}

/* Waits until entry `index` is complete and returns it; NULL if that never happens.
 * `patience` is shared by all waits of one search, because the program may have written
 * nonsense over the counter. */
static struct wire_module *wait_published(uint32_t index, int *patience)
{
	struct wire_module *m = table_at(WIRE_MODULES, index * sizeof(*m), sizeof(*m));
	for (int i = 0; m && (i == 0 || *patience > 0); i++, --*patience) {
		/* This acquire pairs with the release in publish: the entry and its path
		 * are complete. */
		if (atomic_load_explicit(&m->published, memory_order_acquire))
			return m;
		if (i % 64 == 63)
			sys_call3(SYS_sched_yield, 0, 0, 0);
	}
	return NULL;
}

static bool module_is_same(uint32_t index, const struct identity *id, int *patience)
{
	const struct wire_module *m = wait_published(index, patience);
	if (!m || m->path_length != id->path_length || m->end - m->start != id->span ||
	    m->build_id_length != id->build_id_length ||
	    !equal(m->build_id, id->build_id, id->build_id_length))
		return false;
	if (id->build_id_length == 0 && (index >= STAMPS || modules.stamp[index] != id->stamp))
		return false;
	uint64_t at = m->path;
	if (at / WIRE_PIECE_BYTES != (at + id->path_length) / WIRE_PIECE_BYTES)
		/* No text can lie there, whatever the entry says. */
		return false;
	const char *path = table_at(WIRE_BLOBS, at, id->path_length);
	return path && equal(path, id->path, id->path_length);
}

static void publish(uint32_t index, const struct module_object *object,
		    const struct identity *id)
{
	struct wire_module *m = table_at(WIRE_MODULES, index * sizeof(*m), sizeof(*m));
	if (!m)
		return;
	m->start = object->start;
	m->end = object->end;
	m->bias = object->bias;
	m->build_id_length = id->build_id_length;
	module_copy(m->build_id, id->build_id, id->build_id_length);
	uint64_t offset;
	if (blob_add(id->path, id->path_length, &offset)) {
		m->path = offset;
		m->path_length = id->path_length;
	}
	if (index < STAMPS)
		modules.stamp[index] = id->stamp;
	/* This release pairs with the acquire in wait_published, and with the one in
	 * memtop's mirror. */
	atomic_store_explicit(&m->published, 1, memory_order_release);
}

static uint32_t module_find_or_add(const struct module_object *object,
				   const struct identity *id)
{
	struct wire_control *control = table_control();
	uint32_t seen = 1, count = atomic_load(&control->modules);
	int patience = PATIENCE;
	for (;;) {
		for (; seen < count && seen <= WIRE_MODULE_LAST; seen++)
			if (module_is_same(seen, id, &patience))
				return seen;
		if (count > WIRE_MODULE_LAST ||
		    table_wait(WIRE_MODULES, (count + 1) * sizeof(struct wire_module)) != 0)
			return WIRE_MODULE_NONE;
		if (atomic_compare_exchange_strong(&control->modules, &count, count + 1))
			break;
	}
	publish(count, object, id);
	return count;
}

uint32_t module_index(const struct module_object *object, uint32_t generation,
		      char text[MAPS_TEXT])
{
	if (sys_closed())
		return known_module(object->start);
	uint64_t key = object->start / PAGE | (uint64_t)generation << 36, known;
	struct memo *memo = &modules.index[memo_place(key, MEMO_BITS)];
	if (memo_get(memo, key, &known))
		return (uint32_t)known;
	struct identity id = {.span = object->end - object->start};
	read_build_id(object, &id);
	module_read_path(object, text, &id);
	if (id.build_id_length == 0)
		id.stamp = read_stamp(&id, text);
	uint32_t index = module_find_or_add(object, &id);
	if (index != WIRE_MODULE_NONE)
		memo_put(memo, key, index);
	return index;
}
