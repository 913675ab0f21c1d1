/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Refusals, on real files: small programs built with the system's compiler in
 * a folder of the test's own, copies of them with headers changed, scripts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracer/collect/target/elfcheck.h"
#include "tracer/collect/target/launch.h"
#include "tracer/ground/shared/rights.h"
#include "tracer/machine/machine.h"

static char folder[] = "/tmp/memtop-elfcheck-XXXXXX";
static struct error error;

static const char *in_folder(const char *name)
{
	static char path[4][256];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", folder, name);
	return path[next];
}

static int build(const char *flags, const char *name, const char *source)
{
	char command[1024];

	snprintf(command, sizeof(command),
		 "printf '%%s' '%s' | ${CC:-cc} %s -w -x c - -o %s/%s 2>/dev/null",
		 source, flags, folder, name);
	return system(command);
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *path = in_folder(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static int check(const char *name)
{
	char path[PATH_MAX];

	error = (struct error){ 0 };
	return launch_check(in_folder(name), path, &error);
}

static void assert_refused(const char *name, int status, const char *word)
{
	assert_int_equal(check(name), -1);
	if (!strstr(error.text, word) || !strchr(error.text, ';'))
		fail_msg("%s: '%s' lacks '%s' or advice", name, error.text, word);
	assert_int_equal(error.status, status);
}

static unsigned char *load(const char *name, size_t *size)
{
	struct stat st;
	int fd = open(in_folder(name), O_RDONLY);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	*size = (size_t)st.st_size;
	unsigned char *bytes = malloc(*size);
	assert_int_equal(read(fd, bytes, *size), st.st_size);
	close(fd);
	return bytes;
}

static void store(const char *name, const void *bytes, size_t size)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0755);

	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	return build("-O0", "plain", "int main(void){return 0;}") == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_traceable(void **state)
{
	const char *address = "#include <stdlib.h>\nint main(void){return malloc == 0;}";
	(void)state;

	assert_int_equal(check("plain"), 0);
	/* Takes malloc's address: an undefined entry that has a value. */
	assert_int_equal(build("-no-pie -fno-pic", "address", address), 0);
	assert_int_equal(check("address"), 0);
	assert_int_equal(build("-Wl,--hash-style=sysv -rdynamic", "sysv", address), 0);
	assert_int_equal(check("sysv"), 0);
}

static void test_own_malloc(void **state)
{
	static const char source[] =
		"void *malloc(unsigned long n){static char p[999];return n?p:0;}"
		"int a1,a2,a3,a4; int main(void){return 0;}";
	static const char *const flags[] = {
		"-Wl,-E", "-Wl,-E -Wl,--hash-style=sysv", "-Wl,-E -Wl,--hash-style=gnu -no-pie", ""
	};
	(void)state;

	/* The last: exported because libc.so refers to it. */
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		assert_int_equal(build(flags[i], "own", source), 0);
		assert_refused("own", 126, "malloc");
	}
	/* Hidden: nobody else binds to it, but then nobody can tell either. */
	assert_int_equal(build("-fvisibility=hidden", "hidden",
			       "int mallocate(void){return 1;} int main(void){return 0;}"),
			 0);
	assert_int_equal(check("hidden"), 0);
}

static void test_static(void **state)
{
	(void)state;
	if (build("-static", "static", "int main(void){return 0;}") == 0)
		assert_refused("static", 126, "statically linked");
	if (build("-static-pie -fPIE", "staticpie", "int main(void){return 0;}") == 0)
		assert_refused("staticpie", 126, "statically linked");
	/* No libc needed at all for this one. */
	assert_int_equal(
		build("-nostdlib -static", "bare", "void _start(void){for(;;);}"), 0);
	assert_refused("bare", 126, "statically linked");
}

/* Copies of "plain" with one field changed. */
static void test_foreign_machines(void **state)
{
	size_t size;
	unsigned char *bytes = load("plain", &size);
	Elf64_Ehdr *head = (Elf64_Ehdr *)bytes;
	(void)state;

	head->e_machine = MACHINE_ELF == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
	store("other", bytes, size);
	assert_refused("other", 126, "another architecture");
	head->e_machine = MACHINE_ELF_32;
	head->e_ident[EI_CLASS] = ELFCLASS32;
	store("narrow", bytes, size);
	assert_refused("narrow", 126, "32-bit");
	head->e_machine = MACHINE_ELF;  /* as x32 */
	store("narrower", bytes, size);
	assert_refused("narrower", 126, "32-bit");
	head->e_ident[EI_CLASS] = ELFCLASS64;
	head->e_type = ET_REL;
	store("object", bytes, size);
	assert_refused("object", 126, "object file");
	free(bytes);
}

/* The name of its loader within a program's bytes. */
static char *loader_of(unsigned char *bytes)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)bytes;
	const Elf64_Phdr *part = (const Elf64_Phdr *)(bytes + head->e_phoff);

	for (unsigned i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_INTERP)
			return (char *)bytes + part[i].p_offset;
	fail_msg("no loader");
	return NULL;
}

