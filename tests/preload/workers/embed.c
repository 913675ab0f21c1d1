/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * embed LIBRARY SCRIPT [LIBRARY SCRIPT]...: a program that gets its interpreters by
 * dlopen, one after the other, as plugins do, and unloads each when it is finalized.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *symbol(void *library, const char *name)
{
	void *found = dlsym(library, name);
	if (!found) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	return found;
}

static int run(void *library, const char *script)
{
	void (*initialize)(int) = (void (*)(int))symbol(library, "Py_InitializeEx");
	int (*execute)(const char *, void *) =
		(int (*)(const char *, void *))symbol(library, "PyRun_SimpleStringFlags");
	int (*finalize)(void) = (int (*)(void))symbol(library, "Py_FinalizeEx");
	int result;
	initialize(0);
	result = execute(script, NULL);
	return finalize() ? 3 : result ? 1 : 0;
}

/* How many threads there are (proc_pid_stat(5), num_threads), without allocating. */
static long threads(void)
{
	char text[1024];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < 20; field++)
		at = strchr(at + 1, ' ');
	return at ? atol(at + 1) : 1;
}

/* Up to 3.12, Python has joined a thread before it has left the library's code, which must
 * not be unmapped then. */
static void wait_for_threads(void)
{
	while (threads() > 1)
		sched_yield();
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		void *library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		int result;
		if (!library) {
			fprintf(stderr, "%s\n", dlerror());
			return 2;
		}
		result = run(library, argv[i + 1]);
		if (result)
			return result;
		wait_for_threads();
		dlclose(library);
		/* Memory of the program's own, after the interpreter has gone. */
		for (int k = 0; k < 1000; k++)
			free(malloc(100));
	}
	return 0;
}
