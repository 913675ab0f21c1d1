/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_WIRE_H
#define TRACER_WIRE_WIRE_H
/*
 * The segment: one sealed memfd a traced image (a process from exec to exec),
 * written by libmemtop.so inside it, read by memtop outside it.
 *
 *	control page | modules | blobs | sites | traces | rings
 *
 * Each region stands at a fixed file offset and is sparse.  memtop allocates
 * pages ahead and publishes how far in control.ready[region]; the tracer
 * touches nothing beyond.  Tables are append-only: an entry that an event
 * names was published (release store of the ring's head) before the event.
 * memtop trusts nothing that it reads here: each index is checked.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/machine/machine.h"

#define WIRE_MAGIC UINT64_C(0x31706f746d656d00)
#define WIRE_VERSION 5u

enum wire_region {
	WIRE_MODULES,                   /* struct wire_module */
	WIRE_BLOBS,                     /* bytes: module paths, Python's names */
	WIRE_SITES,                     /* uint64_t, see wire_site() */
	WIRE_TRACES,                    /* uint64_t, see wire_node() */
	WIRE_RINGS,                     /* struct wire_ring, WIRE_RING_BYTES apart */
	WIRE_REGIONS
};

/* What the tracer does with events.  memtop writes it; the tracer itself may only change
 * it to WIRE_DEAD. PAUSED: the program asked for it, and may resume.  DETACHED: memtop
 * leaves, and no longer reads the segment. */
enum wire_state { WIRE_ON, WIRE_STOPPED, WIRE_DEAD, WIRE_PAUSED, WIRE_DETACHED };

enum wire_full { WIRE_BLOCK, WIRE_DROP };

/* Events that were not recorded.  END counts those FREEs of recorded blocks whose end has
 * not been reported yet. */
enum wire_loss { WIRE_LOST_ALLOCATION, WIRE_LOST_FREE, WIRE_LOST_END, WIRE_LOST_OTHER, WIRE_LOSSES };
/* COUNT: stamps are a count of events, used where no clock may be read. */
enum wire_clock { WIRE_CLOCK_TSC, WIRE_CLOCK_MONOTONIC, WIRE_CLOCK_COUNT };

#define WIRE_OWNER_DIED UINT32_C(0x40000000)    /* = FUTEX_OWNER_DIED */

struct wire_control {
	/* Written by memtop before the tracer sees the segment. */
	uint64_t magic;
	uint32_t version;
	uint32_t on_full;               /* enum wire_full */
	uint64_t offset[WIRE_REGIONS];  /* file offset of each region, page aligned */
	uint64_t limit[WIRE_REGIONS];   /* bytes each region may ever have */
	uint32_t nframe;                /* how many of the newest frames views show */
	uint32_t max_traces;            /* entries of the trace table */
	uint32_t referee;               /* 1: tests, compare each stack with libunwind's */
	uint32_t python;                /* enum wire_python_mode (python.h) */
	uint32_t python_nframe;         /* nframe where there is Python */
	uint32_t maps;                  /* 1: --mmap, the program's own mappings too */
	uint64_t image;                 /* its number in this run; a forked child names it */
	uint64_t sample;                /* one mark in so many bytes (--sample); 0: every block */
	uint64_t sample_seed;
	uint32_t look_at_end;           /* 1: memtop looks at the heap at the end */

	/* Written by memtop at any time. */
	_Alignas(64) _Atomic uint64_t ready[WIRE_REGIONS]; /* bytes that may be touched */
	_Atomic uint32_t ready_seq;     /* futex: bumped and woken when ready[] grows */
	_Atomic uint32_t state;         /* enum wire_state */
	_Atomic uint32_t owner;         /* robust futex: memtop's tid; WIRE_OWNER_DIED */

	/* Also written by memtop, in each round of the reader: on another cache line than
	 * `state`, which each event reads. */
	_Alignas(64) _Atomic uint32_t reader_asleep; /* futex: 1 while the reader sleeps */
	_Atomic uint32_t reader_beat;   /* bumped in each round of the reader */