static void test_loaders(void **state)
{
	size_t size;
	unsigned char *bytes = load("plain", &size);
	char *loader = loader_of(bytes);
	(void)state;

	/* Both are shorter than glibc's on each machine. */
	assert_true(strlen(loader) > strlen("/lib/ld-musl-x86_64.so.1"));
	strcpy(loader, "/lib/ld-musl-x86_64.so.1");
	store("musl", bytes, size);
	assert_refused("musl", 126, "musl");
	strcpy(loader, "/nowhere/ld-linux.so.2");
	store("noloader", bytes, size);
	assert_refused("noloader", 126, "/nowhere/ld-linux.so.2");
	free(bytes);
}

/* Where this runs emulated, the system's own programs may be another machine's. */
static void needs_shell(void)
{
	char path[PATH_MAX];

	if (launch_check("/bin/sh", path, &error) && strstr(error.text, "architecture"))
		skip();
}

/* To its owner, and to root what a capability gives, a file's rights are nothing new. */
static void test_rights(void **state)
{
	size_t size;
	unsigned char *bytes = load("plain", &size);
	(void)state;

	store("rights", bytes, size);
	free(bytes);
	assert_int_equal(chmod(in_folder("rights"), 06755), 0);
	assert_int_equal(check("rights"), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(in_folder("rights"), 1, 1), 0);
		assert_int_equal(chmod(in_folder("rights"), 04755), 0);
		assert_refused("rights", 126, "set-user-ID");
		assert_int_equal(chmod(in_folder("rights"), 02755), 0);
		assert_refused("rights", 126, "set-group-ID");
		assert_int_equal(chmod(in_folder("rights"), 0755), 0);
		assert_int_equal(check("rights"), 0);
	}
	/* A set-user-ID script gets no rights from that. */
	needs_shell();
	put("suid.sh", "#!/bin/sh\n", 04755);
	assert_int_equal(check("suid.sh"), 0);
}

static void test_whose_rights_differ(void **state)
{
	const struct rights user = { 7, 7, 8, 8 }, root = { 0, 0, 0, 0 }, acting = { 0, 7, 0, 0 };
	struct stat file = { .st_uid = 0, .st_gid = 0, .st_mode = 0755 };
	(void)state;

	assert_false(rights_differ(&file, &user));
	assert_true(rights_differ(&file, &acting));
	file.st_mode = S_ISUID | 0755;
	assert_true(rights_differ(&file, &user));
	assert_false(rights_differ(&file, &root));
	assert_false(rights_differ(&file, &acting));
	file.st_mode = S_ISGID | 0755;
	assert_true(rights_differ(&file, &user));
	assert_false(rights_differ(&file, &root));
	file.st_mode = S_ISGID | 0745;          /* mandatory locking */
	assert_false(rights_differ(&file, &user));
	assert_true(rights_gained_by_capabilities(&user));
	assert_false(rights_gained_by_capabilities(&root));
}

static void test_not_programs(void **state)
{
	(void)state;
	put("text", "echo hello\n", 0755);
	assert_refused("text", 126, "neither");
	put("empty", "", 0755);
	assert_refused("empty", 126, "neither");
	put("short", "\177ELF", 0755);
	assert_refused("short", 126, "damaged");
	put("noexec", "#!/bin/sh\n", 0644);
	assert_refused("noexec", 126, "Permission denied");
	assert_int_equal(mkdir(in_folder("dir"), 0755), 0);
	assert_refused("dir", 126, "directory");
	assert_int_equal(mkfifo(in_folder("fifo"), 0777), 0);
	assert_refused("fifo", 126, "Permission denied");
	assert_refused("absent", 127, "No such file");
	assert_refused("text/x", 127, "Not a directory");
}

static void test_scripts(void **state)
{
	char text[512];
	(void)state;

	needs_shell();
	put("sh", "#! /bin/sh -e\nexit\n", 0755);
	assert_int_equal(check("sh"), 0);
	put("nonewline", "#!/bin/sh", 0755);
	assert_int_equal(check("nonewline"), 0);
	put("env", "#!/usr/bin/env sh\n", 0755);
	assert_int_equal(check("env"), 0);
	put("envs", "#!/usr/bin/env -S -u FOO A=b sh -e\n", 0755);
	assert_int_equal(check("envs"), 0);
	put("envi", "#!/usr/bin/env -i\n", 0755);
	assert_int_equal(check("envi"), 0);
	put("envabsent", "#!/usr/bin/env nosuchprogram\n", 0755);
	assert_refused("envabsent", 126, "nosuchprogram");
	put("nothing", "#!\n", 0755);
	assert_refused("nothing", 126, "neither");
	put("lost", "#!/nowhere/python\r\n", 0755);
	assert_refused("lost", 126, "/nowhere/python");

	build("-nostdlib -static", "bare", "void _start(void){for(;;);}");
	snprintf(text, sizeof(text), "#!%s/bare x\n", folder);
	put("static.sh", text, 0755);
	assert_refused("static.sh", 126, "its interpreter");
	snprintf(text, sizeof(text), "#!%s/static.sh\n", folder);
	put("chain", text, 0755);
	assert_refused("chain", 126, "statically");
	snprintf(text, sizeof(text), "#!%s/loop\n", folder);
	put("loop", text, 0755);
	assert_refused("loop", 126, "Too many levels");
}

