#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A child of pidfd_spawn (glibc 2.39) is followed, whatever environment it is given, and whether
# or not it is waited for.  Where libc does not have that function, neither has the program.
. tests/lib.sh

cat >"$T/w.c" <<'C'
#include <dlfcn.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#pragma weak pidfd_spawnp
typedef int spawner(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		    const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);
extern spawner pidfd_spawnp;
static void start(spawner *spawn, char *program)
{
	char *words[] = {program, NULL}, *nothing[] = {NULL};
	struct pollfd child = {.events = POLLIN};
	int error = spawn ? spawn(&child.fd, program, NULL, NULL, words, nothing) : 0;
	if (error)
		printf("%s\n", strerror(error));
	else if (spawn)
		poll(&child, 1, -1);
}
int main(int argc, char **argv)
{
	void *volatile kept = malloc(argc < 2 ? 3000 : 10);
	if (argc > 1) {
		printf("%s\n", dlsym(RTLD_DEFAULT, "pidfd_spawn") ? "there" : "not there");
		start((spawner *)dlsym(RTLD_DEFAULT, "pidfd_spawn"), argv[0]);
		start(pidfd_spawnp, argv[0]);
	}
	return !kept;
}
C
$CC -g -o "$T/w" "$T/w.c" -ldl || fail 'no program'
expect 0 "$T/w" parent
there=$(cat "$T/out")
expect 0 "$MEMTOP" record --force -o "$T/m" "$T/w" parent
[ "$(head -n 1 "$T/out")" = "$there" ] || fail "pidfd_spawn is $(cat "$T/out"), without memtop $there"
if [ "$there" = there ]; then
	said 'with 2 other processes'
	expect 0 "$MEMTOP" report --json --process=all --filter='function = main' "$T/m"
	is "[r['size'] for r in d['statistics']], d['unfollowed']" "([6010], [])"
fi
exit 0
