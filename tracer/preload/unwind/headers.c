/* SPDX-License-Identifier: MIT */
/*
 * Most linkers write the program headers right behind the ELF header, in the first
 * page.  BOLT and some others put them elsewhere in the file, where no segment may
 * cover them: then they are copied from the file into a block of our own, which
 * stays.  A block is known again by the address and the bytes of the ELF header; the
 * file must have the same bytes, or it is another one by now.
 */
#include "tracer/preload/unwind/headers.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"

#define BLOCKS 64
#define HEADERS_MAX 512u

struct block {
	uint64_t key;
	struct headers headers;
	Elf64_Phdr copy[];
};

static struct {
	struct headers program;
	uintptr_t program_bias;
	_Atomic(struct block *) block[BLOCKS];
} known;

/* If the user ran the loader by hand (ld.so PROGRAM), the kernel mapped the loader and
 * not the program.  These headers are then the loader's, which have no PT_PHDR, and
 * nothing is known of the program's. */
void headers_start(void)
{
	struct headers h = {(const Elf64_Phdr *)getauxval(AT_PHDR),
			    (unsigned)getauxval(AT_PHNUM)};
	if (!h.at || getauxval(AT_PHENT) != sizeof(Elf64_Phdr))
		return;
	for (unsigned i = 0; i < h.count; i++) {
		if (h.at[i].p_type != PT_PHDR)
			continue;
		known.program_bias = (uintptr_t)h.at - h.at[i].p_vaddr;
		known.program = h;
	}
}

struct headers headers_program(uintptr_t pc, uintptr_t *bias)
{
	*bias = known.program_bias;
	if (headers_cover(known.program, known.program_bias, pc))
		return known.program;
	return (struct headers){0};
}

bool headers_cover(struct headers headers, uintptr_t bias, uintptr_t pc)
{
	for (unsigned i = 0; i < headers.count; i++) {
		const Elf64_Phdr *h = &headers.at[i];
		uintptr_t low = page_begin(bias + h->p_vaddr);
		if (h->p_type == PT_LOAD && pc >= low &&
		    pc < page_end(bias + h->p_vaddr + h->p_memsz))
			return true;
	}
	return false;
}

void headers_span(struct headers headers, uintptr_t bias, uintptr_t *start, uintptr_t *end)
{
	*start = UINTPTR_MAX;
	*end = 0;
	for (unsigned i = 0; i < headers.count; i++) {
		const Elf64_Phdr *h = &headers.at[i];
		uintptr_t low = page_begin(bias + h->p_vaddr);
		uintptr_t high = page_end(bias + h->p_vaddr + h->p_memsz);
		if (h->p_type != PT_LOAD)
			continue;
		*start = low < *start ? low : *start;
		*end = high > *end ? high : *end;
	}
}

bool headers_hold(struct headers headers, uintptr_t bias, uintptr_t at, uint64_t bytes)
{
	for (unsigned i = 0; i < headers.count; i++) {
		const Elf64_Phdr *h = &headers.at[i];
		uintptr_t low = bias + h->p_vaddr;
		if (h->p_type == PT_LOAD && h->p_flags & PF_R && at >= low &&
		    at - low <= h->p_filesz && bytes <= h->p_filesz - (at - low))
			return true;
	}
	return false;
}

uintptr_t headers_bias(struct headers headers, uintptr_t start)
{
	for (unsigned i = 0; i < headers.count; i++)
		if (headers.at[i].p_type == PT_LOAD && headers.at[i].p_offset < PAGE)
			return start - (headers.at[i].p_vaddr - headers.at[i].p_offset);
	return start;
}

/* ---- from the file ----------------------------------------------------- */

static bool same_header(const Elf64_Ehdr *a, const Elf64_Ehdr *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
	unsigned i = 0;
	while (i < sizeof(*a) && x[i] == y[i])
		i++;
	return i == sizeof(*a);
}

