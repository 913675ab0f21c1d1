/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A memtop in one file, for testing libmemtop.so without the inspector: meets
 * the target, keeps every event, sorts them by stamp, replays them, and prints
 *
 *	segment pid=N current=B peak=B blocks=N allocations=N frees=N total=B ...
 *	function NAME current=B blocks=N allocations=N total=B
 *
 * one `function` line for each function of the program itself that is the
 * newest frame of an allocation.  It shares no code with the inspector.
 *
 *	fakemem [--drop] [--lazy] [--stall] [--die] [--discard] [--referee] LIBRARY PROGRAM [ARG...]
 *
 * --drop: on_full is WIRE_DROP.  --lazy: drains only when a producer waits.
 * --stall: never drains before the end.  --die: the owner is dead once the
 * first ring is full.  --discard: reads nothing of what it drains.  The exit status is the target's.
 * $FAKEMEM_BEHIND: a library to be preloaded behind libmemtop.so.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/wire/env.h"
#include "tracer/wire/ring.h"
#include "tracer/wire/quiet.h"

#define RINGS 4096u
#define HASH (1u << 22)

static struct {
	bool drop, lazy, stall, die, discard, referee;
} options;

struct record {
	struct wire_event event;
	uint32_t ring;
	uint32_t irregular;
	uint64_t order;
};

struct figures {
	uint64_t current, blocks, allocations, total;
};

struct function {
	uint64_t start, end;
	char name[96];
	struct figures figures;
};

struct block {
	uint64_t address, size;
	uint32_t ring;
	struct function *function;
};

struct segment {
	int pid;
	char *base;
	struct wire_control *control;
	struct record *records;
	uint64_t count, room, replayed;
	struct block *blocks;
	struct figures figures;
	uint64_t peak, frees, temporary, unknown, restored, threads, ended, irregular, calls;
	uint64_t nonsense;
	struct block last[RINGS];       /* newest acquisition of a ring, for temporary */
	struct block moved[RINGS];      /* ended by a REALLOC_RELEASE that may be restored */
	struct function *functions;
	uint64_t function_count;
};

static struct segment *segments[64];
static unsigned segment_count, forks;

static void die(const char *what)
{
	perror(what);
	exit(125);
}

static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* ---- the segment ------------------------------------------------------- */

static const uint64_t limits[WIRE_REGIONS] = {
	[WIRE_MODULES] = UINT64_C(65536) * 64,
	[WIRE_BLOBS] = UINT64_C(1) << 24,
	[WIRE_SITES] = UINT64_C(1) << 25,
	[WIRE_TRACES] = UINT64_C(1) << 25,
	[WIRE_RINGS] = RINGS * WIRE_RING_BYTES,
};

static int segment_make(struct segment *s)
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

static struct wire_ring *ring_of(const struct segment *s, uint32_t index)
{
	return (void *)(s->base + s->control->offset[WIRE_RINGS] + index * WIRE_RING_BYTES);
}

static void rings_ahead(struct segment *s)
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

/* ---- names of the program's own functions ------------------------------ */

static int by_start(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	return f->start < g->start ? -1 : f->start > g->start;
}

static void add_symbols(struct segment *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	uint64_t count = header->sh_size / header->sh_entsize;

	s->functions = calloc(count + 1, sizeof(*s->functions));
	for (uint64_t i = 0; i < count; i++) {
		struct function *f = &s->functions[s->function_count];
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0)
			continue;
		f->start = symbol.st_value;
		f->end = symbol.st_value + symbol.st_size;
		snprintf(f->name, sizeof(f->name), "%s",
			 elf_strptr(elf, header->sh_link, symbol.st_name));
		s->function_count++;
	}
	qsort(s->functions, s->function_count, sizeof(*s->functions), by_start);
}

/* Read while the program lives. */
static void read_symbols(struct segment *s)
{
	char path[64];
	Elf_Scn *section = NULL;
	Elf *elf;
	int fd;

	elf_version(EV_CURRENT);
	snprintf(path, sizeof(path), "/proc/%d/exe", s->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			add_symbols(s, elf, section, &header);
	}
	elf_end(elf);
	close(fd);
}

/* The program is the first module of a stack that ends in main; here: the one
 * whose path is not a library's. */
static bool is_program(const struct segment *s, uint32_t module)
{
	const struct wire_module *m = (void *)(s->base + s->control->offset[WIRE_MODULES]);
	const char *path = s->base + s->control->offset[WIRE_BLOBS] + m[module].path;
	uint32_t length = m[module].path_length;

	return module && length && !memmem(path, length, ".so", 3);
}

