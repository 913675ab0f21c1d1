/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes that are counted together.  The first that end, ROSTER_FOLD of them, keep their
 * places in the list.  Of those that end later the first of each group is its head, and
 * the others are counted with it: a group has the same command line and parent; if there
 * are many such groups, further ones have the same program, and if there are many of these
 * too, one group has the rest.  So a list is as long as what lives needs, and a little
 * more.
 *
 *	ended --counted with its head--> vacant --the recording has forgotten it--> may be taken
 */
#include "tracer/collect/run/state/roster_parts.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/collect/recording/programs.h"

#define PIDS (1u << 22)                 /* the kernel's PID_MAX_LIMIT */

void roster_fold_after(struct roster *roster, unsigned ended)
{
	pthread_mutex_lock(&roster->lock);
	roster->fold_after = ended;
	pthread_mutex_unlock(&roster->lock);
}

/* --- those that have no place any more; lock held --- */

static void met_add(struct roster *roster, int32_t pid)
{
	size_t word = (size_t)pid / 64;

	if (pid <= 0 || pid >= (int32_t)PIDS)
		return;
	if (word >= roster->met_words) {
		size_t words = word + word / 2 + 16;
		uint64_t *more = realloc(roster->met, words * sizeof(*more));

		if (!more)
			return;
		memset(more + roster->met_words, 0,
		       (words - roster->met_words) * sizeof(*more));
		roster->met = more;
		roster->met_words = words;
	}
	roster->met[word] |= UINT64_C(1) << pid % 64;
}

bool roster_gone_met(const struct roster *roster, int32_t pid)
{
	return pid > 0 && (size_t)pid / 64 < roster->met_words &&
	       roster->met[pid / 64] >> pid % 64 & 1;
}

const struct roster_gone *roster_gone_image(const struct roster *roster, uint64_t image)
{
	for (size_t i = 0; i < roster_gone_known(roster); i++)
		if (roster->gone[i].entry.image == image)
			return &roster->gone[i];
	return NULL;
}

static void remember(struct roster *roster, size_t at)
{
	const struct process *process = &roster->program.processes[at];
	struct roster_gone *gone = &roster->gone[roster->gone_length++ % ROSTER_GONE];

	*gone = (struct roster_gone){ process->pid, process->ppid, roster->entries[at] };
	met_add(roster, process->pid);
	met_add(roster, gone->entry.inside);
}

/* --- groups; lock held --- */

static bool is_same_program(const struct process *a, const struct process *b)
{
	return a->argc && b->argc && strcmp(a->argv[0], b->argv[0]) == 0;
}

static bool is_same_command(const struct process *a, const struct process *b)
{
	if (a->ppid != b->ppid || a->argc != b->argc)
		return false;
	for (int i = 0; i < a->argc; i++)
		if (strcmp(a->argv[i], b->argv[i]) != 0)
			return false;
	return true;
}

static bool is_like(const struct process *a, const struct process *b,
		    enum roster_likeness likeness)
{
	return likeness == LIKE_COMMAND ? is_same_command(a, b) :
	       likeness == LIKE_PROGRAM ? is_same_program(a, b) : true;
}

/* The head of a process's group, which may be itself from now on. */
static const struct roster_head *head_of(struct roster *roster, uint32_t process)
{
	const struct process *all = roster->program.processes;

	for (enum roster_likeness like = LIKE_COMMAND; like < ROSTER_LIKENESSES; like++) {
		for (size_t i = 0; i < roster->heads_length; i++) {
			const struct roster_head *head = &roster->heads[i];

			if (head->likeness == like &&
			    is_like(&all[head->process - 1], &all[process - 1], like))
				return head;
		}
		if (roster->alike[like] == ROSTER_HEADS ||
		    (like == LIKE_PROGRAM && !all[process - 1].argc))
			continue;
		struct roster_head *head = &roster->heads[roster->heads_length++];

		roster->alike[like]++;
		*head = (struct roster_head){ process, like };
		return head;
	}
	return NULL;
}

/* What the head's line says must hold for all that are counted with it. */
static void blur(struct process *head, const struct process *other,
		 enum roster_likeness likeness)
{
	if (head->ppid != other->ppid)
		head->ppid = 0;
	if (likeness == LIKE_NONE && !is_same_program(head, other)) {
		argv_free(head->argv);
		head->argv = NULL;
		head->argc = 0;
	}
	for (; likeness != LIKE_COMMAND && head->argc > 1; head->argc--) {
		free(head->argv[head->argc - 1]);
		head->argv[head->argc - 1] = NULL;
	}
}

