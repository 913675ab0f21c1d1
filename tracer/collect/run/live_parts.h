/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_LIVE_PARTS_H
#define TRACER_COLLECT_RUN_LIVE_PARTS_H
/*
 * What a session asks of its live run.  Each of these parts may be called in the desk's
 * thread: it has a lock of its own, or does not change any more.  They live as long as
 * the run.
 */
#include "tracer/collect/run/moments/triggers.h"
#include "tracer/collect/run/state/transcript.h"
#include "tracer/collect/target/keeper.h"

struct looks;

struct live_parts {
	struct course *course;
	struct roster *roster;
	struct estate *estate;
	struct meter *meter;
	struct kept *kept;
	struct chronicle *chronicle;    /* NULL: --history=0 */
	struct transcript *transcript;
	struct moments *moments;
	struct triggers *triggers;
	struct looks *looks;
	struct reader *reader;
	struct family *family;
	struct keeper *keeper;
	struct writer *writer;          /* NULL: no recording */
	bool recording_is_asked_for;    /* --output: somebody wants the file in the end */
	bool stop_ends_it;              /* record: waits no longer than the program is
					 * traced */
};

#endif
