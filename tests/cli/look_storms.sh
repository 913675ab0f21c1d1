#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Looks at a program that forks, spawns, loads libraries, makes threads and reallocs as fast as
# it can: each look finds the same, and the program never notices.  LOOKS=500 takes so many.
. tests/lib.sh
. tests/cli/lib/held.sh

cat >"$T/lib.c" <<'END'
#include <stdlib.h>
__thread void *in_tls;
void *in_data;
void fill(void) { in_tls = malloc(33); in_data = malloc(44); }
void drop(void) { free(in_tls); free(in_data); }
END
cat >"$T/w.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static const char *library;
static _Atomic int stop, wrong;
static _Atomic long rounds[5];
static void check(int holds, const char *what)
{
	if (!holds && !wrong++)
		fprintf(stderr, "%s: %s\n", what, strerror(errno));
}
static void wait_for(pid_t pid, int expected)
{
	int status = 0;
	check(waitpid(pid, &status, 0) == pid, "waitpid");
	check(WIFEXITED(status) && WEXITSTATUS(status) == expected, "status");
}
static void *forks(void *user)
{
	for (; !stop; rounds[0]++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(7);
		check(pid > 0, "fork");
		wait_for(pid, 7);
	}
	return user;
}
static void *spawns(void *user)
{
	char *argv[] = { "false", NULL };
	for (; !stop; rounds[1]++) {
		pid_t pid;
		check(posix_spawn(&pid, "/bin/false", NULL, NULL, argv, environ) == 0, "spawn");
		wait_for(pid, 1);
	}
	return user;
}
static void *loads(void *user)
{
	for (; !stop; rounds[2]++) {
		void *handle = dlopen(library, RTLD_NOW);
		check(handle != NULL, "dlopen");
		((void (*)(void))dlsym(handle, "fill"))();
		((void (*)(void))dlsym(handle, "drop"))();
		dlclose(handle);
	}
	return user;
}
static void *reallocs(void *user)
{
	char *block = malloc(16);
	strcpy(block, "kept");
	for (size_t size = 16; !stop; rounds[3]++) {
		size = size > 1 << 20 ? 16 : size * 3;
		block = realloc(block, size);
		check(!strcmp(block, "kept"), "realloc");
	}
	free(block);
	return user;
}
static void *nothing(void *user) { return user; }
static void *threads(void *user)
{
	for (; !stop; rounds[4]++) {
		pthread_t thread;
		check(pthread_create(&thread, NULL, nothing, NULL) == 0, "thread");
		pthread_join(thread, NULL);
	}
	return user;
}
__attribute__((noinline)) static void lose(void)
{
	for (int i = 0; i < 5; i++)
		memset(malloc(100), 0, 100);    /* LOST */
}
__attribute__((noinline)) static void scrub(void)
{
	volatile char room[16384];
	memset((void *)room, 0, sizeof room);
	__asm__ volatile("" : : "r"(room) : "memory");
}
static void *kept[8];
int main(int argc, char **argv)
{
	void *(*const all[])(void *) = { forks, spawns, loads, reallocs, threads };
	pthread_t thread[5];
	char c;
	library = argv[1];
	for (int i = 0; i < 8; i++)
		kept[i] = malloc(50);           /* KEPT */
	lose();
	scrub();
	for (int i = 0; i < 5; i++)
		pthread_create(&thread[i], NULL, all[i], NULL);
	write(1, ".", 1);
	while (read(0, &c, 1) == 1)
		write(1, ".", 1);
	stop = 1;
	for (int i = 0; i < 5; i++) {
		pthread_join(thread[i], NULL);
		check(rounds[i] > 0, "a thread never went round");
	}
	pid_t left = waitpid(-1, NULL, __WALL | WNOHANG);
	if (left != -1)
		fprintf(stderr, "waitpid: %d\n", (int)left);
	check(left == -1 && errno == ECHILD, "a child is left");
	return wrong != 0;
}
END
$CC -g -O0 -w -shared -fPIC -o "$T/lib.so" "$T/lib.c"
$CC -g -O0 -w -pthread -o "$T/w" "$T/w.c" -ldl

record_held r.memtop --follow=exec "$T/w" "$T/lib.so"
looks=${LOOKS:-8}
i=0 taken=0
# A thread in posix_spawn does not stop until its child has called exec: then a look is refused.
while [ $i -lt "$looks" ]; do
	i=$((i + 1))
	look "look$i"
	if [ "$status" = 0 ]; then
		taken=$((taken + 1))
		echo "look$i" >>"$T/taken"
	else
		grep -q 'did not stop within\|does not come to rest' "$T/err" || fail "look $i"
	fi
done
step
end_held
[ -e "$T/taken" ] || skip "no look of $looks was taken: the machine is too busy"
while read -r look; do
	expect 0 "$MEMTOP" report --json --limit=0 "$T/r.memtop@$look"
	is "[s['unreachable'] for s in d['statistics'] if s['key'].endswith('w.c:$(line LOST)')]" '[500]'
	is "[s['unreachable'] for s in d['statistics'] if s['key'].endswith('w.c:$(line KEPT)')]" '[0]'
done <"$T/taken"
echo "$taken looks of $i were taken"
