/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_TUI_DESK_FIXTURE_H
#define TESTS_UNIT_TUI_DESK_FIXTURE_H
/* A desk whose session is a fixture's and whose terminal is a count of frames; its workers
 * can be held until the test lets them go. */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/golden/fake_session.h"
#include "tui/base/key.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_prompt.h"
#include "tui/desk/desk_table.h"
#include "tui/screens/grid.h"
#include "tui/term/prompt.h"
#include "tui/term/term_ops.h"

/* --- the terminal --- */

static unsigned frames;

static inline void count_frame(struct terminal *term, const struct canvas *canvas, bool whole)
{
	(void)term;
	(void)canvas;
	(void)whole;
	frames++;
}

static const struct term_ops counting_ops = {.show = count_frame};

/* --- the desk --- */

struct seat {
	struct session *session;
	struct app_options options;
	struct desk desk;
};

static inline int sit_at(void **state, const char *fixture)
{
	char problem[256];
	struct seat *seat = calloc(1, sizeof *seat);
	static struct terminal terminal = {.ops = &counting_ops};
	frames = 0;
	seat->session = fake_open(fixture);
	if (desk_open(&seat->desk, seat->session, &seat->options, problem))
		return -1;
	seat->desk.term = &terminal;
	*state = seat;
	return 0;
}

static inline int sit(void **state)
{
	return sit_at(state, "tests/golden/fixtures/worker.heap");
}

static inline int rise(void **state)
{
	struct seat *seat = *state;
	fake_hold(seat->session, false);
	prompt_cancel();
	desk_close(&seat->desk);
	fake_close(seat->session);
	free(seat);
	return 0;
}

/* Until all that was asked is answered and done. */
static inline void settle(struct desk *desk)
{
	desk_refresh(desk, false);
	while (desk->asked.fresh || desk->asked.length || tables_busy(&desk->tables) ||
	       desk->sources.asked) {
		struct pollfd fds[] = {
			{.fd = worker_fd(desk->asked.errands), .events = POLLIN},
			{.fd = worker_fd(desk->tables.builder), .events = POLLIN},
			{.fd = worker_fd(desk->tables.exporter), .events = POLLIN},
			{.fd = worker_fd(desk->sources.reader), .events = POLLIN},
		};
		poll(fds, 4, -1);
		worker_drain(desk->asked.errands);
		worker_drain(desk->tables.builder);
		worker_drain(desk->tables.exporter);
		worker_drain(desk->sources.reader);
		desk_refresh(desk, false);
	}
}

/* The same, but for source lines whose worker is held. */
static inline void settle_but_for_source(struct desk *desk)
{
	struct source_job *sources = desk->sources.asked;
	desk->sources.asked = NULL;
	settle(desk);
	desk->sources.asked = sources;
}

/* A job that a worker does not get past until the test opens the gate. */
static struct gate {
	struct job job;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool open;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static inline void stand(struct job *job)
{
	(void)job;
	pthread_mutex_lock(&gate.lock);
	while (!gate.open)
		pthread_cond_wait(&gate.opened, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static inline void keep(struct job *job) { (void)job; }

static inline void hold(struct worker *worker)
{
	gate.job = (struct job){.run = stand, .free = keep};
	gate.open = false;
	worker_add(worker, &gate.job);
}

static inline void release(struct worker *worker)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.opened);
	pthread_mutex_unlock(&gate.lock);
	worker_take(worker, &gate.job);
}

static inline void press(struct desk *desk, uint32_t key)
{
	struct key_event event = {.key = key};
	desk_key(desk, &event);
}

static inline const struct table *table_of(struct desk *desk)
{
	struct screen *top = desk_top(desk);
	return top->ops->table ? top->ops->table(top) : NULL;
}

static inline void begin(struct desk *desk)
{
	desk_refresh(desk, true);
	settle(desk);
	assert_non_null(table_of(desk));
}

static inline bool canvas_has(const struct desk *desk, const char *text)
{
	char line[4096];
	for (unsigned y = 0; y < desk->canvas->height; y++) {
		size_t n = 0;
		for (unsigned x = 0; x < desk->canvas->width; x++)
			n += (size_t)snprintf(line + n, sizeof line - n, "%s",
					      canvas_cell(desk->canvas, x, y)->text);
		if (strstr(line, text))
			return true;
	}
	return false;
}

#endif