static void count_with(struct roster *roster, const struct roster_head *head, uint32_t process)
{
	struct process *to = &roster->program.processes[head->process - 1];
	struct process *from = &roster->program.processes[process - 1];

	blur(to, from, head->likeness);
	to->others++;
	to->began = from->began < to->began ? from->began : to->began;
	to->ended = from->ended > to->ended ? from->ended : to->ended;
	remember(roster, process - 1);
	argv_free(from->argv);
	*from = (struct process){ .vacant = true };
	roster->entries[process - 1] = (struct roster_entry){ .pidfd = -1 };
	roster->version++;
}

static bool has_living_child(const struct roster *roster, int32_t pid)
{
	for (size_t i = 1; i < roster->program.processes_length; i++)
		if (roster->entries[i].pidfd >= 0 && roster->program.processes[i].ppid == pid)
			return true;
	return false;
}

static bool is_crowded(const struct roster *roster)
{
	return roster->fold_after && roster->ended >= roster->fold_after;
}

static bool may_fold(const struct roster *roster, uint32_t process)
{
	const struct process *of = &roster->program.processes[process - 1];

	return process > 1 && is_crowded(roster) &&
	       of->ended > 0 && !of->reason && !roster->holds &&
	       !roster->entries[process - 1].kept && process != roster->watched &&
	       !has_living_child(roster, of->pid);
}

/* --- the calls --- */

bool roster_folds(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	bool folds = is_crowded(roster);
	pthread_mutex_unlock(&roster->lock);
	return folds;
}

uint32_t roster_fold(struct roster *roster, uint32_t process)
{
	pthread_mutex_lock(&roster->lock);
	const struct roster_head *head = may_fold(roster, process) ? head_of(roster, process) : NULL;
	uint32_t with = head ? head->process : 0;

	if (head && with != process)
		count_with(roster, head, process);
	else
		roster->ended++;
	pthread_mutex_unlock(&roster->lock);
	return with;
}

void roster_leave(struct roster *roster, uint32_t process)
{
	pthread_mutex_lock(&roster->lock);
	roster->entries[process - 1].left = true;
	pthread_mutex_unlock(&roster->lock);
}

uint32_t roster_to_judge(struct roster *roster, bool all)
{
	const struct program *program = &roster->program;
	uint32_t found = 0;

	pthread_mutex_lock(&roster->lock);
	for (size_t i = 1; i < program->processes_length && !found; i++) {
		struct roster_entry *entry = &roster->entries[i];

		if (!program->processes[i].traced || program->processes[i].vacant ||
		    entry->judged || !(all || entry->left))
			continue;
		entry->judged = true;
		found = (uint32_t)i + 1;
	}
	pthread_mutex_unlock(&roster->lock);
	return found;
}

void roster_vacate(struct roster *roster, uint32_t process)
{
	pthread_mutex_lock(&roster->lock);
	if (roster->vacant)
		roster->entries[roster->vacant_last - 1].next = process;
	else
		roster->vacant = process;
	roster->vacant_last = process;
	pthread_mutex_unlock(&roster->lock);
}

uint32_t roster_place(struct roster *roster)
{
	pthread_mutex_lock(&roster->lock);
	uint32_t next = roster->vacant ? roster->vacant :
					 (uint32_t)roster->program.processes_length + 1;
	pthread_mutex_unlock(&roster->lock);
	return next;
}

void roster_take_place(struct roster *roster, uint32_t process)
{
	roster->vacant = roster->entries[process - 1].next;
}

void roster_hold(struct roster *roster, bool hold)
{
	pthread_mutex_lock(&roster->lock);
	roster->holds += hold ? 1 : -1u;
	pthread_mutex_unlock(&roster->lock);
}

void roster_keep(struct roster *roster, uint32_t process)
{
	pthread_mutex_lock(&roster->lock);
	if (process && process <= roster->program.processes_length)
		roster->entries[process - 1].kept = true;
	pthread_mutex_unlock(&roster->lock);
}

bool roster_watch(struct roster *roster, uint32_t process, const struct process *known)
{
	pthread_mutex_lock(&roster->lock);
	const struct process *of = process && process <= roster->program.processes_length ?
					   &roster->program.processes[process - 1] : NULL;
	bool same = !process || (of && of->pid == known->pid && of->began == known->began);

	if (same)
		roster->watched = process;
	pthread_mutex_unlock(&roster->lock);
	return same;
}
