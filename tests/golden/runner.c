/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * golden FOLDER|CASE...: plays each case without a terminal and compares the
 * screen at its end.  Exits 0, or 1 after a diff of each that differs.
 * GOLDEN_UPDATE=1 writes what came into the case instead.  A case is
 *
 *	fixture NAME		tests/golden/fixtures/NAME.heap
 *	size 80x24		ascii | fixed | filter EXPR		options
 *	journal			show what was asked of the target, too
 *	status 1		what app_run returns (default: not looked at)
 *	--- keys
 *	a --play script
 *	--- screen
 *	the canvas, what was asked of the target, and what was said on standard error
 */
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/golden/fake_session.h"
#include "tui/desk/app.h"

#define MARK_KEYS "--- keys\n"
#define MARK_SCREEN "--- screen\n"

struct test {
	char *text;                     /* the whole case */
	char *keys, *screen;            /* within it */
	char fixture[128], filter[256];
	struct app_options options;
	int status;                     /* -1: any */
	bool journal;
};

static char *read_all(const char *path)
{
	size_t length = 0, room = 1 << 16, n;
	char *text = malloc(room);
	FILE *file = fopen(path, "r");
	if (!file) {
		free(text);
		return NULL;
	}
	while ((n = fread(text + length, 1, room - length - 1, file)) > 0) {
		length += n;
		if (room - length < 2)
			text = realloc(text, room *= 2);
	}
	fclose(file);
	text[length] = 0;
	return text;
}

static bool read_option(struct test *test, char *line)
{
	if (!line[0] || line[0] == '#')
		return true;
	if (sscanf(line, "fixture %127s", test->fixture) == 1)
		return true;
	if (sscanf(line, "size %ux%u", &test->options.width, &test->options.height) == 2)
		return true;
	if (sscanf(line, "filter %255[^\n]", test->filter) == 1) {
		test->options.filter = test->filter;
		return true;
	}
	if (sscanf(line, "status %d", &test->status) == 1)
		return true;
	test->options.ascii |= !strcmp(line, "ascii");
	test->options.fixed_clock |= !strcmp(line, "fixed");
	test->journal |= !strcmp(line, "journal");
	return !strcmp(line, "ascii") || !strcmp(line, "fixed") ||
	       !strcmp(line, "journal");
}

static bool read_case(struct test *test, const char *path)
{
	*test = (struct test){.text = read_all(path), .status = -1};
	if (!test->text)
		return false;
	char *keys = strstr(test->text, MARK_KEYS);
	test->screen = strstr(test->text, MARK_SCREEN);
	if (!keys || !test->screen) {
		fprintf(stderr, "%s: no keys or no screen\n", path);
		return false;
	}
	*keys = 0;
	*test->screen = 0;
	test->keys = keys + strlen(MARK_KEYS);
	test->screen += strlen(MARK_SCREEN);
	char *save;
	char *options = strdup(test->text);
	bool good = true;
	for (char *line = strtok_r(options, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!read_option(test, line)) {
			fprintf(stderr, "%s: what is \"%s\"?\n", path, line);
			good = false;
		}
	free(options);
	return good;
}

/* In a child of its own: readline has but one state.  The status. */
static int play(struct test *test, const char *script, const char *screen)
{
	char fixture[256];
	test->options.play = script;
	snprintf(fixture, sizeof fixture, "tests/golden/fixtures/%s.heap", test->fixture);
	struct session *session = fake_open(fixture);
	enum desk_end ended;
	int status = app_run(session, &test->options, &ended);
	FILE *file = fopen(screen, "a");
	if (test->journal)
		fprintf(file, "--- session\n%s", fake_journal(session));
	fclose(file);
	fake_close(session);
	return status;
}

/* Runs the case in a folder: the screen, and the errors below it. */
static char *run(struct test *test, const char *folder, int *status)
{
	char script[300], screen[300], errors[300];
	snprintf(script, sizeof script, "%s/script", folder);
	snprintf(screen, sizeof screen, "%s/screen.txt", folder);
	snprintf(errors, sizeof errors, "%s/errors", folder);
	FILE *file = fopen(script, "w");
	fprintf(file, "%s\n:save-screen --force %s\n", test->keys, screen);
	fclose(file);
	fclose(fopen(screen, "w"));
	fflush(stdout);
	pid_t pid = fork();
	if (!pid) {
		int fd = open(errors, O_CREAT | O_WRONLY | O_TRUNC, 0600);
		dup2(fd, 2);
		exit(play(test, script, screen));
	}
	int wait_status = 0;
	waitpid(pid, &wait_status, 0);
	*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status)
					 : 128 + WTERMSIG(wait_status);
	char *text = read_all(screen), *wrong = read_all(errors);
	size_t length = strlen(text), more = wrong ? strlen(wrong) : 0;
	if (more) {
		text = realloc(text, length + more + 32);
		sprintf(text + length, "--- errors\n%s", wrong);
	}
	free(wrong);
	unlink(script);
	unlink(screen);
	unlink(errors);
	return text;
}

static void update(const char *path, const struct test *test, const char *came)
{
	FILE *file = fopen(path, "w");
	fprintf(file, "%s" MARK_KEYS "%s" MARK_SCREEN "%s", test->text, test->keys, came);
	fclose(file);
}

/* Line by line: what was expected and what came, where they differ. */
static void diff(const char *expected, const char *came)
{
	for (unsigned line = 1; *expected || *came; line++) {
		size_t n = strcspn(expected, "\n"), m = strcspn(came, "\n");
		if (n != m || memcmp(expected, came, n))
			printf("  %3u - %.*s\n      + %.*s\n", line, (int)n, expected,
			       (int)m, came);
		expected += n + (expected[n] != 0);
		came += m + (came[m] != 0);
	}
}

static bool one(const char *path, const char *folder)
{
	struct test test;
	int status;
	if (!read_case(&test, path))
		return false;
	char *came = run(&test, folder, &status);
	bool good = !strcmp(came, test.screen);
	bool crashed = status >= 128 && status != 143;
	if (!good && getenv("GOLDEN_UPDATE") && !crashed) {
		update(path, &test, came);
		printf("updated %s\n", path);
		good = true;
	} else if (!good) {
		printf("FAILED %s\n", path);
		diff(test.screen, came);
	}
	if ((test.status >= 0 && status != test.status) || crashed) {
		printf("FAILED %s: status %d\n", path, status);
		good = false;
	}
	free(came);
	free(test.text);
	return good;
}

static int is_case(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return entry->d_name[0] != '.' &&
	       (entry->d_type == DT_DIR ||
		(n > 5 && !strcmp(entry->d_name + n - 5, ".case")));
}

static void walk(const char *path, const char *folder, unsigned *cases, unsigned *failed)
{
	struct stat info;
	struct dirent **entries;
	if (stat(path, &info) || !S_ISDIR(info.st_mode)) {
		++*cases;
		*failed += !one(path, folder);
		return;
	}
	int n = scandir(path, &entries, is_case, alphasort);
	for (int i = 0; i < n; i++) {
		char inner[4096];
		snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
		walk(inner, folder, cases, failed);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/golden-XXXXXX";
	unsigned cases = 0, failed = 0;
	/* As a user's terminal: readline edits characters, not bytes. */
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	if (!mkdtemp(folder))
		return 2;
	for (int i = 1; i < argc; i++)
		walk(argv[i], folder, &cases, &failed);
	rmdir(folder);
	printf("%u cases, %u failed\n", cases, failed);
	return failed || !cases;
}
