/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The door with a keeper, images and callers of ctl that the test plays itself.  What
 * the door calls is written down letter by letter: S the target started, H a hello,
 * C a line of ctl, O output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/run/door.h"
#include "tracer/wire/wire.h"

struct play {
	struct scratch scratch;
	struct keeper keeper;
	struct door *door;
	int socket;                     /* the keeper's end */
	int tty;                        /* writes what the door reads as the pty's output */
	int segment, ends;
	char heard[64];
	_Atomic unsigned length;
	int taken;                      /* "mine": the test answers */
	sem_t held, go;                 /* "hold": the door waits in ctl */
	sem_t news;                     /* one for each letter */
};

static void hear(struct play *play, char letter)
{
	unsigned at = atomic_load(&play->length);

	if (at + 1 < sizeof(play->heard))
		play->heard[at] = letter;
	atomic_store(&play->length, at + 1);
	sem_post(&play->news);
}

static int on_hello(void *user, const struct meet_hello *hello, int32_t pid)
{
	struct play *play = user;

	hear(play, 'H');
	return pid == getpid() && hello->kind == MEET_EXEC ? play->segment : -1;
}

static void on_unheard(void *user, int32_t pid, bool closed)
{
	hear(user, pid != getpid() ? '?' : closed ? 'c' : 'u');
}

static int on_ctl(void *user, const char *line, int fd, char *answer, size_t size)
{
	struct play *play = user;

	hear(play, 'C');
	if (strcmp(line, "hold") == 0) {
		sem_post(&play->held);
		while (sem_wait(&play->go) != 0 && errno == EINTR)
			;
	}
	if (strcmp(line, "mine") == 0) {
		play->taken = fd;
		return DOOR_TAKEN;
	}
	snprintf(answer, size, "you said %zu", strlen(line));
	return strcmp(line, "stop") == 0 ? DOOR_LATER : line[0] == 'n' ? -1 : 0;
}

static void on_news(void *user, const struct keeper_message *message)
{
	hear(user, message->news == KEEPER_STARTED ? 'S' :
		   message->news == KEEPER_ENDED ? 'E' :
		   message->news == KEEPER_GONE ? 'G' : '?');
}

static void on_output(void *user, const char *bytes, size_t length)
{
	if (length && bytes[length - 1] == '\n')
		hear(user, 'O');
}

static void on_ends(void *user)
{
	struct play *play = user;
	uint64_t count;

	if (read(play->ends, &count, sizeof(count)) == (ssize_t)sizeof(count))
		hear(play, 'F');
}

static void on_tick(void *user, bool terminal)
{
	(void)user;
	(void)terminal;
}

static const struct door_ops ops = {
	.hello = on_hello, .unheard = on_unheard, .ctl = on_ctl, .news = on_news, .ends = on_ends,
	.output = on_output, .tick = on_tick,
};

static void begin(struct play *play)
{
	struct error error = { 0 };
	int pair[2], pipes[2];

	memset(play, 0, sizeof(*play));
	assert_true(scratch_new(&play->scratch));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	play->keeper = (struct keeper){ .socket = pair[0], .pty = pipes[0] };
	play->socket = pair[1];
	play->tty = pipes[1];
	play->segment = open("/dev/null", O_RDONLY | O_CLOEXEC);
	play->ends = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sem_init(&play->held, 0, 0);
	sem_init(&play->go, 0, 0);
	sem_init(&play->news, 0, 0);
	assert_int_equal(door_open(&play->door, play->scratch.folder, &play->keeper, play->ends, -1,
				   &ops, play, &error), 0);
}

static void end(struct play *play)
{
	door_close(play->door);
	if (play->keeper.socket >= 0)
		close(play->keeper.socket);
	if (play->socket >= 0)
		close(play->socket);
	close(play->keeper.pty);
	close(play->tty);
	close(play->segment);
	close(play->ends);
	scratch_free(&play->scratch);
}