	/* Written by the tracer. */
	_Alignas(64) _Atomic uint32_t modules;  /* entries reserved; [0] is reserved */
	_Atomic uint32_t sites;         /* entries reserved; [0] is reserved */
	_Atomic uint32_t traces;        /* entries reserved; [0] is the root */
	_Atomic uint32_t rings;         /* rings ever claimed (a high-water mark) */
	_Atomic uint64_t blobs;         /* bytes reserved */
	_Atomic uint64_t lost[WIRE_LOSSES]; /* events that no ring counted */
	_Atomic uint64_t truncated;     /* stacks that found no room in the full table */
	_Atomic uint64_t nested;        /* made inside another hook, which owns them */
	_Atomic uint32_t stamp_clock;   /* enum wire_clock */
	_Atomic uint32_t leaving;       /* the pid that is in exec now, as it sees itself; 0: none */
	_Atomic uint64_t stamp_base;    /* the clock at the start of all stamps */
	_Atomic uint64_t stamp_count;   /* WIRE_CLOCK_COUNT: the newest stamp */
	_Atomic uint32_t quiet;         /* enum wire_quiet */
	_Atomic uint64_t stamp_hz;      /* ticks a second, 0 unknown (memtop measures) */
	_Atomic uint64_t private_bytes; /* what the tracer mapped privately */
	_Atomic uint64_t referee_stacks, referee_wrong; /* tests: compared, different */
	_Atomic uint64_t irregular;     /* stacks sent as registers and bytes */
	_Atomic uint32_t domains[16];   /* the program's own, from WIRE_USER on; 0: free */
	_Atomic uint32_t python_version; /* major << 8 | minor; 0: no Python met */
	_Atomic uint32_t python_state;  /* enum wire_python_state */
	_Atomic uint64_t before;        /* bytes + 1 allocated before the hello; 0: not known */
	_Atomic uint32_t older;         /* 1: the program ran before the hello */
	_Atomic uint64_t cow;           /* address of cow.h's code in the program */
	_Atomic uint64_t own;           /* address of its list of own memory: own.h */
	char unseen[64];                /* first library not traced; byte 0 comes last */
};
_Static_assert(sizeof(struct wire_control) <= 4096, "the control page is one page");

/*
 * A module: the mappings of one file.  If the same file (path and build-id) is loaded
 * again, it keeps its index whatever its address, so that stacks through it stay the same
 * traces.
 */
struct wire_module {
	uint64_t start, end;            /* addresses of its first mapping */
	uint64_t bias;                  /* address - bias = the ELF file's p_vaddr */
	uint64_t path;                  /* offset in WIRE_BLOBS, not terminated */
	uint32_t path_length;
	uint8_t build_id_length;        /* 0: none */
	uint8_t build_id[20];
	uint8_t reserved[3];
	_Atomic uint32_t published;     /* 1 when the entry is whole */
};
_Static_assert(sizeof(struct wire_module) == 64, "one cache line a module");

/*
 * A site: a place in a module.  `offset` is the address used for look-up (return address
 * - 1, or the interrupted pc itself) minus the module's bias.  In module 0 there is no
 * module (JIT code), and the offset is the address itself.
 */
#define WIRE_MODULE_NONE 0u
#define WIRE_MODULE_LAST 65534u
#define WIRE_MODULE_PYTHON 65535u       /* see python.h */
static inline uint64_t wire_site(uint32_t module, uint64_t offset)
{
	return (uint64_t)module << 48 | (offset & ((UINT64_C(1) << 48) - 1));
}
static inline uint32_t wire_site_module(uint64_t site) { return (uint32_t)(site >> 48); }
static inline uint64_t wire_site_offset(uint64_t site)
{
	return site & ((UINT64_C(1) << 48) - 1);
}

/*
 * A node of the trace tree: its caller's node and its own site.  Node 0 is the root, of
 * which the nodes of the oldest frames are children.  One store publishes an entry; an
 * entry that is 0 was never written.
 */
#define WIRE_TRACE_ROOT 0u
#define WIRE_SITE_NONE 0u
#define WIRE_SITE_FIRST 8u

/*
 * Why a stack ends before its root, as sites that stand for no code.  The oldest node of
 * such a stack, a child of the root, has one of these sites; the oldest node of a
 * complete stack has the site of its frame.
 */
enum wire_cut {
	WIRE_CUT_NFRAME = 1,            /* deeper than the tracer follows */
	WIRE_CUT_NO_RULES,              /* code of a module without unwind information for it */
	WIRE_CUT_JIT,                   /* code in no module: made at run time */
	WIRE_CUT_COROUTINE,             /* another stack than the thread's ends here */
	WIRE_CUT_UNREADABLE,            /* it is no stack, or it can't be read */
	WIRE_CUT_FILTER,                /* a seccomp filter forbids to look further */
	WIRE_CUT_FULL,                  /* memtop's alone: see WIRE_TRACE_FULL */
	WIRE_CUTS
};
_Static_assert(WIRE_CUTS <= WIRE_SITE_FIRST, "sites that are no code come first");

/* Set in an event's trace if there was no room for the newest frames, so that the trace
 * is that of the older ones. */
#define WIRE_TRACE_FULL UINT32_C(0x80000000)
static inline uint64_t wire_node(uint32_t parent, uint32_t site)
{
	return (uint64_t)parent << 32 | site;
}
static inline uint32_t wire_node_parent(uint64_t node) { return (uint32_t)(node >> 32); }
static inline uint32_t wire_node_site(uint64_t node) { return (uint32_t)node; }

/*
 * Events: 24 bytes.  Kinds from WIRE_EXTENDED on are followed by a payload
 * that begins in the next slot with a struct wire_payload.
 */
