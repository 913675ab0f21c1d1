/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The frame is struct rt_sigframe of the kernel (arch/x86/include/asm/sigframe.h): the
 * address to return to, a ucontext, and the processor's extended state, which the
 * ucontext leads to.  glibc's ucontext_t has the kernel's layout as far as the signals'
 * mask.
 *
 * A thread that is interrupted in a system call has -ERESTART* in rax and the call's
 * number in orig_rax, by which the kernel decides, once the thread goes on, whether to
 * restart the call or to let it end with EINTR after a handler.  So these two are put
 * back as they were whenever we live to do it; the frame, for the other case, begins
 * the call anew.
 */
#include "tracer/collect/attach/borrow.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "tracer/ground/clock.h"

#define NAP 50000L                      /* ns between two looks */
#define STOPS 10.0                      /* seconds in which a thread must stop */
#define RED_ZONE 128u                   /* bytes below the stack pointer that are in use */
#define SYSTEM_STOP (SIGTRAP | 0x80)    /* PTRACE_O_TRACESYSGOOD */
#define DIRECTION_AND_TRAP UINT64_C(0x500)      /* of the flags: DF, TF */

/* The kernel's own; linux/errno.h hides them from programs. */
enum { RESTART_SYS = 512, RESTART_NO_INTR, RESTART_NO_HANDLER, RESTART_BLOCK = 516 };

/* Of asm/sigcontext.h, which can't be had beside libc's headers. */
struct xstate_words {
	uint32_t magic, extended;
	uint64_t features;
	uint32_t size;
};
#define XSTATE_WORDS_AT 464u
#define XSTATE_MAGIC 0x46505853u
#define XSTATE_MAGIC_END 0x46505845u
#define XSTATE_LEGACY 576u              /* FXSAVE area and header */
#define XSTATE_TILES (UINT64_C(3) << 17)        /* AMX: only who asked for it has room */

struct frame {
	uint64_t go_back;
	ucontext_t context;             /* the kernel reads as far as uc_sigmask's first word */
};

/* ---- waiting ----------------------------------------------------------- */

/* Until the thread stops: its status; 0: not in time; -1: it is gone. */
static int borrow_wait(int32_t tid, double patience)
{
	const struct timespec nap = { 0, NAP };
	double until = clock_seconds() + patience;
	int status = 0;

	for (;;) {
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got == tid)
			return WIFSTOPPED(status) ? status : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		if (clock_seconds() > until)
			return 0;
		nanosleep(&nap, NULL);
	}
}

static bool is_event(int status) { return status >> 16 != 0; }

static int set_registers(const struct borrow *b, const struct user_regs_struct *to)
{
	return ptrace(PTRACE_SETREGS, b->tid, NULL, to) == 0 ? 0 : -errno;
}

/* As it stands before the frame: what it does next is to return into it. */
static int stand_before_frame(const struct borrow *b)
{
	struct user_regs_struct to = b->was;

	to.rip = b->go_back;
	to.rsp = b->frame + sizeof(uint64_t);
	to.orig_rax = (unsigned long long)-1;
	return set_registers(b, &to);
}

/* ---- how a thread goes on ---------------------------------------------- */

/* These end with EINTR when a thread is merely stopped (signal(7)): each is begun anew,
 * unless a handler is to run. */
