/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules out of corrupted unwind information, under ASan and UBSan.  The image
 * is libc's own .eh_frame_hdr and the start of its .eh_frame; each round
 * damages a few bytes and asks for rules.  Undamaged, the image must give the
 * rules that it gives in place.
 */
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/preload/unwind/cfi.h"
#include "tests/random.h"

#define ROUNDS 60000
#define KEEP (UINT64_C(192) << 10)

static uintptr_t header;
static uint64_t first_cie;       /* from the header */

static int find(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	if (!strstr(info->dlpi_name, "libc.so"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
			header = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
	return 1;
}

static struct cfi_object object_at(const void *image, uint64_t bytes)
{
	struct cfi_object object = {.header = (uintptr_t)image, .ranges = 1};
	object.range[0].low = (uintptr_t)image;
	object.range[0].high = (uintptr_t)image + bytes;
	return object;
}

/* One of the table's functions: where it begins, and where its FDE stands. */
struct function {
	intptr_t pc;
	uint64_t fde;
};

static struct function some_function(const uint8_t *image)
{
	uint32_t count;
	int32_t entry[2];
	memcpy(&count, image + 8, 4);
	do
		memcpy(entry, image + 12 + next_random() % count * 8, 8);
	while ((uint64_t)entry[1] > KEEP - 4096);
	return (struct function){entry[0] + (intptr_t)(next_random() % 64), (uint64_t)entry[1]};
}

/* Damage where it tells: in the header, the function's FDE, any CIE near it. */
static void damage(uint8_t *image, uint64_t fde)
{
	for (unsigned n = 1 + (unsigned)(next_random() % 4); n > 0; n--) {
		uint64_t at = fde + next_random() % 48;
		if (next_random() % 8 == 0)
			at = next_random() % 64;
		else if (next_random() % 4 == 0)
			at = first_cie + next_random() % 32;
		image[at] = next_random() % 3 ? (uint8_t)next_random() : (uint8_t)(0xff * (next_random() & 1));
	}
}

int main(void)
{
	dl_iterate_phdr(find, NULL);
	if (!header)
		return 77;
	int32_t frame;
	memcpy(&frame, (const void *)(header + 4), 4);
	first_cie = (uint64_t)frame + 4;
	struct cfi_object whole = object_at((const void *)header, KEEP);
	uint8_t *image = aligned_alloc(64, KEEP);
	unsigned kinds[8] = {0}, wrong = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		memcpy(image, (const void *)header, KEEP);
		struct function f = some_function(image);
		struct cfi_object object = object_at(image, KEEP);
		uintptr_t pc = (uintptr_t)image + (uintptr_t)f.pc;
		/* Rules of PLT entries tell by the pc itself, and that has moved. */
		wrong += cfi_rule(&object, pc) != cfi_rule(&whole, header + (uintptr_t)f.pc);
		damage(image, f.fde);
		if (next_random() % 4 == 0)
			object.range[0].high = object.range[0].low + f.fde + next_random() % 64;
		kinds[cfi_kind(cfi_rule(&object, pc))]++;
	}
	free(image);
	fprintf(stderr, "%u of %u copies gave another rule; damaged: none %u, rsp %u, rbp %u, "
		"irregular %u\n", wrong, ROUNDS, kinds[CFI_NONE], kinds[CFI_SP],
		kinds[CFI_FP], kinds[CFI_IRREGULAR]);
	return wrong > ROUNDS / 100;
}
