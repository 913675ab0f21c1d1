/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens before a target starts. launch_check follows the path that execve will
 * take: the file found by PATH, then each script's interpreter (and what env looks up, as
 * an interpreter), down to an ELF file, which elfcheck judges.  The error names the first
 * of them that can't be traced, and why.
 */
#include "tracer/collect/target/launch.h"

#include <ctype.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tracer/collect/target/elfcheck.h"
#include "tracer/ground/shared/rights.h"
#include "tracer/machine/machine.h"
#include "tracer/wire/env.h"
#include "tracer/wire/standby.h"

#define SCRIPT_DEPTH 5          /* the kernel's own limit for interpreters of
				 * interpreters */
#define SCRIPT_LINE 256         /* bytes of a #! line that the kernel reads */

enum { NOT_FOUND = 127, REFUSED = 126, FAILED = 125 };

/* A sentence, without a full stop, on why "it" can't be traced, and what helps. */
struct reason {
	const char *why, *help;
};

static const struct reason verdicts[] = {
	[ELF_BROKEN] = { "is a damaged ELF file", "rebuild or reinstall it" },
	[ELF_NO_PROGRAM] = { "is an object file or a core dump, not a program",
			     "link it, or name the program" },
	[ELF_BITS] = { "is a 32-bit program", "build it for 64 bits" },
	[ELF_MACHINE] = { "is built for another architecture", "build it for " MACHINE_NAME },
	[ELF_STATIC] = { "is statically linked, so that no library can be loaded into it",
			 "link it dynamically" },
	[ELF_MUSL] = { "is linked with musl, whose loader can't take a glibc library",
		       "build it with glibc" },
	[ELF_MALLOC] = { "defines malloc itself, which takes precedence over any other",
			 "build it without, or with its allocator as a shared library" },
	[ELF_ASAN] = { "is built with AddressSanitizer, whose library has to be loaded first",
		       "build it without, or set ASAN_OPTIONS=verify_asan_link_order=0" },
};

const char *launch_why(int verdict)
{
	if (verdict == ELF_TRACEABLE)
		return NULL;
	if (verdict == ELF_FOREIGN || verdict == ELF_UNREADABLE)
		return "is not a program that memtop can read";
	return verdicts[verdict].why;
}

static const struct reason set_id = {
	"is set-user-ID or set-group-ID: the loader then accepts no preloaded library",
	"trace a copy without that bit"
};
static const struct reason capable = {
	"has file capabilities, so that the loader accepts no preloaded library",
	"trace a copy without them"
};
static const struct reason foreign = {
	"is neither an ELF program nor a script that begins with #!",
	"name its interpreter first, as in: memtop sh FILE"
};

/* What is being checked: the program, or an interpreter on the way down. */
struct check {
	const char *program;            /* as the user named it */
	struct error *error;
	unsigned depth;                 /* 0: the program itself */
};

static int check_file(struct check *check, const char *path);

__attribute__((format(printf, 3, 4)))
static int launch_fail(struct error *error, int status, const char *format, ...)
{
	va_list list;

	error->status = status;
	va_start(list, format);
	vsnprintf(error->text, sizeof(error->text), format, list);
	va_end(list);
	return -1;
}

/* Long paths are shortened so that the reason and the help always fit. */
static int launch_refuse(const struct check *check, const char *path,
			 const struct reason *reason)
{
	if (check->depth == 0)
		return launch_fail(check->error, REFUSED, "can't trace %.180s: it %s; %s",
				   check->program, reason->why, reason->help);
	return launch_fail(check->error, REFUSED,
			   "can't trace %.120s: its interpreter %.120s %s; %s",
			   check->program, path, reason->why, reason->help);
}

static int refuse_errno(const struct check *check, const char *path, int number)
{
	char why[128];
	struct reason reason = { why, "make it executable, or name another file" };

	snprintf(why, sizeof(why), "can't be run (%s)", strerror(number));
	if (number == EISDIR)
		reason = (struct reason){ "is a directory", "name a program" };
	else if (number == ENOENT)
		reason = (struct reason){ "does not exist", "install it or fix the #! line" };
	else if (number == ELOOP)
		reason.help = "fix the #! lines";
	return launch_refuse(check, path, &reason);
}