static struct function *function_of(struct segment *s, uint32_t trace)
{
	const uint64_t *nodes = (void *)(s->base + s->control->offset[WIRE_TRACES]);
	const uint64_t *sites = (void *)(s->base + s->control->offset[WIRE_SITES]);
	uint64_t site = trace && trace < s->control->traces ?
				sites[wire_node_site(nodes[trace])] : 0;
	uint64_t low = 0, high = s->function_count, at = wire_site_offset(site);

	if (!is_program(s, wire_site_module(site)))
		return NULL;
	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (s->functions[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->function_count && s->functions[low].start <= at ? &s->functions[low]
									 : NULL;
}

/* ---- replay ------------------------------------------------------------ */

static struct block *slot_of(struct segment *s, uint64_t address)
{
	uint64_t i = (address * UINT64_C(0x9e3779b97f4a7c15)) >> 42;

	while (s->blocks[i].address && s->blocks[i].address != address)
		i = (i + 1) % HASH;
	return &s->blocks[i];
}

static void remove_slot(struct segment *s, struct block *slot)
{
	uint64_t hole = (uint64_t)(slot - s->blocks), i = hole;

	for (;;) {
		uint64_t home;

		s->blocks[hole].address = 0;
		do {
			i = (i + 1) % HASH;
			if (!s->blocks[i].address)
				return;
			home = (s->blocks[i].address * UINT64_C(0x9e3779b97f4a7c15)) >> 42;
		} while ((i - home) % HASH < (i - hole) % HASH);
		s->blocks[hole] = s->blocks[i];
		hole = i;
	}
}

static void add_block(struct segment *s, const struct block *block)
{
	struct figures *f[2] = {&s->figures, block->function ? &block->function->figures : NULL};

	*slot_of(s, block->address) = *block;
	for (int i = 0; i < 2 && f[i]; i++) {
		f[i]->current += block->size;
		f[i]->blocks++;
	}
}

/* False if there is no such block. */
static bool end_block(struct segment *s, uint64_t address, struct block *was)
{
	struct block *slot = slot_of(s, address);
	struct figures *f[2] = {&s->figures, NULL};

	if (!slot->address)
		return false;
	*was = *slot;
	f[1] = was->function ? &was->function->figures : NULL;
	remove_slot(s, slot);
	for (int i = 0; i < 2 && f[i]; i++) {
		f[i]->current -= was->size;
		f[i]->blocks--;
	}
	return true;
}

static void acquire(struct segment *s, const struct record *r)
{
	struct block old, block = {
		.address = wire_event_address(&r->event),
		.size = wire_event_size(&r->event),
		.ring = r->ring,
		.function = r->irregular ? NULL : function_of(s, wire_event_trace(&r->event)),
	};

	if (end_block(s, block.address, &old))
		s->frees++;
	add_block(s, &block);
	s->figures.allocations++;
	s->figures.total += block.size;
	if (block.function) {
		block.function->figures.allocations++;
		block.function->figures.total += block.size;
	}
	if (s->figures.current > s->peak)
		s->peak = s->figures.current;
	s->last[r->ring] = block;
}

static void release(struct segment *s, const struct record *r)
{
	uint64_t address = wire_event_address(&r->event);
	struct block was;

	s->moved[r->ring].address = 0;
	if (!end_block(s, address, &was)) {
		s->unknown++;
		return;
	}
	s->frees++;
	s->temporary += s->last[r->ring].address == address;
	if (wire_event_kind(&r->event) == WIRE_REALLOC_RELEASE)
		s->moved[r->ring] = was;
}

static void restore(struct segment *s, const struct record *r)
{
	struct block *moved = &s->moved[r->ring];

	if (moved->address != wire_event_address(&r->event)) {
		s->nonsense += moved->address != 0;
		return;
	}
	add_block(s, moved);
	s->frees--;
	s->restored++;
	moved->address = 0;
}

static void apply(struct segment *s, const struct record *r)
{
	switch (wire_event_kind(&r->event)) {
	case WIRE_ACQUIRE:
	case WIRE_ACQUIRE_STACK:
		s->irregular += r->irregular;
		acquire(s, r);
		return;
	case WIRE_RELEASE:
	case WIRE_REALLOC_RELEASE:
		release(s, r);
		break;
	case WIRE_REALLOC_RESTORE:
		restore(s, r);
		break;
	case WIRE_THREAD_BEGIN:
		s->threads++;
		break;
	case WIRE_THREAD_END:
		s->ended++;
		break;
	case WIRE_CALL:
		s->calls++;
		break;
	case WIRE_FORK:
	case WIRE_FORKED:
		break;
	default:
		s->nonsense++;
	}
	s->last[r->ring].address = 0;
}

static int by_stamp(const void *a, const void *b)
{
	const struct record *r = a, *q = b;
	uint64_t x = wire_event_ticks(&r->event), y = wire_event_ticks(&q->event);

	if (x != y)
		return x < y ? -1 : 1;
	return r->order < q->order ? -1 : 1;
}

static void replay(struct segment *s)
{
	qsort(s->records + s->replayed, s->count - s->replayed, sizeof(*s->records), by_stamp);
	for (; s->replayed < s->count; s->replayed++)
		apply(s, &s->records[s->replayed]);
}

/* ---- draining ---------------------------------------------------------- */

static void keep(struct segment *s, struct record record)
{
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 1u << 16;
		s->records = realloc(s->records, s->room * sizeof(*s->records));
		if (!s->records)
			die("events");
	}
	record.order = s->count;
	s->records[s->count++] = record;
}

static void answer(struct segment *s, struct wire_ring *ring, const struct wire_call *call);

/* One record at `tail`; returns the slots it takes. */
static uint64_t take(struct segment *s, struct wire_ring *ring, uint32_t index, uint64_t tail)
{
	struct record record = {.event = ring->slot[tail % WIRE_RING_SLOTS], .ring = index};
	unsigned kind = wire_event_kind(&record.event);
	struct wire_call call = {0};
	uint64_t slots = 1;

	if (kind >= WIRE_EXTENDED) {
		/* Two slots hold all of the headers that are looked at. */
		char bytes[2 * sizeof(struct wire_event)];

		memcpy(bytes, &ring->slot[(tail + 1) % WIRE_RING_SLOTS], 24);
		memcpy(bytes + 24, &ring->slot[(tail + 2) % WIRE_RING_SLOTS], 24);
		memcpy(&call, bytes, sizeof(call));
		slots += wire_payload_slots(call.head.bytes);
		record.irregular = kind == WIRE_ACQUIRE_STACK;
	}
	keep(s, record);
	if (kind == WIRE_CALL)
		answer(s, ring, &call);
	return slots;
}

static bool drain_ring(struct segment *s, uint32_t index)
{
	struct wire_ring *ring = ring_of(s, index);
	uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
	uint64_t head = ring_peek(ring), tail = ring->tail, start = tail;

	if (options.lazy && !ring->room_wanted && state == WIRE_RING_CLAIMED)
		return false;
	if (options.discard)
		tail = head;
	while (tail < head)
		tail += take(s, ring, index, tail);
	if (tail != head)
		s->nonsense++;
	ring_release(ring, tail);
	if (atomic_exchange(&ring->room_wanted, 0))
		wake(&ring->room_wanted);
	if (state == WIRE_RING_RETIRED && tail == ring_peek(ring))
		atomic_store_explicit(&ring->state, WIRE_RING_FREE, memory_order_release);
	return tail != start;
}

static bool drain(struct segment *s)
{
	bool any = false;

	rings_ahead(s);
	for (uint32_t i = 0; i < s->control->rings && i < RINGS; i++)
		any |= drain_ring(s, i);
	s->control->reader_beat++;
	return any;
}

/* All that other threads published before is read too: a call is exact. */
static void answer(struct segment *s, struct wire_ring *ring, const struct wire_call *call)
{
	replay(s);
	ring->reply.status = 0;
	ring->reply.value[0] = call->head.detail == WIRE_CALL_MEMORY ? s->figures.current : s->calls;
	ring->reply.value[1] = s->peak;
	atomic_store_explicit(&ring->reply.sequence, call->sequence, memory_order_release);
	wake(&ring->reply.sequence);
}

/* ---- meeting ----------------------------------------------------------- */

static void welcome(int peer, uint32_t what, int fd)
{
	struct meet_welcome packet = {.magic = WIRE_MAGIC, .answer = what};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {.iov_base = &packet, .iov_len = sizeof(packet)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		*c = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
				      .cmsg_type = SCM_RIGHTS,
				      .cmsg_len = CMSG_LEN(sizeof(fd))};
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sendmsg(peer, &message, MSG_NOSIGNAL);
}

static void meet(int door)
{
	int peer = accept4(door, NULL, NULL, SOCK_CLOEXEC), fd;
	struct meet_hello hello;
	struct segment *s;

	if (peer < 0)
		return;
	if (recv(peer, &hello, sizeof(hello), 0) != sizeof(hello) || hello.magic != WIRE_MAGIC ||
	    hello.kind == MEET_FORK || segment_count == 64) {
		forks++;
		welcome(peer, MEET_DECLINE, -1);
		close(peer);
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s || !(s->blocks = calloc(HASH, sizeof(*s->blocks))))
		die("blocks");
	s->pid = hello.pid;
	read_symbols(s);
	fd = segment_make(s);
	segments[segment_count++] = s;
	welcome(peer, MEET_TRACE, fd);
	close(fd);
	close(peer);
}

static int open_door(char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (!mkdtemp(path))
		die("mkdtemp");
	strcat(path, "/meeting");
	strcpy(address.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 128) < 0)
		die(path);
	return fd;
}

