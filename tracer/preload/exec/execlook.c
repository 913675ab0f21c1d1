/* SPDX-License-Identifier: MIT */
/*
 * The first page of a file is enough: its ELF header, the program headers, and the
 * interpreter's name; or "#!" and the name of the next file to check.  This may run in a
 * vfork child on a small stack, hence one page of scratch memory and raw calls.
 */
#include "tracer/preload/exec/execlook.h"
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include "tracer/ground/shared/rights.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/base/sys.h"

/* Interpreters of interpreters; the kernel's own limit. */
#define SCRIPTS_MAX 5
#define LOADER "ld-linux-x86-64.so.2"
#define ASAN "libasan.so"

static bool gains_privileges(int fd, char *buffer)
{
	const struct stat *status = (const void *)buffer;
	const struct rights now = {
		.user = (uid_t)sys_call3(SYS_getuid, 0, 0, 0),
		.effective_user = (uid_t)sys_call3(SYS_geteuid, 0, 0, 0),
		.group = (gid_t)sys_call3(SYS_getgid, 0, 0, 0),
		.effective_group = (gid_t)sys_call3(SYS_getegid, 0, 0, 0),
	};

	if (sys_failed(sys_call3(SYS_fstat, fd, (long)buffer, 0)))
		return false;
	return rights_differ(status, &now) ||
	       (rights_gained_by_capabilities(&now) &&
		sys_call6(SYS_fgetxattr, fd, (long)"security.capability", 0, 0, 0, 0) > 0);
}

static uint64_t execlook_read_at(int fd, char *buffer, uint64_t length, uint64_t offset)
{
	long got = sys_call6(SYS_pread64, fd, (long)buffer, (long)length, (long)offset, 0, 0);

	return sys_failed(got) ? 0 : (uint64_t)got;
}

/* The interpreter of a dynamic program is read over the start of `buffer`. */
static bool has_our_loader(int fd, const Elf64_Phdr *header, char *buffer)
{
	uint64_t length = header->p_filesz;
	uint64_t suffix = sizeof(LOADER);       /* with its terminator */

	if (length < suffix || length > EXECLOOK_BYTES)
		return false;
	return execlook_read_at(fd, buffer, length, header->p_offset) == length &&
	       memcmp(buffer + length - suffix, LOADER, suffix) == 0;
}

/* Whether the first library is libasan.  The names stand in the file's first
 * segment, where all linkers put them: `base` is the address of the file's start. */
static bool execlook_begins_with_asan(int fd, const Elf64_Phdr *dynamic, uint64_t base,
				      char *buffer)
{
	uint64_t got = execlook_read_at(fd, buffer, EXECLOOK_BYTES, dynamic->p_offset);
	uint64_t strings = 0, name = 0;

	for (const Elf64_Dyn *d = (const void *)buffer; got >= sizeof(*d) && d->d_tag != DT_NULL;
	     d++, got -= sizeof(*d)) {
		if (d->d_tag == DT_STRTAB)
			strings = d->d_un.d_ptr - base;
		else if (d->d_tag == DT_NEEDED && !name)
			name = d->d_un.d_val;
	}
	return strings && name &&
	       execlook_read_at(fd, buffer, strlen(ASAN), strings + name) ==
		       strlen(ASAN) &&
	       memcmp(buffer, ASAN, strlen(ASAN)) == 0;
}

static enum roll_reason elf_objection(int fd, char *buffer, uint64_t got)
{
	const Elf64_Ehdr *elf = (const void *)buffer;
	Elf64_Phdr interpreter = {0}, dynamic = {0};
	uint64_t end, base = 0;
	bool loaded = false;

	if (got < sizeof(*elf) || elf->e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf->e_machine != MACHINE_ELF)
		return ROLL_MACHINE;
	end = elf->e_phoff + (uint64_t)elf->e_phnum * sizeof(Elf64_Phdr);
	if (elf->e_phentsize != sizeof(Elf64_Phdr) || elf->e_phoff > got || end > got)
		return ROLL_UNKNOWN;    /* unusual, but it does not rule out tracing */
	for (unsigned i = 0; i < elf->e_phnum; i++) {
		const Elf64_Phdr *header = (const void *)(buffer + elf->e_phoff +
							  i * sizeof(*header));

		if (header->p_type == PT_INTERP)
			interpreter = *header;
		else if (header->p_type == PT_DYNAMIC)
			dynamic = *header;
		else if (header->p_type == PT_LOAD && !loaded) {
			base = header->p_vaddr - header->p_offset;
			loaded = true;
		}
	}
	if (!interpreter.p_type)
		return ROLL_STATIC;
	if (!has_our_loader(fd, &interpreter, buffer))
		return ROLL_LOADER;
	return dynamic.p_type && execlook_begins_with_asan(fd, &dynamic, base, buffer)
		       ? ROLL_ASAN
		       : ROLL_UNKNOWN;
}

/* "#! /path argument\n": the path, terminated in place; NULL if there is none. */
static const char *script_interpreter(char *buffer, uint64_t got)
{
	char *path = buffer + 2, *end;

	buffer[got < EXECLOOK_BYTES ? got : EXECLOOK_BYTES - 1] = '\0';
	path += strspn(path, " \t");
	end = path + strcspn(path, " \t\n");
	*end = '\0';
	return *path ? path : NULL;
}

/* *script becomes the interpreter to look at next, or NULL. */
static enum roll_reason file_objection(int fd, char *buffer, const char **script)
{
	uint64_t got;

	*script = NULL;
	if (gains_privileges(fd, buffer))
		return ROLL_RIGHTS;
	got = execlook_read_at(fd, buffer, EXECLOOK_BYTES, 0);
	if (got < 4)
		return ROLL_UNKNOWN;
	if (memcmp(buffer, ELFMAG, SELFMAG) == 0)
		return elf_objection(fd, buffer, got);
	if (buffer[0] == '#' && buffer[1] == '!')
		*script = script_interpreter(buffer, got);
	return ROLL_UNKNOWN;
}

enum roll_reason execlook_objection(int at, const char *path, char *buffer)
{
	for (int scripts = 0; path && scripts < SCRIPTS_MAX; scripts++) {
		bool own = *path != '\0';
		enum roll_reason objection;
		long fd = at;

		if (own)
			fd = sys_call6(SYS_openat, at, (long)path,
				       O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
		if (sys_failed(fd))
			return ROLL_UNKNOWN;
		objection = file_objection((int)fd, buffer, &path);
		if (own)
			sys_call3(SYS_close, fd, 0, 0);
		if (objection)
			return objection;
		at = AT_FDCWD;
	}
	return ROLL_UNKNOWN;
}
