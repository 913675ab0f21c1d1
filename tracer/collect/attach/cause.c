/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/cause.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/attach/refuse.h"

#define MAP_BYTES 1024u

int cause_yama(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (file && fscanf(file, "%d", &scope) != 1)
		scope = 0;
	if (file)
		fclose(file);
	return scope;
}

void cause_capabilities(uint64_t set, char *text, size_t size)
{
	/* Indexed by number (linux/capability.h). */
	static const char *const names[] = {
		"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
		"SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
		"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE",
		"SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT",
		"SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
		"AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
		"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
		"CHECKPOINT_RESTORE",
	};
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		/* "..." must still fit after it. */
		size_t more = strlen(names[i]) + strlen(", CAP_, ...") + 1;

		if (!(set >> i & 1))
			continue;
		if (length + more > size) {
			snprintf(text + length, size - length, ", ...");
			return;
		}
		length += (size_t)snprintf(text + length, size - length, "%sCAP_%s",
					   length ? ", " : "", names[i]);
	}
}

/* Reads which users of another namespace are which here; processes of the same namespace
 * have the same text. */
static size_t read_users(const char *path, char *text)
{
	FILE *file = fopen(path, "re");
	size_t length = file ? fread(text, 1, MAP_BYTES, file) : 0;

	if (file)
		fclose(file);
	return length;
}

static bool is_elsewhere(int32_t pid)
{
	char path[32], theirs[MAP_BYTES], ours[MAP_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	size_t length = read_users(path, theirs);

	return length && (length != read_users("/proc/self/uid_map", ours) ||
			  memcmp(theirs, ours, length) != 0);
}

/* Whether its files in /proc belong to root, or to a user other than the one it runs
 * as. */
static bool is_closed(int32_t pid, const struct refuse_status *status)
{
	char path[32];
	struct stat maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	return stat(path, &maps) == 0 && maps.st_uid != status->user;
}

bool cause_find(int32_t pid, char *text, size_t size)
{
	struct refuse_status status, self;
	char lacking[128];

	text[0] = '\0';
	if (!refuse_read(pid, &status))
		snprintf(text, size, "it has ended");
	else if (status.tracer)
		refuse_tracer(&status, text, size);
	else if (is_elsewhere(pid))
		snprintf(text, size, "it is in another user namespace than memtop");
	else if (geteuid() != 0 && status.user != geteuid())
		snprintf(text, size, "it belongs to another user (%u)", (unsigned)status.user);
	else if (is_closed(pid, &status))
		snprintf(text, size, "it has forbidden tracing (prctl PR_SET_DUMPABLE), or "
			 "changed its user");
	else if (refuse_read(getpid(), &self) && status.permitted & ~self.permitted) {
		cause_capabilities(status.permitted & ~self.permitted, lacking,
				   sizeof(lacking));
		snprintf(text, size, "it has capabilities that memtop lacks (%s)", lacking);
	}
	return text[0] != '\0';
}

void cause_any(int32_t pid, char *text, size_t size)
{
	int scope = cause_yama();

	if (cause_find(pid, text, size))
		return;
	if (scope)
		snprintf(text, size, "kernel.yama.ptrace_scope is %d", scope);
	else
		snprintf(text, size, "a security module, or a filter that memtop itself runs "
			 "under, forbids ptrace");
}

void cause_tell(int32_t pid, int error, const char *refusal, char *text, size_t size)
{
	char cause[256];

	if (error == -EPERM) {
		cause_any(pid, cause, sizeof(cause));
		snprintf(text, size, "%s: %s", refusal, cause);
	} else {
		snprintf(text, size, "%s", refusal);
	}
}
