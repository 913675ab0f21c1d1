/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads an ELF executable as the kernel and ld.so would: which loader does it name, and
 * does looking up "malloc" in it, by the hash table that ld.so uses, find a definition?
 * Section headers are not needed and not trusted.  The file is untrusted: each offset
 * goes through read_at, which fails outside the file, and each loop has a bound.
 */
#include "tracer/collect/target/elfcheck.h"
#include "tracer/machine/machine.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX 512         /* most program headers that are read; real files have
				 * about 13 */
#define DYNAMIC_MAX 4096        /* most entries of the dynamic section that are read */
#define CHAIN_MAX 65536         /* most symbols of one hash chain that are read */

struct elf {
	int fd;
	Elf64_Ehdr head;
	Elf64_Phdr load[HEADERS_MAX];
	unsigned loads;
	Elf64_Phdr interp, dynamic;     /* p_type PT_NULL: none */
	uint64_t symtab, strtab, gnu_hash, hash;        /* addresses; 0: none */
	uint64_t library;               /* offset in strtab of the first library's name;
					 * 0: none */
};

/* Reads all of the bytes, or fails. */
static bool elfcheck_read_at(int fd, uint64_t offset, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		if (offset > INT64_MAX - size)
			return false;
		ssize_t n =
			pread(fd, (char *)to + done, size - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* Reads the bytes that are at an address once the file is mapped. */
static bool read_address(const struct elf *elf, uint64_t address, void *to, size_t size)
{
	for (unsigned i = 0; i < elf->loads; i++) {
		const Elf64_Phdr *load = &elf->load[i];

		if (address < load->p_vaddr || address - load->p_vaddr >= load->p_filesz)
			continue;
		if (size > load->p_filesz - (address - load->p_vaddr))
			return false;
		return elfcheck_read_at(
			elf->fd, load->p_offset + (address - load->p_vaddr), to, size);
	}
	return false;
}

static bool read_headers(struct elf *elf)
{
	Elf64_Phdr header;

	if (elf->head.e_phentsize != sizeof(header) || elf->head.e_phnum > HEADERS_MAX)
		return false;
	for (unsigned i = 0; i < elf->head.e_phnum; i++) {
		if (!elfcheck_read_at(elf->fd,
				      elf->head.e_phoff + (uint64_t)i * sizeof(header),
				      &header, sizeof(header)))
			return false;
		if (header.p_type == PT_LOAD)
			elf->load[elf->loads++] = header;
		else if (header.p_type == PT_INTERP)
			elf->interp = header;
		else if (header.p_type == PT_DYNAMIC)
			elf->dynamic = header;
	}
	return elf->loads > 0;
}

static bool read_dynamic(struct elf *elf)
{
	Elf64_Dyn entry;

	for (uint64_t i = 0; i < DYNAMIC_MAX; i++) {
		if ((i + 1) * sizeof(entry) > elf->dynamic.p_filesz)
			return true;
		if (!elfcheck_read_at(elf->fd, elf->dynamic.p_offset + i * sizeof(entry),
				      &entry, sizeof(entry)))
			return false;
		if (entry.d_tag == DT_NULL)
			return true;
		if (entry.d_tag == DT_SYMTAB)
			elf->symtab = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_STRTAB)
			elf->strtab = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_GNU_HASH)
			elf->gnu_hash = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_HASH)
			elf->hash = entry.d_un.d_ptr;
		else if (entry.d_tag == DT_NEEDED && !elf->library)
			elf->library = entry.d_un.d_val;
	}
	return false;
}

/* Is this symbol a definition of `name` that other modules bind to? */
static bool defines(const struct elf *elf, uint32_t index, const char *name)
{
	size_t size = strlen(name) + 1;
	char text[32];
	Elf64_Sym symbol;

	if (size > sizeof(text) ||
	    !read_address(elf, elf->symtab + (uint64_t)index * sizeof(symbol), &symbol,
			  sizeof(symbol)))
		return false;
	/* A non-PIE program that takes malloc's address has an entry with a
	 * value, but undefined all the same. */
	if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL)
		return false;
	return read_address(elf, elf->strtab + symbol.st_name, text, size) &&
	       memcmp(text, name, size) == 0;
}

static uint32_t gnu_hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (const unsigned char *c = (const unsigned char *)name; *c; c++)
		hash = hash * 33 + *c;
	return hash;
}

static bool gnu_hash_defines(const struct elf *elf, const char *name)
{
	struct {
		uint32_t buckets, first, bloom_words, bloom_shift;
	} table;
	uint32_t wanted = gnu_hash_of(name), index, hash;

	if (!read_address(elf, elf->gnu_hash, &table, sizeof(table)) ||
	    table.buckets == 0)
		return false;
	uint64_t buckets =
		elf->gnu_hash + sizeof(table) + (uint64_t)table.bloom_words * 8;
	uint64_t chains = buckets + (uint64_t)table.buckets * 4;
	if (!read_address(elf, buckets + (uint64_t)(wanted % table.buckets) * 4, &index,
			  4) ||
	    index < table.first)
		return false;
	for (unsigned n = 0; n < CHAIN_MAX; n++, index++) {
		if (!read_address(elf, chains + (uint64_t)(index - table.first) * 4,
				  &hash, 4))
			return false;
		if ((hash | 1) == (wanted | 1) && defines(elf, index, name))
			return true;
		if (hash & 1)           /* the chain's last symbol */
			return false;
	}
	return false;
}