static void test_path(void **state)
{
	char path[PATH_MAX], *old;
	(void)state;

	needs_shell();
	old = strdup(getenv("PATH"));
	assert_int_equal(launch_check("no-such-program-here", path, &error), -1);
	assert_int_equal(error.status, 127);
	assert_non_null(strstr(error.text, "PATH"));
	assert_int_equal(launch_check("", path, &error), -1);
	assert_int_equal(error.status, 127);

	put("onpath", "#!/bin/sh\n", 0755);
	snprintf(path, sizeof(path), "/nowhere:%s", folder);
	setenv("PATH", path, 1);
	assert_int_equal(launch_check("onpath", path, &error), 0);
	assert_string_equal(path, in_folder("onpath"));
	put("onpath", "", 0644);        /* there, but not executable */
	assert_int_equal(launch_check("onpath", path, &error), -1);
	assert_int_equal(error.status, 126);
	assert_int_equal(chdir(folder), 0);
	put("here", "#!/bin/sh\n", 0755);
	setenv("PATH", "/nowhere:", 1);
	assert_int_equal(launch_check("here", path, &error), 0);
	assert_string_equal(path, "./here");
	unsetenv("PATH");
	assert_int_equal(launch_check("sh", path, &error), 0);
	assert_string_equal(path, "/bin/sh");
	setenv("PATH", old, 1);
	free(old);
}

/* Any verdict will do, as long as it comes. */
static void test_damage(void **state)
{
	char loader[PATH_MAX];
	size_t size;
	unsigned char *bytes = load("plain", &size);
	int fd = memfd_create("damage", MFD_CLOEXEC);
	uint32_t seed = 12345;
	(void)state;

	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(elfcheck(fd, loader), ELF_TRACEABLE);
	/* Headers, dynamic symbols and hash are all in the first page, the
	 * dynamic section near the end. */
	for (unsigned round = 0; round < 20000; round++) {
		for (unsigned flips = 0; flips < 1 + round % 8; flips++) {
			seed = seed * 1664525 + 1013904223;
			size_t range = round % 3 == 0 ? size : round % 3 == 1 ? 1024 : 64;
			size_t at = (seed >> 8) % range;
			unsigned char byte =
				bytes[at] ^ (unsigned char)(1u << (seed & 7));
			if (round % 5 == 0)
				byte = 0xff;
			pwrite(fd, &byte, 1, (off_t)at);
		}
		assert_in_range(elfcheck(fd, loader), ELF_TRACEABLE, ELF_UNREADABLE);
		pwrite(fd, bytes, size, 0);
	}
	for (size_t cut = size; cut > 0; cut -= cut > 8192 ? 97 : 1) {
		ftruncate(fd, (off_t)(cut - 1));
		assert_in_range(elfcheck(fd, loader), ELF_TRACEABLE, ELF_UNREADABLE);
	}
	close(fd);
	free(bytes);
}

static void test_environment(void **state)
{
	unsigned seen = 0;
	(void)state;

	setenv("LD_PRELOAD", "/a/libx.so /lib/mine.so:b.so", 1);
	setenv("MEMTOP_MEETING", "old", 1);
	setenv("MEMTOP_TEST", "kept", 1);
	setenv("TERM", "vt100", 1);
	char **copy = launch_environment("/lib/mine.so", "/run/m/socket", "xterm-x");
	assert_non_null(copy);
	for (char **e = copy; *e; e++) {
		seen += !strcmp(*e, "LD_PRELOAD=/lib/mine.so:/a/libx.so:b.so");
		seen += !strcmp(*e, "MEMTOP_MEETING=/run/m/socket");
		seen += !strcmp(*e, "MEMTOP_LIBRARY=/lib/mine.so");
		seen += !strcmp(*e, "MEMTOP_TEST=kept");
		seen += !strcmp(*e, "TERM=xterm-x");
		assert_string_not_equal(*e, "MEMTOP_MEETING=old");
		assert_string_not_equal(*e, "TERM=vt100");
	}
	assert_int_equal(seen, 5);
	launch_environment_free(copy);
	unsetenv("LD_PRELOAD");
	copy = launch_environment("/lib/mine.so", "m", NULL);
	assert_string_equal(copy[0], "LD_PRELOAD=/lib/mine.so");
	launch_environment_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_traceable),
		cmocka_unit_test(test_own_malloc),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_foreign_machines),
		cmocka_unit_test(test_loaders),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_whose_rights_differ),
		cmocka_unit_test(test_not_programs),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
