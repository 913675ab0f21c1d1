/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Code that is made at run time, and named as perf wants it: made [none|late|foreign]
 * Each piece calls `take`, which allocates a block of a size of its own.  Prints its pid.
 *	none: no map; late: it is written at the end; foreign: it is a link.
 */
#include <alloca.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

static size_t size;
static void *volatile last;

NOINLINE static void take(void)
{
	last = malloc(size);
	__asm__ volatile("" : : : "memory");
}

/* The first keeps a frame pointer; the others return soon after their call, with rbp being
 * nothing that leads anywhere. */
extern const char pointer[], plain[], popping[], end[];
__asm__(".text\n"
	"pointer:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	sub $48, %rsp\n"
	"	call *%rdi\n"
	"	nop\n"
	"	leave\n"
	"	ret\n"
	"plain:\n"
	"	sub $24, %rsp\n"
	"	call *%rdi\n"
	"	add $24, %rsp\n"
	"	ret\n"
	"popping:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	mov $3, %ebp\n"
	"	call *%rdi\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	"end:\n");

/* Has a frame that only rbp leads out of. */
NOINLINE static void by_alloca(char *code, size_t bytes)
{
	volatile char *room = alloca(bytes);
	room[0] = 1;
	size = bytes;
	((void (*)(void (*)(void)))(uintptr_t)code)(take);
	__asm__ volatile("" : : : "memory");
}

NOINLINE static void again(char *code, size_t bytes)
{
	by_alloca(code, bytes);
	__asm__ volatile("" : : : "memory");
}

static void write_map(const char *path, const char *at)
{
	FILE *map = fopen(path, "we");

	if (!map)
		exit(2);
	/* What lay there before, and is no longer meant. */
	fprintf(map, "%" PRIxPTR " %zx old\nnonsense\n%" PRIxPTR " 0 empty\n", (uintptr_t)at,
		(size_t)(end - pointer), (uintptr_t)at);
	fprintf(map, "%" PRIxPTR " %zx JS:*render /srv/app.js:3:21\n", (uintptr_t)at,
		(size_t)(plain - pointer));
	fprintf(map, "%" PRIxPTR " %zx py::pack:/srv/app.py\n", (uintptr_t)(at + (plain - pointer)),
		(size_t)(popping - plain));
	fprintf(map, "%" PRIxPTR " %zx void App.run(int)\n",
		(uintptr_t)(at + (popping - pointer)), (size_t)(end - popping));
	fclose(map);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	char path[64], other[80];
	char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return 2;
	memcpy(at, pointer, (size_t)(end - pointer));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	snprintf(other, sizeof(other), "%s.other", path);
	if (!*how)
		write_map(path, at);
	if (strcmp(how, "foreign") == 0) {
		write_map(other, at);
		if (symlink(other, path) != 0)
			return 2;
	}
	again(at, 10001);
	again(at + (plain - pointer), 10002);
	again(at + (popping - pointer), 10003);
	if (strcmp(how, "late") == 0)
		write_map(path, at);
	printf("%d\n", (int)getpid());
	return 0;
}