static bool ends_by_stop(long number)
{
	static const long numbers[] = {
		SYS_epoll_wait, SYS_epoll_pwait, 441 /* epoll_pwait2 */, SYS_semop,
		SYS_semtimedop, SYS_rt_sigtimedwait, SYS_msgrcv, SYS_msgsnd,
		SYS_io_getevents,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

long borrow_number(const struct borrow *b) { return (long)b->was.orig_rax; }

/* For the frame: the call as its own code would make it. */
static struct user_regs_struct begun_anew(const struct borrow *b)
{
	struct user_regs_struct to = b->was;
	long result = -(long)to.rax;

	if ((long)to.orig_rax >= 0 &&
	    (result == RESTART_SYS || result == RESTART_NO_INTR ||
	     result == RESTART_NO_HANDLER || result == RESTART_BLOCK)) {
		to.rax = to.orig_rax;
		to.rip -= 2;            /* the syscall instruction */
	}
	return to;
}

/* ---- the frame --------------------------------------------------------- */

/* Where the last state component of these features ends in the standard format (Intel
 * SDM 1, 13.4.3). */
static uint32_t xstate_size(uint64_t features)
{
	uint32_t size = XSTATE_LEGACY, bytes, at, c, d;

	for (unsigned i = 2; i < 63; i++) {
		if (!(features >> i & 1))
			continue;
		__cpuid_count(0xd, i, bytes, at, c, d);
		if (at + bytes > size)
			size = at + bytes;
	}
	(void)c;
	(void)d;
	return size;
}

static uint32_t mark_xstate(unsigned char xstate[BORROW_XSTATE + 64])
{
	struct xstate_words words = { .magic = XSTATE_MAGIC };
	const uint32_t end = XSTATE_MAGIC_END;

	/* The kernel tells there which features it saves. */
	memcpy(&words.features, xstate + XSTATE_WORDS_AT, sizeof(words.features));
	words.features &= ~XSTATE_TILES;
	words.size = xstate_size(words.features);
	if (words.size > BORROW_XSTATE)
		words.size = XSTATE_LEGACY;
	words.extended = words.size + (uint32_t)sizeof(end);
	memcpy(xstate + XSTATE_WORDS_AT, &words, sizeof(words));
	memcpy(xstate + words.size, &end, sizeof(end));
	return words.extended;
}

static struct frame make_frame(const struct borrow *b, uint64_t xstate_at)
{
	struct user_regs_struct r = begun_anew(b);
	struct frame frame = { .go_back = b->go_back };
	ucontext_t *c = &frame.context;
	const unsigned long long order[NGREG] = {
		r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp,
		r.rbx, r.rdx, r.rax, r.rcx, r.rsp, r.rip, r.eflags,
		r.cs | r.gs << 16 | r.fs << 32 | r.ss << 48, 0, 0, 0, 0,
	};

	for (int i = 0; i < NGREG; i++)
		c->uc_mcontext.gregs[i] = (greg_t)order[i];
	c->uc_flags = 7;                /* UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
	c->uc_stack.ss_flags = -1;      /* none: the signal stack stays as it is */
	c->uc_mcontext.fpregs = (fpregset_t)xstate_at;
	memcpy(&c->uc_sigmask, &b->mask, sizeof(b->mask));
	return frame;
}

/* Below what the thread's own stack holds. */
static int put_frame(struct borrow *b)
{
	static unsigned char xstate[BORROW_XSTATE + 64];
	uint32_t bytes;

	memcpy(xstate, b->xstate, b->xstate_bytes);
	bytes = mark_xstate(xstate);
	uint64_t at = (b->was.rsp - RED_ZONE - bytes) & ~UINT64_C(63);
	b->frame = (at - sizeof(struct frame)) & ~UINT64_C(15);
	struct frame frame = make_frame(b, at);

	return afar_write(b->afar, at, xstate, bytes) &&
	       afar_write(b->afar, b->frame, &frame, sizeof(frame)) ? 0 : -EFAULT;
}

/* ---- borrowing --------------------------------------------------------- */

bool borrow_prepare(struct borrow *b, const struct afar *afar)
{
	static const unsigned char call[] = { 0x0f, 0x05, 0xc3 };
	static const unsigned char back[9] = {
		0x48, 0xc7, 0xc0, SYS_rt_sigreturn, 0, 0, 0, 0x0f, 0x05
	};

	*b = (struct borrow){ .afar = afar };
	b->system_call = afar_find(afar, &afar->libc, call, sizeof(call));
	b->go_back = afar_find(afar, &afar->libc, back, sizeof(back));
	b->go_back_too = afar_find(afar, &afar->libpthread, back, sizeof(back));
	return b->system_call && b->go_back;
}

/* The code segment is one of the kernel's two for programs (asm/segment.h). */
bool borrow_is_frame(const struct borrow *b, uint64_t at, uint64_t word)
{
	struct frame frame;

	if (!word || (word != b->go_back && word != b->go_back_too))
		return false;
	if (!afar_read(b->afar, at, &frame, sizeof(frame)))
		return false;
	unsigned code = frame.context.uc_mcontext.gregs[REG_CSGSFS] & 0xffff;

	return code == 0x33 || code == 0x23;
}

static int borrow_read(struct borrow *b)
{
	struct iovec all = { b->xstate, sizeof(b->xstate) };

	if (ptrace(PTRACE_GETREGS, b->tid, NULL, &b->was) != 0 ||
	    ptrace(PTRACE_GETREGSET, b->tid, NT_X86_XSTATE, &all) != 0 ||
	    ptrace(PTRACE_GETSIGMASK, b->tid, sizeof(b->mask), &b->mask) != 0)
		return -errno;
	b->xstate_bytes = all.iov_len;
	return b->was.cs == 0x33 ? 0 : -ENOEXEC;        /* else it runs 32-bit code */
}

static int stop_and_read(struct borrow *b)
{
	int32_t tid = b->tid;
	int status, r;

	if (ptrace(PTRACE_SEIZE, tid, NULL, PTRACE_O_TRACESYSGOOD) != 0)
		return -errno;
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	status = borrow_wait(tid, STOPS);
	if (status <= 0)
		return status < 0 ? -ESRCH : -EAGAIN;
	/* A signal on its way to the program goes on, and so does a stop of its own. */
	if (!is_event(status) || WSTOPSIG(status) != SIGTRAP) {
		ptrace(PTRACE_DETACH, tid, NULL,
		       (void *)(intptr_t)(is_event(status) ? 0 : WSTOPSIG(status)));
		return -EAGAIN;
	}
	r = borrow_read(b);
	if (r < 0)
		ptrace(PTRACE_DETACH, tid, NULL, NULL);
	return r;
}

int borrow_stop(struct borrow *b, int32_t tid)
{
	int r;

	b->tid = tid;
	b->parked = b->gone = false;
	b->held = 0;
	b->hurry = hurry_begin();
	r = stop_and_read(b);
	if (r < 0)
		hurry_end(&b->hurry);
	return r;
}

int borrow_park(struct borrow *b)
{
	/* Faults are let through, as the kernel would end the program else. */
	uint64_t mask = ~(UINT64_C(1) << (SIGSEGV - 1) | UINT64_C(1) << (SIGBUS - 1) |
			  UINT64_C(1) << (SIGILL - 1) | UINT64_C(1) << (SIGFPE - 1) |
			  UINT64_C(1) << (SIGTRAP - 1));
	int r = put_frame(b);

	/* First the way back, then what has to be undone on it. */
	if (r == 0)
		r = stand_before_frame(b);
	if (r == 0)
		b->parked = true;
	if (r == 0 && ptrace(PTRACE_SETSIGMASK, b->tid, sizeof(mask), &mask) != 0)
		r = -errno;
	return r;
}

/* Whether the signal that is about to be delivered was sent by somebody: then it comes to the
 * thread later.  If the thread itself ends the program (abort), it would not go on. */
static bool borrow_hold(struct borrow *b, int number)
{
	siginfo_t info;

	if (number == SIGABRT || ptrace(PTRACE_GETSIGINFO, b->tid, NULL, &info) != 0 ||
	    info.si_code > 0)
		return false;
	b->held |= UINT64_C(1) << (number - 1);
	return true;
}

/* Goes on as far as the next system call's beginning or end.  0, or -errno. */
static int to_system_stop(struct borrow *b, struct user_regs_struct *r, double patience)
{
	for (;;) {
		if (ptrace(PTRACE_SYSCALL, b->tid, NULL, NULL) != 0)
			return -errno;
		int status = borrow_wait(b->tid, patience);

		if (status <= 0)
			return status < 0 ? -ESRCH : -ETIMEDOUT;
		if (!is_event(status) && WSTOPSIG(status) != SYSTEM_STOP &&
		    borrow_hold(b, WSTOPSIG(status)))
			continue;
		if (!is_event(status) && WSTOPSIG(status) != SYSTEM_STOP)
			return stand_before_frame(b) == 0 ? -EFAULT : -ESRCH;
		if (!is_event(status))
			return ptrace(PTRACE_GETREGS, b->tid, NULL, r) == 0 ? 0 : -errno;
	}
}

long borrow_call(struct borrow *b, long number, const uint64_t argument[6])
{
	struct user_regs_struct r = b->was;
	int error;

	if (b->gone)
		return -ESRCH;
	r.rip = b->system_call;
	r.rsp = b->frame;               /* "ret" leads to the way back */
	r.rax = (unsigned long long)number;
	r.orig_rax = (unsigned long long)-1;
	r.rdi = argument[0];
	r.rsi = argument[1];
	r.rdx = argument[2];
	r.r10 = argument[3];
	r.r8 = argument[4];
	r.r9 = argument[5];
	error = set_registers(b, &r);
	for (int i = 0; error == 0 && i < 2; i++)
		error = to_system_stop(b, &r, STOPS);
	return error ? error : (long)r.rax;
}

/* ---- running code ------------------------------------------------------ */

static bool is_done(const struct borrow *b, const struct borrow_errand *errand)
{
	uint64_t done = 0;

	return afar_read(b->afar, errand->done, &done, sizeof(done)) && done;
}

/* The processor faulted.  0: it goes on elsewhere; or -errno, and it is put back. */
static int after_fault(const struct borrow *b, const struct borrow_errand *errand)
{
	struct user_regs_struct r;
	uint64_t to = 0;

	if (errand->rescue && ptrace(PTRACE_GETREGS, b->tid, NULL, &r) == 0)
		to = errand->rescue(errand->user, r.rip);
	if (!to)
		return stand_before_frame(b) == 0 ? -EFAULT : -ESRCH;
	r.rip = to;
	r.rsp = ((r.rsp - RED_ZONE) & ~UINT64_C(15)) - 8;       /* as behind a call */
	r.rdi = r.rdx = 0;
	r.rsi = errand->with;
	r.eflags &= ~DIRECTION_AND_TRAP;
	r.orig_rax = (unsigned long long)-1;
	return set_registers(b, &r);
}

/* Until it says that it is done. */
static int wait_for_errand(struct borrow *b, const struct borrow_errand *errand, double until)
{
	while (!is_done(b, errand)) {
		int status = borrow_wait(b->tid, 1e-4);

		if (status < 0)
			return -ESRCH;
		bool faulted = status && !is_event(status) && !borrow_hold(b, WSTOPSIG(status));
		int error = faulted ? after_fault(b, errand) : 0;

		if (error)
			return error;
		if (status && ptrace(PTRACE_CONT, b->tid, NULL, NULL) != 0)
			return -errno;
		if (clock_seconds() > until)
			return -ETIMEDOUT;
	}
	return 0;
}

/* It waits in our code; if we came too late it has gone back. */
static int borrow_back(struct borrow *b, const struct borrow_errand *errand)
{
	struct user_regs_struct r;

	if (!borrow_halt(b) || ptrace(PTRACE_GETREGS, b->tid, NULL, &r) != 0)
		return -ESRCH;
	b->gone = r.rip < errand->code || r.rip >= errand->end;
	return b->gone ? -ESRCH : 0;
}

int borrow_run(struct borrow *b, const struct borrow_errand *errand, uint64_t patience_ns)
{
	struct user_regs_struct r = b->was;
	struct frame frame;
	uint64_t at = (errand->top - sizeof(frame)) & ~UINT64_C(15);

	/* The same frame, where the code will find it: its processor's state lies
	 * there. */
	if (!afar_read(b->afar, b->frame, &frame, sizeof(frame)) ||
	    !afar_write(b->afar, at, &frame, sizeof(frame)))
		return -EFAULT;
	r.rip = errand->code;
	r.rsp = at;
	r.rbx = errand->data;
	r.rbp = 0;
	r.eflags &= ~DIRECTION_AND_TRAP;
	r.orig_rax = (unsigned long long)-1;
	int error = set_registers(b, &r);

	return error ? error : borrow_resume(b, errand, patience_ns);
}

int borrow_resume(struct borrow *b, const struct borrow_errand *errand, uint64_t patience_ns)
{
	double until = clock_seconds() + (double)patience_ns / 1e9;

	if (ptrace(PTRACE_CONT, b->tid, NULL, NULL) != 0)
		return -errno;
	int error = wait_for_errand(b, errand, until);

	return error ? error : borrow_back(b, errand);
}

bool borrow_stands(const struct borrow *b, long *number, uint64_t *first)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, b->tid, NULL, &r) != 0)
		return false;
	*number = (long)r.orig_rax;
	*first = r.rdi;
	return true;
}

