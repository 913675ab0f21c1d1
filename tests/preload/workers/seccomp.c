/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs that set a seccomp filter which kills for nearly all system calls, and go on
 * allocating.  What they were asked for before is one block of each kind; what they do
 * afterwards is code that nobody has seen yet.  Statuses and output are the same with
 * memtop and without.
 *
 *	seccomp MODE: what may still be called is in the table at the end
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/preload/workers/expect.h"

#define LIST_MAX 48
#define CROWD 300

static struct tally before = {.name = "block_before"}, after = {.name = "block_after"},
		    other = {.name = "block_of_thread"};
static void *kept[64];
static char **arguments;

/* ---- filters ----------------------------------------------------------- */

static unsigned fill(struct sock_filter *program, const int *allowed, uint32_t otherwise)
{
	unsigned n = 0;

	program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    offsetof(struct seccomp_data, nr));
	for (; *allowed >= 0; allowed++) {
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    (uint32_t)*allowed, 0, 1);
		program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
	return n;
}

/* All but `allowed` ends the process. */
static void allow(const int *allowed, unsigned flags, int by_prctl)
{
	struct sock_filter program[2 * LIST_MAX + 2];
	struct sock_fprog filter = {.filter = program};

	filter.len = (unsigned short)fill(program, allowed, SECCOMP_RET_KILL_PROCESS);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (by_prctl)
		MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
	else
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0);
}

static const int nothing[] = {SYS_write, SYS_exit_group, -1};
static const int mallocs[] = {SYS_write, SYS_exit_group, SYS_exit, SYS_rt_sigreturn, SYS_brk,
			      SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect, -1};
static const int threads[] = {SYS_write, SYS_exit_group, SYS_exit, SYS_rt_sigreturn, SYS_brk,
			      SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect,
			      SYS_clone3, SYS_clone, SYS_set_robust_list, SYS_rseq, SYS_futex,
			      SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_openat, SYS_read,
			      SYS_close, SYS_newfstatat, SYS_sched_getaffinity, -1};
static const int forks[] = {SYS_write, SYS_exit_group, SYS_clone, SYS_clone3, SYS_wait4,
			    SYS_set_robust_list, SYS_rt_sigprocmask, SYS_brk, SYS_mmap, SYS_munmap,
			    SYS_mremap, -1};
/* What a new program needs, and a new library, but no socket. */
static const int execs[] = {SYS_write, SYS_exit_group, SYS_execve, SYS_brk, SYS_mmap, SYS_munmap,
			    SYS_mprotect, SYS_openat, SYS_read, SYS_pread64, SYS_close, SYS_fstat,
			    SYS_newfstatat, SYS_access, SYS_arch_prctl, SYS_set_tid_address,
			    SYS_set_robust_list, SYS_rseq, SYS_prlimit64, SYS_getrandom,
			    SYS_mremap, SYS_madvise, SYS_wait4, SYS_clone3, SYS_clone, SYS_vfork,
			    SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_getcwd, SYS_futex, -1};

/* ---- blocks ------------------------------------------------------------ */

OWN static void *block_before(size_t size)
{
	void *p = malloc(size);

	tally_add(&before, size);
	KEEP(p);
	return p;
}

OWN static void *block_after(size_t size)
{
	void *p = malloc(size);

	tally_add(&after, size);
	KEEP(p);
	return p;
}

OWN static void *block_of_thread(size_t size)
{
	void *p = malloc(size);

	tally_add(&other, size);
	KEEP(p);
	return p;
}

/* A call of its own for each depth: nobody has seen these return addresses. */
OWN static void deeper(unsigned depth, unsigned i)
{
	if (depth & 1)
		deeper(depth - 1, i);
	else if (depth)
		deeper(depth - 1, i);
	else
		kept[i] = block_after(100 + i);
	KEEP(i);
}

/* malloc needs no system call for a while. */
static void preallocate(void)
{
	void *p;

	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	p = malloc(48 << 20);
	KEEP(p);
	free(p);
}

