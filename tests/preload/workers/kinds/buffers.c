/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lives that fill buffers and empty them. */
#include <stdlib.h>
#include "tests/preload/workers/kinds/kinds.h"

static void log_lines_flushed(unsigned turn)
{
	static void *line[5 * PER_SECOND * 4];
	unsigned at = turn % (5 * PER_SECOND) * 4;

	if (!at)
		release(line, 5 * PER_SECOND * 4);
	for (unsigned i = 0; i < 4; i++)
		line[at + i] = malloc(120 + draw(100));
}

static void log_ring(unsigned turn)
{
	static void *line[1000];        /* turns over in eight seconds */

	for (unsigned i = 0; i < 3; i++) {
		unsigned at = (turn * 3 + i) % 1000;

		free(line[at]);
		line[at] = malloc(100 + draw(100));
	}
}

static void log_buffer_doubled(unsigned turn)
{
	static char *buffer;
	static size_t length, room;

	(void)turn;
	length += 800;
	if (length > room)
		buffer = realloc(buffer, room = room ? room * 2 : 4096);
	if (length > 200000) {
		free(buffer);
		buffer = NULL;
		length = room = 0;
	}
}

static void double_buffer(unsigned turn)
{
	static void *frame[2];

	free(frame[turn % 2]);
	frame[turn % 2] = malloc(256 << 10);
}

static void undo_stack(unsigned turn)
{
	static void *edit[300];

	free(edit[turn % 300]);
	edit[turn % 300] = malloc(200 + draw(1000));
}

static void reassembled_packets(unsigned turn)
{
	static void *part[PER_SECOND * 2][3];
	void **own = part[draw(PER_SECOND * 2)];

	(void)turn;
	if (own[0])
		release(own, 3);
	else
		for (unsigned i = 0; i < 3; i++)
			own[i] = malloc(1400);
}

const struct life kinds_buffers[] = {
	{ LIFE(log_lines_flushed), "other", "sawtooth,settled,turnover", "lines, all freed every 5 s" },
	{ LIFE(log_ring), "other", "turnover", "the last 1,000 lines" },
	{ LIFE(log_buffer_doubled), "other", "sawtooth,settled", "doubled to 256 KiB, then freed" },
	{ LIFE(double_buffer), "other", "settled,turnover", "two frames in turn" },
	{ LIFE(undo_stack), "other", "turnover", "the last 300 edits" },
	{ LIFE(reassembled_packets), "other", "settled,turnover,sawtooth", "parts wait for 2 s, about" },
	{ 0 },
};