enum wire_kind {
	WIRE_NOTHING,
	WIRE_ACQUIRE,                   /* address, size, trace: a block was allocated */
	WIRE_RELEASE,                   /* address: freed; size: by whom, see below */
	WIRE_REALLOC_RELEASE,           /* address: ended if the realloc succeeds; size: same */
					/* who: the return address; WIRE_BY_...; with
					 * --sample 1 for a temporary block, else 0 */
	WIRE_REALLOC_RESTORE,           /* address: the realloc failed, the block is back */
					/* WIRE_MMAP's RELEASE has a size, and RESTORE
					 * undoes the ring's last one */
	WIRE_FORK,                      /* address: a number; the process forks now ... */
	WIRE_FORKED,                    /* ... address: it, size: the child's pid, 0: none */
	WIRE_AGAIN,                     /* address, trace: it begins anew, same size */
	WIRE_EXTENDED = 8,
	WIRE_ACQUIRE_STACK = 8,         /* as ACQUIRE; payload: struct wire_stack */
	WIRE_THREAD_BEGIN,              /* payload: struct wire_thread; first record of a thread */
	WIRE_THREAD_END,                /* payload: struct wire_thread; last record of a thread */
	WIRE_CALL,                      /* payload: struct wire_call; answered in ring.reply */
	WIRE_KINDS                      /* at most 16: four bits */
};

/* 0..15 fit in an event; from WIRE_USER on they are places in control.domains. */
enum wire_domain { WIRE_MALLOC, WIRE_PYTHON, WIRE_MMAP, WIRE_USER, WIRE_DOMAINS = 16 };
#define WIRE_DOMAIN_FIRST 16u           /* the program's own domains: 16..65535 */

/* Who freed a block: not known; or an allocator inside another hook, to which the block
 * may belong. */
enum { WIRE_BY_NOBODY, WIRE_BY_ALLOCATOR };

struct wire_event {
	uint64_t stamp;                 /* ticks since stamp_base << 8 | domain << 4 |
					 * kind; while only one thread has events, the
					 * ticks are not read from the clock, but a count
					 * that lags behind it */
	uint64_t address;               /* address << 16 | trace's low half */
	uint64_t size;                  /* bytes << 16 | trace's high half */
};
_Static_assert(sizeof(struct wire_event) == 24, "half of a program's events are read from memory");

static inline struct wire_event wire_event_make(enum wire_kind kind, enum wire_domain domain,
						uint64_t ticks, uint64_t address, uint64_t size,
						uint32_t trace)
{
	return (struct wire_event){
		.stamp = ticks << 8 | (uint64_t)domain << 4 | (uint64_t)kind,
		.address = address << 16 | (trace & 0xffff),
		.size = size << 16 | trace >> 16,
	};
}
static inline unsigned wire_event_kind(const struct wire_event *e) { return e->stamp & 15; }
static inline unsigned wire_event_domain(const struct wire_event *e) { return e->stamp >> 4 & 15; }
static inline uint64_t wire_event_ticks(const struct wire_event *e) { return e->stamp >> 8; }
static inline uint64_t wire_event_address(const struct wire_event *e) { return e->address >> 16; }
static inline uint64_t wire_event_size(const struct wire_event *e) { return e->size >> 16; }
static inline uint32_t wire_event_trace(const struct wire_event *e)
{
	return (uint32_t)((e->size & 0xffff) << 16 | (e->address & 0xffff));
}

static inline void wire_event_set_trace(struct wire_event *e, uint32_t trace)
{
	e->address = (e->address & ~UINT64_C(0xffff)) | (trace & 0xffff);
	e->size = (e->size & ~UINT64_C(0xffff)) | trace >> 16;
}

struct wire_payload {
	uint32_t bytes;                 /* of the payload, this header included */
	uint32_t detail;                /* by kind */
};

/* The slots that a payload of this many bytes takes, after the slot of its event. */
static inline uint32_t wire_payload_slots(uint32_t bytes)
{
	return (bytes + (uint32_t)sizeof(struct wire_event) - 1) / (uint32_t)sizeof(struct wire_event);
}

#define WIRE_STACK_MAX 32768u           /* stack bytes copied at most */

/*
 * An irregular stack: registers at a point inside libmemtop.so and the stack
 * from regs[MACHINE_REG_SP] up.  `skip` frames from the newest are libmemtop's own: those
 * whose pc lies in [own_start, own_end) are dropped after unwinding.
 */
struct wire_stack {
	struct wire_payload head;       /* detail: stack bytes that follow */
	uint64_t own_start, own_end;    /* libmemtop.so's text */
	uint64_t regs[MACHINE_REGS];
	/* stack bytes */
};

struct wire_thread {
	struct wire_payload head;
	int32_t tid;                    /* as the thread itself sees it */
	uint32_t reserved;
	char name[16];                  /* comm, NUL padded */
};

#endif