static void go_on(void)
{
	for (unsigned i = 0; i < 32; i++)
		deeper(i, i);
	kept[0] = realloc(kept[0], 4000);
	KEEP(kept[0]);
	for (unsigned i = 1; i < 32; i += 2) {
		tally_end(&after, 100 + i);
		free(kept[i]);
	}
	tally_end(&after, 100);         /* what realloc made of it is this function's */
}

static void begin(void)
{
	static char buffer[4096];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 0; i < 10; i++)
		kept[32 + i] = block_before(1000);
}

static void end(void)
{
	tally_print(&before);
	tally_print(&after);
}

/* ---- the modes --------------------------------------------------------- */

static void strict(void)
{
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
	go_on();
	end();
	syscall(SYS_exit, 0);
}

static void alone(void)
{
	allow(nothing, 0, 1);
	go_on();
}

static void with_malloc(void)
{
	allow(mallocs, 0, 0);
	go_on();
	free(realloc(block_after(8 << 20), 16 << 20));
	tally_end(&after, 8 << 20);
}

/* Many more events than a ring holds, one after the other. */
static void heavy(void)
{
	static void *many[4096];

	allow(nothing, 0, 0);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned at = i % 4096;

		if (many[at]) {
			tally_end(&after, 64);
			free(many[at]);
		}
		many[at] = block_after(64);
	}
}

static volatile int stage;
static volatile unsigned done;

OWN static void thread_deeper(unsigned depth)
{
	if (depth)
		thread_deeper(depth - 1);
	else
		free(block_of_thread(50));
	KEEP(depth);
}

/* Sees no futex: the filter forbids it. */
static void *wait_and_allocate(void *argument)
{
	unsigned self = (unsigned)(size_t)argument;

	if (self % 2)
		free(malloc(10));
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	while (!stage)
		__builtin_ia32_pause();
	for (unsigned i = 0; i < 1000; i++) {
		thread_deeper(i % 40);
		tally_end(&other, 50);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	while (1)
		__builtin_ia32_pause();
	return NULL;
}

static void tsync(void)
{
	pthread_t thread[4];

	for (size_t i = 0; i < 4; i++)
		MUST(pthread_create(&thread[i], NULL, wait_and_allocate, (void *)i) == 0);
	while (done < 4)
		__builtin_ia32_pause();
	allow(mallocs, SECCOMP_FILTER_FLAG_TSYNC, 0);
	stage = 1;
	go_on();
	while (done < 8)
		__builtin_ia32_pause();
	tally_print(&other);
}

static void *allocate(void *argument)
{
	(void)argument;
	thread_deeper(20);
	tally_end(&other, 50);
	return NULL;
}

/* Threads that begin under the filter: more one after the other than are mapped for. */
static void new_threads(void)
{
	pthread_t thread;

	allow(threads, 0, 0);
	for (int i = 0; i < 200; i++) {
		MUST(pthread_create(&thread, NULL, allocate, NULL) == 0);
		MUST(pthread_join(thread, NULL) == 0);
	}
	go_on();
	tally_print(&other);
}

static void forking(void)
{
	int status;
	pid_t child;

	allow(forks, 0, 0);
	child = fork();
	if (!child) {
		go_on();
		_exit(7);
	}
	MUST(waitpid(child, &status, 0) == child && WIFEXITED(status));
	MUST(WEXITSTATUS(status) == 7);
	go_on();
}

static void executing(void)
{
	char *argv[] = {arguments[0], "child", NULL};

	allow(execs, 0, 0);
	execv("/proc/self/exe", argv);
}

/* Both ways by which a program starts another without a fork. */
static void spawning(void)
{
	char *argv[] = {arguments[0], "child", NULL};
	char *const none[] = {NULL};
	int status;
	pid_t child;

	allow(execs, 0, 0);
	MUST(posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, none) == 0);
	MUST(waitpid(child, &status, 0) == child && status == 0);
	child = vfork();
	if (!child) {
		execv("/proc/self/exe", argv);
		_exit(9);
	}
	MUST(waitpid(child, &status, 0) == child && status == 0);
	go_on();
}

