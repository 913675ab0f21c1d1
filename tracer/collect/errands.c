/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A queue, a thread, and an eventfd that says that something was answered. */
#include "tracer/collect/errands.h"
#include "tracer/ground/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct errand {
	struct session *session;
	enum question question;
	char *text;
	struct answer answer;
	bool done, forgotten;           /* under the errands' lock */
	struct errand *next;
};

struct errands {
	pthread_t thread;
	int event;
	pthread_mutex_t lock;           /* around all below */
	pthread_cond_t moved;           /* one was queued or done, or ending was set */
	struct errand *first;           /* not begun yet */
	bool ending;
};

static void answer_question(struct session *session, enum question question,
			    const char *text, struct answer *answer)
{
	switch (question) {
	case QUESTION_NONE:
		break;
	case QUESTION_NOW:
		answer->snapshot = session_now(session);
		answer->failed = !answer->snapshot;
		break;
	case QUESTION_MOMENT:
		answer->snapshot = session_moment(session, text, &answer->error);
		answer->failed = !answer->snapshot;
		break;
	case QUESTION_SNAPSHOT:
		answer->number = session_snapshot(session, text, &answer->error);
		answer->failed = answer->number < 0;
		break;
	case QUESTION_RESET_PEAK:
		session_reset_peak(session);
		break;
	case QUESTION_WRITE:
		answer->failed = session_write(session, text, &answer->error) != 0;
		break;
	}
}

static void run(struct errand *errand)
{
	double began = clock_seconds();
	answer_question(errand->session, errand->question, errand->text, &errand->answer);
	errand->answer.seconds = clock_seconds() - began;
}

static void errand_free(struct errand *errand)
{
	snapshot_release(errand->answer.snapshot);
	free(errand->text);
	free(errand);
}

static void *errands_main(void *user)
{
	struct errands *e = user;
	uint64_t one = 1;

	pthread_mutex_lock(&e->lock);
	while (!e->ending) {
		struct errand *errand = e->first;
		if (!errand) {
			pthread_cond_wait(&e->moved, &e->lock);
			continue;
		}
		e->first = errand->next;
		if (errand->forgotten) {
			errand_free(errand);
			continue;
		}
		pthread_mutex_unlock(&e->lock);
		run(errand);
		pthread_mutex_lock(&e->lock);
		errand->done = true;
		if (errand->forgotten)
			errand_free(errand);
		pthread_cond_broadcast(&e->moved);
		if (write(e->event, &one, sizeof(one)) < 0)
			continue;       /* the counter is full: it is readable anyway */
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

struct errands *errands_new(void)
{
	struct errands *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->moved, NULL);
	if (e->event >= 0 && pthread_create(&e->thread, NULL, errands_main, e) == 0) {
		pthread_setname_np(e->thread, "errands");
		return e;
	}
	if (e->event >= 0)
		close(e->event);
	free(e);
	return NULL;
}

void errands_free(struct errands *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->ending = true;
	pthread_cond_broadcast(&e->moved);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	while (e->first) {
		struct errand *errand = e->first;
		e->first = errand->next;
		errand_free(errand);
	}
	close(e->event);
	pthread_mutex_destroy(&e->lock);
	pthread_cond_destroy(&e->moved);
	free(e);
}

int errands_fd(const struct errands *e) { return e ? e->event : -1; }

void errands_drain(struct errands *e)
{
	uint64_t count;
	if (e && read(e->event, &count, sizeof(count)) < 0)
		return;                 /* nothing new: EAGAIN */
}

static void add(struct errands *e, struct errand *errand)
{
	struct errand **end = &e->first;

	pthread_mutex_lock(&e->lock);
	while (*end)
		end = &(*end)->next;
	*end = errand;
	pthread_cond_broadcast(&e->moved);
	pthread_mutex_unlock(&e->lock);
}

struct errand *errands_ask(struct errands *e, struct session *session, enum question question,
			   const char *text)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (!errand)
		return NULL;
	errand->session = session;
	errand->question = question;
	errand->text = strdup(text);
	if (!errand->text) {
		free(errand);
		return NULL;
	}
	if (e)
		add(e, errand);
	else
		run(errand);
	return errand;
}

bool errands_answered(struct errands *e, const struct errand *errand)
{
	if (!e)
		return true;
	pthread_mutex_lock(&e->lock);
	bool done = errand->done;
	pthread_mutex_unlock(&e->lock);
	return done;
}

void errands_take(struct errands *e, struct errand *errand, struct answer *answer)
{
	if (e) {
		pthread_mutex_lock(&e->lock);
		while (!errand->done)
			pthread_cond_wait(&e->moved, &e->lock);
		pthread_mutex_unlock(&e->lock);
	}
	*answer = errand->answer;
	errand->answer.snapshot = NULL;
	errand_free(errand);
}

void errands_forget(struct errands *e, struct errand *errand)
{
	if (e)
		pthread_mutex_lock(&e->lock);
	bool done = !e || errand->done;
	errand->forgotten = true;
	if (e)
		pthread_mutex_unlock(&e->lock);
	if (done)
		errand_free(errand);
}
