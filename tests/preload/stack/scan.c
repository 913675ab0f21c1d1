/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every ELF file that is named on standard input is mapped as the loader would map
 * it, and not run; then our own look-ups must find the module, its headers and rules
 * at the starts of its functions.  Where these are says .eh_frame itself, as the
 * section headers name it: nothing that the look-ups use.
 *
 *	find ... -type f | scan		prints how many files were looked at
 */
#include "tests/preload/stack/harness.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracer/preload/base/bytes.h"
#include "tracer/preload/unwind/module.h"

#define PAGE UINT64_C(4096)
#define LOOKS 8                         /* functions of a file that are looked up, */
#define MOST 8192                       /* of so many first ones */

struct file {
	const char *path;
	const uint8_t *bytes;
	uint64_t size;
	const Elf64_Ehdr *elf;
	const Elf64_Phdr *headers;
	uintptr_t bias, start, end;     /* mapped at */
};

static struct {
	unsigned looked, without, failed;
	unsigned long functions;
} count;

static bool fits(const struct file *f, uint64_t offset, uint64_t bytes)
{
	return offset <= f->size && bytes <= f->size - offset;
}

/* A dynamic executable or a shared object of this machine. */
static bool is_loaded(struct file *f)
{
	bool loads = false, dynamic = false;
	f->elf = (const Elf64_Ehdr *)(const void *)f->bytes;
	if (f->size < sizeof(*f->elf) || memcmp(f->bytes, ELFMAG, SELFMAG) != 0 ||
	    f->elf->e_ident[EI_CLASS] != ELFCLASS64 || f->elf->e_machine != EM_X86_64 ||
	    (f->elf->e_type != ET_EXEC && f->elf->e_type != ET_DYN) ||
	    !fits(f, f->elf->e_phoff, f->elf->e_phnum * sizeof(Elf64_Phdr)))
		return false;
	f->headers = (const Elf64_Phdr *)(const void *)(f->bytes + f->elf->e_phoff);
	for (unsigned i = 0; i < f->elf->e_phnum; i++) {
		loads |= f->headers[i].p_type == PT_LOAD && fits(f, f->headers[i].p_offset,
								f->headers[i].p_filesz);
		dynamic |= f->headers[i].p_type == PT_DYNAMIC;
	}
	return loads && dynamic;
}

/* The section's bytes; size 0: there is none, or it has no bytes (of debug files). */
static struct bytes section(const struct file *f, const char *name, uint64_t *address)
{
	struct bytes none = {0};
	const Elf64_Shdr *s = (const Elf64_Shdr *)(const void *)(f->bytes + f->elf->e_shoff);
	unsigned n = f->elf->e_shnum, strings = f->elf->e_shstrndx;
	if (!f->elf->e_shoff || !fits(f, f->elf->e_shoff, n * sizeof(*s)) || strings >= n)
		return none;
	for (unsigned i = 0; i < n; i++) {
		uint64_t at = s[strings].sh_offset + s[i].sh_name;
		if (s[i].sh_type == SHT_NOBITS || !(s[i].sh_flags & SHF_ALLOC) ||
		    !fits(f, at, strlen(name) + 1) ||
		    strcmp((const char *)f->bytes + at, name) != 0 ||
		    !fits(f, s[i].sh_offset, s[i].sh_size))
			continue;
		*address = s[i].sh_addr;
		return (struct bytes){f->bytes + s[i].sh_offset,
				      f->bytes + s[i].sh_offset + s[i].sh_size, false};
	}
	return none;
}

/* Whether the CIE at `b` writes code addresses as 4 bytes relative to themselves. */
static bool usual_cie(struct bytes b)
{
	bytes_fixed(&b, 8);             /* length, id */
	bytes_u8(&b);
	if (bytes_u8(&b) != 'z')
		return false;
	const uint8_t *letters = b.at;
	while (bytes_u8(&b))
		;
	bytes_uleb(&b);
	bytes_sleb(&b);
	bytes_uleb(&b);
	bytes_uleb(&b);
	for (; *letters && !b.bad; letters++) {
		uint8_t encoding = *letters == 'R' || *letters == 'P' ? bytes_u8(&b) : 0;
		if (*letters == 'R')
			return encoding == 0x1b;
		if (*letters == 'P')
			bytes_skip(&b, (encoding & 0x0f) == 0x0b || (encoding & 0x0f) == 3 ? 4 : 8);
		else if (*letters == 'L')
			bytes_u8(&b);
	}
	return false;
}

/* The starts of the first functions by .eh_frame, as p_vaddr; how many, of which
 * `starts` gets LOOKS that are spread evenly. */
