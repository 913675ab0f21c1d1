/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions as jobs of a worker. */
#include "tracer/collect/run/errands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/ground/clock.h"

struct errand {
	struct job job;
	struct session *session;
	errand_question *question;
	char *text;
	struct answer answer;
};

#define BEFORE 2.0                      /* seconds, as RATE_SECONDS of a live heap */

/* The heap at the last tick that is old enough to compute bytes a second from. */
static struct snapshot *tick_before(struct session *session, const struct snapshot *heap)
{
	struct error error;
	char text[32];

	if (!(heap->time > BEFORE))
		return NULL;
	snprintf(text, sizeof(text), "%.6fs", heap->time - BEFORE);
	return session_moment(session, text, &error);
}

void errand_now(struct session *session, const char *text, struct answer *answer)
{
	(void)text;
	answer->snapshot = session_now(session);
	answer->failed = !answer->snapshot;
	if (!answer->failed && answer->snapshot->kind != MOMENT_LIVE)
		answer->before = tick_before(session, answer->snapshot);
}

void errand_moment(struct session *session, const char *text, struct answer *answer)
{
	answer->snapshot = session_moment(session, text, &answer->error);
	answer->failed = !answer->snapshot;
}

void errand_past(struct session *session, const char *text, struct answer *answer)
{
	errand_moment(session, text, answer);
	/* The peak's time would not match; for all others the clock is that of now. */
	if (!answer->failed && answer->snapshot->kind != MOMENT_PEAK)
		answer->before = tick_before(session, answer->snapshot);
}

void errand_snapshot(struct session *session, const char *text, struct answer *answer)
{
	answer->number = session_snapshot(session, text, &answer->error);
	answer->failed = answer->number < 0;
}

void errand_reset_peak(struct session *session, const char *text, struct answer *answer)
{
	(void)text;
	(void)answer;
	session_reset_peak(session);
}

const char *errand_write_path(const char *text, bool *force)
{
	static const char word[] = "--force";
	size_t length = strlen(word), gap = 0;

	if (!strncmp(text, word, length))
		gap = strspn(text + length, " ");
	*force = gap || !strcmp(text, word);
	return *force ? text + length + gap : text;
}

void errand_write(struct session *session, const char *text, struct answer *answer)
{
	bool force;
	const char *path = errand_write_path(text, &force);

	answer->failed = session_write(session, path, force, &answer->error) != 0;
}

void errand_none(struct session *session, const char *text, struct answer *answer)
{
	(void)session;
	(void)text;
	(void)answer;
}

static void errands_run(struct job *job)
{
	struct errand *errand = (struct errand *)job;
	double began = clock_seconds();
	errand->question(errand->session, errand->text, &errand->answer);
	errand->answer.seconds = clock_seconds() - began;
}

static void errand_free(struct job *job)
{
	struct errand *errand = (struct errand *)job;
	snapshot_release(errand->answer.snapshot);
	snapshot_release(errand->answer.before);
	free(errand->text);
	free(errand);
}

struct errand *errands_ask(struct worker *worker, struct session *session,
			   errand_question *question, const char *text)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (!errand)
		return NULL;
	errand->job = (struct job){ .run = errands_run, .free = errand_free };
	errand->session = session;
	errand->question = question;
	errand->text = strdup(text);
	if (!errand->text) {
		free(errand);
		return NULL;
	}
	worker_add(worker, &errand->job);
	return errand;
}

bool errands_answered(struct worker *worker, const struct errand *errand)
{
	return worker_done(worker, &errand->job);
}

void errands_take(struct worker *worker, struct errand *errand, struct answer *answer)
{
	worker_take(worker, &errand->job);
	*answer = errand->answer;
	errand->answer.snapshot = errand->answer.before = NULL;
	errand_free(&errand->job);
}

void errands_forget(struct worker *worker, struct errand *errand)
{
	worker_drop(worker, &errand->job);
}
