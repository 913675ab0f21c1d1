/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making and reading the roll, and what its reasons mean in words. */
#include "tracer/collect/run/roll.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int roll_create(struct roll_page *page, struct error *error)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	void *at = MAP_FAILED;

	page->roll = NULL;
	page->fd = memfd_create("memtop roll", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	/* All pages are allocated at once; a target that finds one missing would get
	 * SIGBUS. */
	if (page->fd >= 0 && fallocate(page->fd, 0, 0, sizeof(struct roll)) == 0 &&
	    fcntl(page->fd, F_ADD_SEALS, seals) == 0)
		/* Populated, since each call of the roll reads all of it. */
		at = mmap(NULL, sizeof(struct roll), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, page->fd, 0);
	if (at != MAP_FAILED) {
		page->roll = at;
		page->roll->magic = ROLL_MAGIC;
		return 0;
	}
	error->status = 125;
	snprintf(error->text, sizeof(error->text), "cannot make the list of started processes: "
		 "%s; raise memtop's own limits (ulimit -f, ulimit -v)", strerror(errno));
	roll_close(page);
	return -1;
}

void roll_close(struct roll_page *page)
{
	if (page->roll)
		munmap(page->roll, sizeof(struct roll));
	if (page->fd >= 0)
		close(page->fd);
	*page = (struct roll_page){ .fd = -1 };
}

void roll_know(const struct roll_page *page, int32_t pid)
{
	if (page->roll && pid > 0)
		roll_note(page->roll, pid);
}

bool roll_read(const struct roll_page *page, unsigned index, struct roll_line *line)
{
	struct roll_entry *entry = &page->roll->entry[index];

	/* Acquire pairs with the writer's release. */
	line->state = atomic_load_explicit(&entry->state, memory_order_acquire);
	line->kind = roll_kind(line->state);
	if (line->kind != ROLL_STARTED && line->kind != ROLL_UNSEEN)
		return false;
	line->since = entry->since;
	line->pid = entry->pid > 0 ? entry->pid : 0;
	line->ppid = entry->ppid > 0 ? entry->ppid : 0;
	line->reason = entry->reason < ROLL_REASONS ? entry->reason : ROLL_UNKNOWN;
	line->number = entry->number > 0 && entry->number < 4096 ? entry->number : 0;
	line->shell = entry->shell;
	memcpy(line->program, entry->program, sizeof(line->program));
	line->program[sizeof(line->program) - 1] = '\0';
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&entry->state, memory_order_relaxed) == line->state;
}

bool roll_strike(const struct roll_page *page, unsigned index,
		 const struct roll_line *line)
{
	uint64_t state = line->state;

	return atomic_compare_exchange_strong(&page->roll->entry[index].state, &state,
					      ROLL_FREE);
}

uint64_t roll_missed(const struct roll_page *page)
{
	uint64_t missed = page->roll ? atomic_load(&page->roll->missed) : 0;

	/* The program can write there; a number larger than that of all pids is
	 * nonsense. */
	return missed < ROLL_PIDS ? missed : ROLL_PIDS;
}

static const char *unreachable(int number, char *text, size_t size)
{
	switch (number) {
	case EACCES:
	case EPERM:
		return "as another user it has no access to memtop's folder";
	case ENOENT:
	case ENOTDIR:
		return "memtop's folder or library is not there: a chroot, or another /tmp";
	case EMFILE:
	case ENFILE:
	case ENOMSG:                    /* one was sent, and found no place */
		return "it had no free file descriptor";
	case EAGAIN:
		return "memtop did not answer in time";
	default:
		snprintf(text, size, "%s", number ? strerror(number) : "the reason is not known");
		return text;
	}
}

void roll_reason_text(enum roll_reason reason, int number, char *text, size_t size)
{
	static const char *const texts[ROLL_REASONS] = {
		[ROLL_UNKNOWN] = "it never contacted memtop",
		[ROLL_STATIC] = "statically linked, so that no library can be loaded into it",
		[ROLL_RIGHTS] = "set-user-ID, set-group-ID, with file capabilities or started for "
				"another user than its own: the loader accepts no preloaded library",
		[ROLL_MACHINE] = "a 32-bit program, or built for another architecture",
		[ROLL_LOADER] = "not linked with glibc",
		[ROLL_ASAN] = "built with AddressSanitizer, whose library has to be loaded first",
		[ROLL_MALLOC] = "it defines malloc itself, which takes precedence over any other",
		[ROLL_ANOTHER] = "another memtop traces it",
		[ROLL_ENVIRONMENT] = "started with an environment that does not load memtop",
		[ROLL_FILTER] = "a seccomp filter was set before it began: the tracer's first "
				"system call could have killed it",
		[ROLL_RAW] = "started by a system call and not by libc, and it never contacted memtop",
	};
	char why[96];

	if (reason == ROLL_UNREACHABLE || reason == ROLL_UNMET)
		snprintf(text, size, "it could not reach memtop: %s", unreachable(number, why, sizeof(why)));
	else
		snprintf(text, size, "%s", texts[reason]);
}
