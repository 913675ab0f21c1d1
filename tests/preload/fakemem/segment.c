/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shared memory that a process gets. */
#include "tests/preload/fakemem/fakemem.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tracer/wire/quiet.h"

static const uint64_t limits[WIRE_REGIONS] = {
	[WIRE_MODULES] = UINT64_C(65536) * 64,
	[WIRE_BLOBS] = UINT64_C(1) << 24,
	[WIRE_SITES] = UINT64_C(1) << 25,
	[WIRE_TRACES] = UINT64_C(1) << 25,
	[WIRE_RINGS] = RINGS * WIRE_RING_BYTES,
};

int segment_make(struct segment *s)
{
	uint64_t end = 4096;
	int fd = memfd_create("memtop", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct wire_control *control;

	for (int r = 0; r < WIRE_REGIONS; r++)
		end += limits[r];
	if (fd < 0 || ftruncate(fd, (off_t)end) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		die("memfd");
	s->base = mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->base == MAP_FAILED)
		die("mmap");
	control = s->control = (void *)s->base;
	*control = (struct wire_control){
		.magic = WIRE_MAGIC,
		.version = WIRE_VERSION,
		.on_full = options.drop ? WIRE_DROP : WIRE_BLOCK,
		.nframe = 64,
		.max_traces = (uint32_t)(limits[WIRE_TRACES] / 8),
		.referee = options.referee,
		.owner = (uint32_t)getpid(),
	};
	end = 4096;
	for (int r = 0; r < WIRE_REGIONS; r++) {
		control->offset[r] = end;
		control->limit[r] = limits[r];
		control->ready[r] = r == WIRE_RINGS ? 2 * WIRE_RING_BYTES : limits[r];
		end += limits[r];
	}
	return fd;
}

struct wire_ring *ring_of(const struct segment *s, uint32_t index)
{
	return (void *)(s->base + s->control->offset[WIRE_RINGS] + index * WIRE_RING_BYTES);
}

void rings_ahead(struct segment *s)
{
	uint64_t ahead = s->control->quiet ? WIRE_QUIET_RINGS : 2;
	uint64_t want = (s->control->rings + ahead) * WIRE_RING_BYTES;

	if (want > limits[WIRE_RINGS])
		want = limits[WIRE_RINGS];
	if (s->control->ready[WIRE_RINGS] >= want)
		return;
	s->control->ready[WIRE_RINGS] = want;
	s->control->ready_seq++;
	wake(&s->control->ready_seq);
}

void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