/* ---- giving back ------------------------------------------------------- */

bool borrow_halt(struct borrow *b)
{
	ptrace(PTRACE_INTERRUPT, b->tid, NULL, NULL);
	return borrow_wait(b->tid, STOPS) > 0;
}

static void borrow_leave(const struct borrow *b)
{
	for (int number = 1; number <= 64; number++)
		if (b->held >> (number - 1) & 1)
			syscall(SYS_tgkill, b->afar->pid, b->tid, number);
	ptrace(PTRACE_DETACH, b->tid, NULL, NULL);
}

/* It is still at what we had it do: it goes on with that, and then finds back. */
static void leave_running(struct borrow *b)
{
	if (borrow_halt(b))
		borrow_leave(b);
}

/* To a stop where the kernel looks at a system call's number and result again. */
static bool to_event(struct borrow *b)
{
	int status = 0;

	if (stand_before_frame(b) != 0)
		return false;
	ptrace(PTRACE_INTERRUPT, b->tid, NULL, NULL);
	do {
		if (ptrace(PTRACE_CONT, b->tid, NULL, NULL) != 0)
			return false;
		status = borrow_wait(b->tid, STOPS);
	} while (status > 0 && !is_event(status));
	return status > 0;
}

static void borrow_give_back(struct borrow *b)
{
	struct iovec all = { b->xstate, b->xstate_bytes };
	struct user_regs_struct back = b->was;
	struct user_regs_struct now;

	if (b->gone) {
		borrow_leave(b);
		return;
	}
	if (ptrace(PTRACE_GETREGS, b->tid, NULL, &now) != 0) {
		leave_running(b);
		return;
	}
	if (b->parked && !to_event(b))
		return;
	if ((long)back.orig_rax >= 0 && (long)back.rax == -EINTR &&
	    ends_by_stop((long)back.orig_rax))
		back.rax = (unsigned long long)-RESTART_NO_HANDLER;
	if (b->parked) {
		ptrace(PTRACE_SETREGSET, b->tid, NT_X86_XSTATE, &all);
		ptrace(PTRACE_SETSIGMASK, b->tid, sizeof(b->mask), &b->mask);
	}
	set_registers(b, &back);
	borrow_leave(b);
}

void borrow_end(struct borrow *b)
{
	borrow_give_back(b);
	hurry_end(&b->hurry);
}