static uint64_t headers_key_of(const Elf64_Ehdr *elf)
{
	const uint64_t *word = (const uint64_t *)(const void *)elf;
	uint64_t key = (uintptr_t)elf;
	for (unsigned i = 0; i < sizeof(*elf) / sizeof(*word); i++)
		key = memo_check(key, word[i]);
	return key | 1;
}

static bool read_all(long fd, void *to, uint64_t bytes, uint64_t offset)
{
	return sys_call6(SYS_pread64, fd, (long)to, (long)bytes, (long)offset, 0, 0) ==
	       (long)bytes;
}

static uint64_t block_bytes(unsigned count)
{
	return sizeof(struct block) + count * sizeof(Elf64_Phdr);
}

/* The headers of the file at `path`, if its ELF header is the mapped one. */
static struct block *headers_read_file(const Elf64_Ehdr *elf, const char *path)
{
	const uint64_t bytes = block_bytes(elf->e_phnum);
	Elf64_Ehdr own;
	long fd = sys_open(path);
	if (sys_failed(fd))
		return NULL;
	struct block *block = NULL;
	if (read_all(fd, &own, sizeof(own), 0) && same_header(&own, elf))
		block = table_private(bytes);
	if (block && !read_all(fd, block->copy, elf->e_phnum * sizeof(Elf64_Phdr),
			       elf->e_phoff)) {
		table_private_free(block, bytes);
		block = NULL;
	}
	sys_call3(SYS_close, fd, 0, 0);
	if (block) {
		block->key = headers_key_of(elf);
		block->headers = (struct headers){block->copy, elf->e_phnum};
	}
	return block;
}

/* The place in the table where the key's block stands or may be put; NULL: the table is
 * full. */
static _Atomic(struct block *) *find_place(uint64_t key, struct block **block)
{
	for (unsigned i = 0; i < BLOCKS; i++) {
		/* This acquire pairs with the release in headers_keep: the block is
		 * complete. */
		*block = atomic_load_explicit(&known.block[i], memory_order_acquire);
		if (!*block || (*block)->key == key)
			return &known.block[i];
	}
	return NULL;
}

/* Puts the block in its place, unless another thread was there before. */
static struct headers headers_keep(struct block *block)
{
	struct block *there;
	_Atomic(struct block *) *place;
	while ((place = find_place(block->key, &there)) && !there)
		if (atomic_compare_exchange_strong_explicit(place, &there, block,
							    memory_order_acq_rel,
							    memory_order_acquire))
			return block->headers;
	table_private_free(block, block_bytes(block->headers.count));
	return place ? there->headers : (struct headers){0};
}

static struct headers headers_of_file(const Elf64_Ehdr *elf, char *text)
{
	struct block *block;
	struct maps_file file;
	_Atomic(struct block *) *place = find_place(headers_key_of(elf), &block);
	if (place && block)
		return block->headers;
	if (!place || maps_find((uintptr_t)elf, text, &file) != 0 ||
	    file.path_length == MAPS_TEXT || text[0] != '/')
		return (struct headers){0};
	text[file.path_length] = 0;
	block = headers_read_file(elf, text);
	return block ? headers_keep(block) : (struct headers){0};
}

struct headers headers_at(uintptr_t start, char text[MAPS_TEXT])
{
	struct headers none = {0};
	if (start == 0 || start % PAGE || !bounds_readable(start))
		return none;
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)start;
	const unsigned char *id = elf->e_ident;
	if (id[0] != 0x7f || id[1] != 'E' || id[2] != 'L' || id[3] != 'F' ||
	    id[EI_CLASS] != ELFCLASS64 || elf->e_phentsize != sizeof(Elf64_Phdr) ||
	    elf->e_phnum == 0 || elf->e_phnum > HEADERS_MAX)
		return none;
	uint64_t bytes = elf->e_phnum * sizeof(Elf64_Phdr);
	if (elf->e_phoff > PAGE || bytes > PAGE - elf->e_phoff)
		return headers_of_file(elf, text);
	return (struct headers){(const Elf64_Phdr *)(start + elf->e_phoff), elf->e_phnum};
}