static uint32_t sysv_hash_of(const char *name)
{
	uint32_t hash = 0;

	for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
		hash = (hash << 4) + *c;
		hash ^= hash >> 24 & 0xf0;
		hash &= 0x0fffffff;
	}
	return hash;
}

static bool sysv_hash_defines(const struct elf *elf, const char *name)
{
	uint32_t size[2];       /* numbers of buckets and of chains */
	uint32_t index;

	if (!read_address(elf, elf->hash, size, sizeof(size)) || size[0] == 0)
		return false;
	uint64_t buckets = elf->hash + sizeof(size);
	uint64_t chains = buckets + (uint64_t)size[0] * 4;
	if (!read_address(elf, buckets + (uint64_t)(sysv_hash_of(name) % size[0]) * 4,
			  &index, 4))
		return false;
	for (unsigned n = 0; n < CHAIN_MAX && index != STN_UNDEF; n++) {
		if (defines(elf, index, name))
			return true;
		if (!read_address(elf, chains + (uint64_t)index * 4, &index, 4))
			return false;
	}
	return false;
}

static bool read_loader(const struct elf *elf, char loader[PATH_MAX])
{
	uint64_t size = elf->interp.p_filesz;

	if (size < 2 || size > PATH_MAX ||
	    !elfcheck_read_at(elf->fd, elf->interp.p_offset, loader, (size_t)size) ||
	    loader[size - 1]) {
		loader[0] = '\0';
		return false;
	}
	return true;
}

/* Whether AddressSanitizer's library is the first one.  It ends a program in which it is
 * not, and a preloaded one would come before it. */
static bool elfcheck_begins_with_asan(const struct elf *elf)
{
	static const char asan[] = "libasan.so";
	char name[sizeof(asan) - 1];

	return elf->library && elf->strtab &&
	       read_address(elf, elf->strtab + elf->library, name, sizeof(name)) &&
	       memcmp(name, asan, sizeof(name)) == 0;
}

static enum elf_verdict judge_head(const Elf64_Ehdr *head)
{
	if (head->e_ident[EI_DATA] != ELFDATA2LSB)
		return ELF_MACHINE;
	/* A 32-bit file of another machine is reported as of another machine. */
	if (head->e_machine != MACHINE_ELF && head->e_machine != MACHINE_ELF_32)
		return ELF_MACHINE;
	if (head->e_ident[EI_CLASS] == ELFCLASS32)
		return ELF_BITS;
	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != MACHINE_ELF)
		return ELF_BROKEN;
	if (head->e_type != ET_EXEC && head->e_type != ET_DYN)
		return ELF_NO_PROGRAM;
	return ELF_TRACEABLE;
}

static enum elf_verdict judge_image(struct elf *elf, char loader[PATH_MAX])
{
	if (!read_headers(elf))
		return ELF_BROKEN;
	if (elf->interp.p_type == PT_NULL)
		return ELF_STATIC;
	if (!read_loader(elf, loader))
		return ELF_BROKEN;
	const char *slash = strrchr(loader, '/');
	if (strncmp(slash ? slash + 1 : loader, "ld-musl", 7) == 0)
		return ELF_MUSL;
	if (elf->dynamic.p_type == PT_NULL || !read_dynamic(elf))
		return ELF_BROKEN;
	/* Without a hash table ld.so finds nothing in it either. */
	if (elf->symtab && elf->strtab &&
	    ((elf->gnu_hash && gnu_hash_defines(elf, "malloc")) ||
	     (elf->hash && sysv_hash_defines(elf, "malloc"))))
		return ELF_MALLOC;
	return elfcheck_begins_with_asan(elf) ? ELF_ASAN : ELF_TRACEABLE;
}

enum elf_verdict elfcheck(int fd, char loader[PATH_MAX])
{
	struct elf elf = { .fd = fd };
	char magic[SELFMAG];

	loader[0] = '\0';
	errno = 0;
	if (!elfcheck_read_at(fd, 0, magic, sizeof(magic)))
		return errno ? ELF_UNREADABLE : ELF_FOREIGN;
	if (memcmp(magic, ELFMAG, SELFMAG) != 0)
		return ELF_FOREIGN;
	/* A 32-bit header is shorter, but its first 20 bytes mean the same. */
	if (!elfcheck_read_at(fd, 0, &elf.head, 20))
		return ELF_BROKEN;
	enum elf_verdict verdict = judge_head(&elf.head);
	if (verdict != ELF_TRACEABLE)
		return verdict;
	if (!elfcheck_read_at(fd, 0, &elf.head, sizeof(elf.head)))
		return ELF_BROKEN;
	verdict = judge_image(&elf, loader);
	if (verdict != ELF_TRACEABLE && verdict != ELF_ASAN && verdict != ELF_MUSL)
		loader[0] = '\0';
	return verdict;
}