/* Is this a regular file that may be executed?  0 or an errno. */
static int runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* The candidate in the next folder of PATH; NULL after the last. */
static const char *path_candidate(const char *list, const char *name, char path[PATH_MAX])
{
	size_t length = strcspn(list, ":");
	int n;

	if (length == 0)        /* an empty entry means the current folder */
		n = snprintf(path, PATH_MAX, "./%s", name);
	else
		n = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, list, name);
	if (n < 0 || n >= PATH_MAX)
		path[0] = '\0';
	return list[length] ? list + length + 1 : NULL;
}

/* Searches as execvp does: 0 and the path, else the errno that it would end with. */
static int launch_find(const char *name, char path[PATH_MAX])
{
	const char *list = getenv("PATH");
	int kept = ENOENT;

	if (!*name)
		return ENOENT;
	if (strchr(name, '/')) {
		if (snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
			return ENAMETOOLONG;
		return runnable(path);
	}
	if (!list)
		list = "/bin:/usr/bin";
	do {
		list = path_candidate(list, name, path);
		if (!path[0])
			continue;
		int number = runnable(path);
		if (number == 0)
			return 0;
		/* A file that can't be executed is reported if no other is found; a
		 * folder by that name is not. */
		if (number == EACCES)
			kept = EACCES;
	} while (list);
	return kept;
}

/* The next word of a line; NULL at its end. */
static char *launch_next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");

	if (!*word)
		return NULL;
	char *end = word + strcspn(word, " \t");
	*line = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/*
 * What `env ARGUMENT SCRIPT` will run.  The kernel passes ARGUMENT as one string, which
 * env splits into words only after -S.
 */
static char *env_program(char *argument)
{
	static const char *const takes_value[] = { "-u", "-C", "--unset", "--chdir" };
	char *word;

	if (strncmp(argument, "--split-string=", 15) == 0)
		argument += 15;
	else if (strncmp(argument, "-S", 2) == 0)
		argument += 2;
	else if (strncmp(argument, "-vS", 3) == 0)
		argument += 3;
	else
		return *argument == '-' || strchr(argument, '=') ? NULL : argument;
	while ((word = launch_next_word(&argument))) {
		if (*word != '-' && !strchr(word, '='))
			return word;
		for (size_t i = 0; i < sizeof(takes_value) / sizeof(*takes_value); i++)
			if (strcmp(word, takes_value[i]) == 0 &&
			    !launch_next_word(&argument))
				return NULL;
	}
	return NULL;
}

static int check_env(struct check *check, char *argument)
{
	char path[PATH_MAX];
	char *name = env_program(argument);

	if (!name)              /* it can't be known before env runs */
		return 0;
	int number = launch_find(name, path);
	return number ? refuse_errno(check, name, number) : check_file(check, path);
}

/* `line`: the text after #!, without the newline. */
static int check_script(struct check *check, const char *path, char *line)
{
	char *end = line + strlen(line);

	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	char *interpreter = launch_next_word(&line);
	if (!interpreter)
		return launch_refuse(check, path, &foreign);
	if (++check->depth > SCRIPT_DEPTH)
		return refuse_errno(check, path, ELOOP);
	int number = runnable(interpreter);
	if (number)
		return refuse_errno(check, interpreter, number);
	if (check_file(check, interpreter) != 0)
		return -1;
	const char *slash = strrchr(interpreter, '/');
	line += strspn(line, " \t");
	if (strcmp(slash ? slash + 1 : interpreter, "env") == 0 && *line)
		return check_env(check, line);
	return 0;
}

/* Refuses an ELF file with rights that make the loader ignore LD_PRELOAD. */
static int check_rights(const struct check *check, const char *path, int fd)
{
	const struct rights now = { getuid(), geteuid(), getgid(), getegid() };
	struct stat st;

	if (fstat(fd, &st) != 0)
		return refuse_errno(check, path, errno);
	if (rights_differ(&st, &now))
		return launch_refuse(check, path, &set_id);
	if (rights_gained_by_capabilities(&now) &&
	    fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return launch_refuse(check, path, &capable);
	return 0;
}

/* dlsym of glibc before 2.34 frees with AddressSanitizer's own free, which is not ready
 * while AddressSanitizer looks up the functions that it replaces.  A tracer that looks up
 * its own at that time ends the program. */
static const struct reason asan_early = {
	"is built with AddressSanitizer, which has to be first with glibc before 2.34",
	"build it without"
};

static const struct reason *check_asan(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	unsigned minor = 0;

	if (sscanf(gnu_get_libc_version(), "2.%u", &minor) == 1 && minor < 34)
		return &asan_early;
	if (options && strstr(options, "verify_asan_link_order=0"))
		return NULL;
	return &verdicts[ELF_ASAN];
}

/* The tracer counts in pages of 4 KiB; some kernels for aarch64 have larger ones. */
static const struct reason pages = {
	"would run on pages of memory that are not of 4 KiB",
	"use a kernel with pages of that size"
};

static int check_elf(const struct check *check, const char *path, int fd)
{
	char loader[PATH_MAX];
	char why[160];
	enum elf_verdict verdict = elfcheck(fd, loader);

	if (verdict == ELF_UNREADABLE)
		return refuse_errno(check, path, errno);
	if (verdict == ELF_FOREIGN)
		return launch_refuse(check, path, &foreign);
	const struct reason *reason = verdict == ELF_TRACEABLE ? NULL :
				      verdict == ELF_ASAN ? check_asan() : &verdicts[verdict];

	if (reason)
		return launch_refuse(check, path, reason);
	if (sysconf(_SC_PAGESIZE) != 4096)
		return launch_refuse(check, path, &pages);
	int number = runnable(loader);
	if (number) {
		struct reason loaderless = { why,
					     "install the C library it was built for" };
		snprintf(why, sizeof(why), "needs the loader %.80s (%s)", loader,
			 strerror(number));
		return launch_refuse(check, path, &loaderless);
	}
	return check_rights(check, path, fd);
}

static int check_open(struct check *check, const char *path, int fd)
{
	char line[SCRIPT_LINE + 1];
	ssize_t n = pread(fd, line, SCRIPT_LINE, 0);

	if (n < 0)
		return refuse_errno(check, path, errno);
	line[n] = '\0';
	if (n < 2 || memcmp(line, "#!", 2) != 0)
		return check_elf(check, path, fd);
	line[strcspn(line, "\n")] = '\0';
	return check_script(check, path, line + 2);
}

static int check_file(struct check *check, const char *path)
{
	/* O_NONBLOCK, in case it became a pipe after stat. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int result;

	if (fd < 0 && errno == EACCES) {
		static const struct reason unreadable = {
			"can't be read, so it is not known whether it can be traced",
			"get permission to read it"
		};
		return launch_refuse(check, path, &unreadable);
	}
	if (fd < 0)
		return refuse_errno(check, path, errno);
	result = check_open(check, path, fd);
	close(fd);
	return result;
}

int launch_check(const char *program, char path[PATH_MAX], struct error *error)
{
	struct check check = { .program = program, .error = error };
	int number = launch_find(program, path);

	if (number == ENOENT || number == ENOTDIR) {
		if (strchr(program, '/'))
			return launch_fail(error, NOT_FOUND,
					   "can't run %.300s: %s; check the path",
					   program, strerror(number));
		return launch_fail(
			error, NOT_FOUND,
			"can't run '%.300s': not found in PATH; write ./%.60s for a "
			"file in this folder",
			program, program);
	}
	if (number)
		return refuse_errno(&check, program, number);
	return check_file(&check, path);
}

/* ---- libmemtop.so and the environment ---- */

/* Where an installed memtop finds it, relative to its own folder; the Makefile defines
 * this where LIBDIR is another. */
#ifndef MEMTOP_LIBRARY
#define MEMTOP_LIBRARY "../lib/memtop"
#endif

int launch_library(char path[PATH_MAX], struct error *error)
{
	static const char *const places[] = {
		"libmemtop.so", MEMTOP_LIBRARY "/libmemtop.so"
	};
	char self[PATH_MAX], place[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return launch_fail(
			error, FAILED,
			"can't find libmemtop.so: /proc/self/exe: %s; mount /proc",
			strerror(errno));
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(place, sizeof(place), "%s/%s", self, places[i]);
		if (!realpath(place, path) || access(path, R_OK) != 0)
			continue;
		/* The loader splits LD_PRELOAD at spaces and colons, expands $, and knows
		 * no quotes. */
		if (strpbrk(path, " :$"))
			return launch_fail(
				error, FAILED,
				"can't preload %.300s: a space, colon or $ in its "
				"path; move memtop to a folder without",
				path);
		return 0;
	}
	return launch_fail(error, FAILED,
			   "can't find libmemtop.so: not in %.120s and not in "
			   "%.120s/" MEMTOP_LIBRARY "; build or install it",
			   self, self);
}

/*
 * The value "LIBRARY:OLD".  Our library comes first: the loader binds a name to the first
 * definition in its search order.  A malloc that is preloaded already (jemalloc, say) is
 * then the next definition after our hooks, instead of hiding them.
 */
static char *preload_value(const char *library)
{
	const char *old = getenv(ENV_PRELOAD);
	size_t length = strlen(library), size = sizeof(ENV_PRELOAD) + length + 2;
	char *value = malloc(size + (old ? strlen(old) : 0));

	if (!value)
		return NULL;
	char *end = value + sprintf(value, "%s=%s", ENV_PRELOAD, library);
	while (old && *old) {   /* skips ours, which a memtop inside a memtop finds
				 * there */
		size_t word = strcspn(old, " :");
		if (word && !(word == length && memcmp(old, library, word) == 0))
			end += sprintf(end, ":%.*s", (int)word, old);
		old += word;
		old += strspn(old, " :");
	}
	return value;
}

static char *pair(const char *name, const char *value)
{
	char *text;

	return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

static bool is_name(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool launch_is_ours(const char *entry)
{
	static const char *const names[] = {
		ENV_PRELOAD, ENV_MEETING, ENV_LIBRARY, ENV_STANDBY
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is_name(entry, names[i]))
			return true;
	return false;
}

/* A copy of the environment with these variables in front; `terminal` may be NULL. */
static char **launch_with(const char *library, const char *variable, const char *value,
			  const char *terminal)
{
	size_t count = 0, n = 0;

	while (environ && environ[count])
		count++;
	char **copy = calloc(count + 5, sizeof(*copy));
	if (!copy)
		return NULL;
	bool whole = (copy[n++] = preload_value(library)) &&
		     (copy[n++] = pair(variable, value)) &&
		     (copy[n++] = pair(ENV_LIBRARY, library)) &&
		     (!terminal || (copy[n++] = pair("TERM", terminal)));
	for (size_t i = 0; whole && i < count; i++)
		if (!launch_is_ours(environ[i]) &&
		    !(terminal && is_name(environ[i], "TERM")))
			whole = (copy[n++] = strdup(environ[i]));
	if (whole)
		return copy;
	launch_environment_free(copy);
	return NULL;
}

char **launch_environment(const char *library, const char *meeting, const char *terminal)
{
	return launch_with(library, ENV_MEETING, meeting, terminal);
}

char **launch_environment_standby(const char *library)
{
	return launch_with(library, ENV_STANDBY, "1", NULL);
}

void launch_environment_free(char **environment)
{
	for (size_t i = 0; environment && environment[i]; i++)
		free(environment[i]);
	free(environment);
}