static pthread_barrier_t all_here;

static void *allocate_together(void *argument)
{
	free(block_of_thread(50));
	tally_end(&other, 50);
	pthread_barrier_wait(&all_here);
	for (unsigned i = 0; i < 20; i++) {
		thread_deeper(i);
		tally_end(&other, 50);
	}
	return argument;
}

/* More at once than there are rings for: what the last ones do is lost, and counted. */
static void crowd(void)
{
	static pthread_t thread[CROWD];

	pthread_barrier_init(&all_here, NULL, CROWD + 1);
	allow(threads, 0, 0);
	for (size_t i = 0; i < CROWD; i++)
		MUST(pthread_create(&thread[i], NULL, allocate_together, NULL) == 0);
	pthread_barrier_wait(&all_here);
	for (size_t i = 0; i < CROWD; i++)
		MUST(pthread_join(thread[i], NULL) == 0);
	go_on();
	tally_print(&other);
}

/* Code that comes later. */
static void library(void)
{
	char path[4096];
	void *(*from_library)(size_t size);
	void *handle;

	snprintf(path, sizeof(path), "%.*s/plugin_two.so",
		 (int)(strrchr(arguments[0], '/') - arguments[0]), arguments[0]);
	allow(execs, 0, 0);
	handle = dlopen(path, RTLD_NOW);
	MUST(handle);
	from_library = (void *(*)(size_t))dlsym(handle, "plugin_block");
	MUST(from_library);
	kept[41] = from_library(123);
	go_on();
	MUST(dlclose(handle) == 0);
	kept[42] = block_after(5);
}

static jmp_buf back;

static void handler(int number)
{
	(void)number;
	kept[40] = block_after(77);
	free(realloc(block_after(78), 79));
	tally_end(&after, 78);
	longjmp(back, 1);
}

/* (raise would be a system call.)  The handler is left by a longjmp. */
static void with_handler(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER};

	MUST(sigaction(SIGFPE, &action, NULL) == 0);
	allow(mallocs, 0, 0);
	for (volatile int i = 0; i < 3; i++)
		if (!setjmp(back))
			__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : : : "eax", "ecx", "edx");
	go_on();
}

/* Calls that fail change nothing; a filter that lets the tracer's calls pass neither. */
static void lenient(void)
{
	struct sock_filter bad = BPF_STMT(BPF_RET | BPF_K, 0), program[8];
	struct sock_fprog filter = {.len = 0, .filter = &bad};
	static const int few[] = {SYS_ptrace, SYS_keyctl, -1};
	pthread_t thread;
	unsigned n;

	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 16) == -1 && errno == EFAULT);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == -1 && errno == EINVAL);
	filter.len = 1;
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x10000, &filter) == -1 &&
	     errno == EINVAL);
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == -1 && errno == EINVAL);
	MUST(prctl(PR_GET_SECCOMP) == 0);
	n = fill(program, few, 0);
	for (unsigned i = 0; i < n; i++)
		if (program[i].code == (BPF_RET | BPF_K))
			program[i].k = i + 1 < n ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
	filter = (struct sock_fprog){.len = (unsigned short)n, .filter = program};
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
	MUST(pthread_create(&thread, NULL, allocate, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	go_on();
	tally_print(&other);
}

/* No filter, but no clock either. */
static void clockless(void)
{
	MUST(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
	go_on();
}

static void child(void)
{
	go_on();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{"strict", strict}, {"alone", alone}, {"malloc", with_malloc}, {"heavy", heavy},
		{"tsync", tsync}, {"threads", new_threads}, {"fork", forking},
		{"crowd", crowd}, {"library", library}, {"exec", executing},
		{"spawn", spawning}, {"handler", with_handler}, {"lenient", lenient},
		{"clockless", clockless}, {"child", child},
	};

	arguments = argv;
	preallocate();
	begin();
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (argc > 1 && !strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			end();
			return 0;
		}
	return 2;
}