/* ---- the run ----------------------------------------------------------- */

static pid_t launch(char *library, char **argv, const char *meeting)
{
	char full[PATH_MAX], preload[2 * PATH_MAX];
	const char *behind = getenv("FAKEMEM_BEHIND");
	pid_t pid = fork();

	if (pid)
		return pid;
	if (!realpath(library, full))
		die(library);
	snprintf(preload, sizeof(preload), "%s%s%s", full, behind ? ":" : "",
		 behind ? behind : "");
	setenv(ENV_PRELOAD, preload, 1);
	setenv(ENV_LIBRARY, full, 1);
	setenv(ENV_MEETING, meeting, 1);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static bool drain_all(void)
{
	bool any = false;

	for (unsigned i = 0; i < segment_count; i++) {
		struct segment *s = segments[i];

		if (options.die && s->control->rings &&
		    ring_peek(ring_of(s, 0)) >= WIRE_RING_SLOTS - WIRE_RING_ENDS - 1)
			s->control->owner |= WIRE_OWNER_DIED;
		if (options.die || options.stall)
			rings_ahead(s);
		else
			any |= drain(s);
	}
	return any;
}

static int follow(pid_t pid, int door)
{
	int status = 0;

	for (;;) {
		bool ended = waitpid(pid, &status, WNOHANG) == pid;
		struct pollfd p = {.fd = door, .events = POLLIN};
		bool any = drain_all();

		if (poll(&p, 1, any || ended || options.discard ? 0 : 1) == 1)
			meet(door);
		if (ended)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static void print(struct segment *s)
{
	const struct wire_control *c = s->control;
	const struct figures *f = &s->figures;
	uint64_t dropped = 0, lost = 0;

	options.lazy = false;
	drain(s);
	replay(s);
	for (unsigned kind = 0; kind < WIRE_LOSSES; kind++) {
		if (kind == WIRE_LOST_END)
			continue;
		lost += c->lost[kind];
		for (uint32_t i = 0; i < c->rings; i++)
			dropped += ring_of(s, i)->lost[kind];
	}
	printf("segment pid=%d current=%lu peak=%lu blocks=%lu allocations=%lu frees=%lu "
	       "total=%lu temporary=%lu restored=%lu unknown=%lu threads=%lu ended=%lu rings=%u "
	       "events=%lu dropped=%lu lost=%lu nested=%lu irregular=%lu calls=%lu "
	       "nonsense=%lu traces=%u private=%lu state=%u quiet=%u referee=%lu wrong=%lu\n",
	       s->pid, f->current, s->peak, f->blocks, f->allocations, s->frees, f->total,
	       s->temporary, s->restored, s->unknown, s->threads, s->ended, c->rings, s->count,
	       dropped, lost, c->nested, s->irregular, s->calls, s->nonsense, c->traces,
	       c->private_bytes, c->state, c->quiet, c->referee_stacks, c->referee_wrong);
	for (uint64_t i = 0; i < s->function_count; i++) {
		const struct figures *g = &s->functions[i].figures;

		if (g->allocations)
			printf("function %s current=%lu blocks=%lu allocations=%lu total=%lu\n",
			       s->functions[i].name, g->current, g->blocks, g->allocations,
			       g->total);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"--drop", &options.drop},   {"--lazy", &options.lazy},
		{"--stall", &options.stall}, {"--die", &options.die},
		{"--discard", &options.discard}, {"--referee", &options.referee},
	};
	char meeting[64] = "/tmp/fakemem.XXXXXX";
	int door, status, at = 1;

	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++)
		for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags); i++)
			if (strcmp(argv[at], flags[i].name) == 0)
				*flags[i].flag = true;
	if (argc - at < 2) {
		fputs("fakemem [--FLAG...] LIBRARY PROGRAM [ARG...]\n", stderr);
		return 2;
	}
	door = open_door(meeting);
	status = follow(launch(argv[at], argv + at + 1, meeting), door);
	unlink(meeting);
	*strrchr(meeting, '/') = '\0';
	rmdir(meeting);
	for (unsigned i = 0; i < segment_count; i++)
		print(segments[i]);
	if (forks)
		printf("declined %u\n", forks);
	return status;
}