static int call(const struct play *play, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", play->scratch.folder, name);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static struct meet_hello hello_of(enum meet_kind kind)
{
	return (struct meet_hello){ .magic = WIRE_MAGIC, .version = WIRE_VERSION, .kind = kind,
				    .pid = getpid() };
}

/* The answer to a hello: 't' with a segment, 'd' declined, '-' none at all. */
static char welcome(int fd)
{
	struct meet_welcome said;
	struct iovec part = { &said, sizeof(said) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int segment = -1;

	close(fd);
	if (n != (ssize_t)sizeof(said) || said.magic != WIRE_MAGIC)
		return '-';
	if (header)
		memcpy(&segment, CMSG_DATA(header), sizeof(segment));
	if (segment >= 0)
		close(segment);
	return said.answer == MEET_TRACE && segment >= 0 ? 't' :
	       said.answer == MEET_DECLINE && segment < 0 ? 'd' : '?';
}

static char greet(const struct play *play, const void *bytes, size_t length)
{
	int fd = call(play, "meet");

	assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
	return welcome(fd);
}

static void ask(const struct play *play, const char *line, const char *wanted)
{
	char answer[512] = "";
	int fd = call(play, "ctl");

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	ssize_t n = recv(fd, answer, sizeof(answer) - 1, 0);
	assert_true(n > 0);
	assert_string_equal(answer, wanted);
	close(fd);
}

static void tell(const struct play *play, enum keeper_news news, int32_t value)
{
	const struct keeper_message message = { .news = news, .value = value };

	assert_int_equal(send(play->socket, &message, sizeof(message), MSG_NOSIGNAL),
			 sizeof(message));
}

static void await(struct play *play, unsigned letters)
{
	while (letters--)
		while (sem_wait(&play->news) != 0 && errno == EINTR)
			;
}

/* A busy machine: the keeper's word of the target's pid and the target's hello lie
 * there together when the door looks again. */
static void the_pid_comes_before_the_hello(void **state)
{
	struct meet_hello hello = hello_of(MEET_EXEC);
	struct play play;

	(void)state;
	begin(&play);
	int held = call(&play, "ctl");
	assert_int_equal(send(held, "hold", 4, MSG_NOSIGNAL), 4);
	while (sem_wait(&play.held) != 0 && errno == EINTR)
		;
	tell(&play, KEEPER_STARTED, getpid());
	int fd = call(&play, "meet");
	assert_int_equal(send(fd, &hello, sizeof(hello), MSG_NOSIGNAL), sizeof(hello));
	sem_post(&play.go);
	assert_int_equal(welcome(fd), 't');
	assert_string_equal(play.heard, "CSH");
	close(held);
	/* A child's hello waits for no news. */
	assert_int_equal(greet(&play, &hello, sizeof(hello)), 't');
	end(&play);
}

static void others_are_turned_away(void **state)
{
	struct meet_hello good = hello_of(MEET_EXEC), bad = good;
	struct play play;

	(void)state;
	begin(&play);
	bad.magic++;
	assert_int_equal(greet(&play, &bad, sizeof(bad)), '-');
	bad = good;
	bad.version++;
	assert_int_equal(greet(&play, &bad, sizeof(bad)), '-');
	assert_int_equal(greet(&play, &good, sizeof(good) - 1), '-');
	assert_int_equal(greet(&play, "x", 1), '-');
	close(call(&play, "meet"));                     /* says nothing */
	close(call(&play, "ctl"));
	good.kind = MEET_FORK;
	assert_int_equal(greet(&play, &good, sizeof(good)), 'd');
	good.kind = MEET_EXEC;
	assert_int_equal(greet(&play, &good, sizeof(good)), 't');
	assert_string_equal(play.heard, "uuuucHH");
	end(&play);
}

static void ctl_is_answered(void **state)
{
	char line[20000], answer[8] = "";
	struct play play;

	(void)state;
	begin(&play);
	ask(&play, "snapshot x", "0you said 10");
	ask(&play, "no", "1you said 2");
	/* What is longer than a line can be is cut; the door goes on. */
	memset(line, 'n', sizeof(line));
	int fd = call(&play, "ctl");
	assert_int_equal(send(fd, line, sizeof(line), MSG_NOSIGNAL), sizeof(line));
	assert_true(recv(fd, answer, sizeof(answer), 0) > 0);
	assert_int_equal(answer[0], '1');
	close(fd);
	/* What takes its time is answered by somebody else, while the door serves others. */
	fd = call(&play, "ctl");
	assert_int_equal(send(fd, "mine", 4, MSG_NOSIGNAL), 4);
	await(&play, 4);
	ask(&play, "snapshot x", "0you said 10");
	door_answer(play.taken, false, "later");
	memset(answer, 0, sizeof(answer));
	assert_int_equal(recv(fd, answer, sizeof(answer), 0), 6);
	assert_string_equal(answer, "1later");
	close(fd);
	/* Who asks for the end is answered at the end. */
	fd = call(&play, "ctl");
	assert_int_equal(send(fd, "stop", 4, MSG_NOSIGNAL), 4);
	await(&play, 2);
	int copy = dup(fd);
	end(&play);
	assert_int_equal(recv(copy, answer, sizeof(answer), 0), 1);
	assert_int_equal(answer[0], '0');
	close(fd);
	close(copy);
}

/* All that was printed is read before the end is told; then the keeper goes. */
static void news_and_output(void **state)
{
	const uint64_t one = 1;
	struct play play;

	(void)state;
	begin(&play);
	assert_int_equal(write(play.tty, "out\n", 4), 4);
	await(&play, 1);
	assert_int_equal(write(play.ends, &one, sizeof(one)), sizeof(one));
	await(&play, 1);
	assert_string_equal(play.heard, "OF");
	tell(&play, KEEPER_ENDED, 0);
	await(&play, 1);
	close(play.socket);
	play.socket = -1;
	await(&play, 1);
	assert_string_equal(play.heard, "OFEG");
	end(&play);
}

static void no_place_to_listen(void **state)
{
	struct keeper keeper = { .socket = -1, .pty = -1 };
	struct error error = { 0 };
	struct door *door;

	(void)state;
	assert_int_equal(door_open(&door, "/no/such/folder", &keeper, -1, -1, &ops, NULL, &error), -1);
	assert_int_equal(error.status, 125);
	assert_non_null(strstr(error.text, "cannot listen on /no/such/folder/meet"));
	door_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pid_comes_before_the_hello),
		cmocka_unit_test(others_are_turned_away),
		cmocka_unit_test(ctl_is_answered),
		cmocka_unit_test(news_and_output),
		cmocka_unit_test(no_place_to_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
