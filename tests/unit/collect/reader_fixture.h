/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_READER_FIXTURE_H
#define TESTS_UNIT_COLLECT_READER_FIXTURE_H
/*
 * A reader of which the test is the thread (reader_parts.h), and what it calls, noted in
 * `heard`.  Include after cmocka.h.
 */
#include "tests/unit/collect/traced_fixture.h"
#include "tracer/collect/rings/reader_parts.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

static struct family *family;
static struct reader *reader;

static struct {
	unsigned ended, asked;
	struct totals totals;           /* of the last that ended */
	bool gone;                      /* what `gone` answers */
	int32_t pid;                    /* that it was asked for */
} heard;

static void changed(void *user) { (void)user; }

static void ended(void *user, struct image *image)
{
	(void)user;
	heard.ended++;
	image_totals(image, &heard.totals);
}

static bool gone(void *user, const struct image *parent, int32_t pid)
{
	(void)user;
	assert_non_null(parent);
	heard.asked++;
	heard.pid = pid;
	return heard.gone;
}

static const struct reader_ops ops = { .changed = changed, .ended = ended, .gone = gone };

static int begin(void **state)
{
	(void)state;
	memset(&heard, 0, sizeof(heard));
	family = family_new(NULL, "");
	reader = reader_make(&ops, NULL);
	return family && reader ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	reader_drop_all(reader);
	reader_unmake(reader);
	family_free(family);
	return 0;
}

#pragma GCC diagnostic pop

#endif