static size_t functions_of(struct bytes b, uint64_t address, uint64_t *starts)
{
	static uint64_t all[MOST];
	const uint8_t *first = b.at;
	size_t n = 0;
	while (n < MOST && b.end - b.at >= 8 && !b.bad) {
		struct bytes record = b;
		uint64_t length = bytes_fixed(&record, 4);
		if (length == 0 || length == UINT32_MAX)
			break;
		bytes_limit(&record, length);
		bytes_skip(&b, 4 + length);
		const uint8_t *field = record.at;
		uint64_t back = bytes_fixed(&record, 4);
		const uint8_t *cie = field - back, *at = record.at;
		if (back == 0 || record.bad || cie < first ||
		    !usual_cie((struct bytes){cie, b.end, false}))
			continue;
		uint64_t start = address + (uint64_t)(at - first) +
				 (uint64_t)bytes_signed(&record, 4);
		if (bytes_fixed(&record, 4) == 0 || record.bad)
			continue;
		all[n++] = start;
	}
	for (size_t i = 0; i < LOOKS && n; i++)
		starts[i] = all[i * (n - 1) / (LOOKS - 1)];
	return n;
}

/* Maps the segments where they belong within a fresh span; gaps stay unmapped. */
static bool map_segments(struct file *f, int fd)
{
	uint64_t low = UINT64_MAX, high = 0;
	for (unsigned i = 0; i < f->elf->e_phnum; i++) {
		const Elf64_Phdr *h = &f->headers[i];
		if (h->p_type != PT_LOAD)
			continue;
		low = h->p_vaddr / PAGE * PAGE < low ? h->p_vaddr / PAGE * PAGE : low;
		high = h->p_vaddr + h->p_memsz > high ? h->p_vaddr + h->p_memsz : high;
	}
	high = (high + PAGE - 1) / PAGE * PAGE;
	void *at = mmap(NULL, high - low, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	if (at == MAP_FAILED)
		return false;
	munmap(at, high - low);
	f->start = (uintptr_t)at;
	f->end = f->start + high - low;
	f->bias = f->start - low;
	for (unsigned i = 0; i < f->elf->e_phnum; i++) {
		const Elf64_Phdr *h = &f->headers[i];
		uint64_t skip = h->p_vaddr % PAGE;
		if (h->p_type == PT_LOAD && h->p_filesz &&
		    mmap((void *)(f->bias + h->p_vaddr - skip), h->p_filesz + skip,
			 h->p_flags & PF_R ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_FIXED, fd,
			 (off_t)(h->p_offset - skip)) == MAP_FAILED)
			return false;
	}
	return true;
}

/* NULL, or what is wrong. */
static const char *look_up(const struct file *f, uint64_t start)
{
	static char text[MAPS_TEXT];
	struct module_object object;
	struct cfi_object cfi;
	uintptr_t pc = f->bias + start;
	if (module_find(pc, text, &object) != 0)
		return "no module";
	if (object.bias != f->bias || object.start != f->start || object.end != f->end)
		return "another extent";
	module_cfi(&object, &cfi);
	if (!cfi.header)
		return "no .eh_frame_hdr";
	return cfi_kind(cfi_rule(&cfi, pc)) == CFI_NONE ? "no rules" : NULL;
}

static void judge(struct file *f, int fd)
{
	uint64_t address = 0, starts[LOOKS];
	struct bytes frame = section(f, ".eh_frame", &address);
	size_t n = functions_of(frame, address, starts);
	const char *wrong = NULL;
	count.looked++;
	count.functions += n;
	if (n == 0) {
		count.without++;
		return;
	}
	if (!map_segments(f, fd))
		wrong = "not mapped";
	for (unsigned i = 0; i < LOOKS && !wrong; i++)
		wrong = look_up(f, starts[i]);
	munmap((void *)f->start, f->end - f->start);
	if (wrong) {
		count.failed++;
		printf("FAIL %s: %s (%zu functions)\n", f->path, wrong, n);
	}
}

static void look_at(const char *path)
{
	struct file f = {.path = path};
	struct stat status;
	char magic[SELFMAG];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    pread(fd, magic, SELFMAG, 0) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0) {
		f.size = (uint64_t)status.st_size;
		void *bytes = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
		f.bytes = bytes;
		if (bytes != MAP_FAILED && is_loaded(&f))
			judge(&f, fd);
		if (bytes != MAP_FAILED)
			munmap(bytes, f.size);
	}
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	char path[4096];
	harness_start(1 << 16, 0);
	module_start(1);                /* the loader knows nothing of these mappings */
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = 0;
		look_at(path);
	}
	printf("%u ELF files looked at, %u of them without unwind information, %lu functions; "
	       "%u failures\n", count.looked, count.without, count.functions, count.failed);
	return count.failed || !count.looked;
}
