/* SPDX-License-Identifier: MIT */
/*
 * .eh_frame_hdr's sorted table leads to the FDE of a function, that to its CIE;
 * their two programs are run as far as the pc, and the row that stands then is
 * the answer.
 *
 *	header table -> FDE -> CIE     row := CIE's program, then FDE's up to pc
 *
 * Linux Standard Base 5, "Exception Frames"; DWARF 4, section 6.4.
 */
#include "tracer/preload/unwind/cfi.h"

#include <stddef.h>

#include "tracer/preload/base/bytes.h"
#include "tracer/preload/unwind/cfi_row.h"

#define SAVED_ROWS 8

/* DW_EH_PE_*: how pointers are written. */
enum {
	PE_FORMAT = 0x0f,
	PE_ULEB = 0x01,
	PE_SLEB = 0x09,
	PE_SDATA4 = 0x0b,               /* what compilers write */
	PE_PCREL = 0x10,
	PE_DATAREL = 0x30,
	PE_BASE = 0x70,
	PE_INDIRECT = 0x80,
	PE_OMIT = 0xff,
	/* Relative to the header, signed, 4 bytes: what linkers write. */
	PE_TABLE = 0x3b
};

struct frame {                          /* what a CIE and its FDE say */
	uint64_t code_align;
	int64_t data_align;
	uint8_t pointers;               /* encoding of code addresses */
	/* The augmentation data begin with their length. */
	bool sized;
	bool signal;
	struct bytes start, program;    /* CIE's and FDE's instructions */
	uintptr_t low, high;            /* code that the FDE covers */
};

struct machine {
	struct bytes in;
	const struct frame *frame;
	struct cfi_row row, first;
	struct cfi_row saved[SAVED_ROWS];
	unsigned depth;
	uintptr_t location, pc;
	bool done;
};

/* What can be read of the object from `at` on. */
static struct bytes reader(const struct cfi_object *object, uintptr_t at)
{
	for (unsigned i = 0; i < object->ranges; i++)
		if (at >= object->range[i].low && at < object->range[i].high)
			return (struct bytes){.at = (const uint8_t *)at,
					      .end = (const uint8_t *)object->range[i].high};
	return (struct bytes){.bad = true};
}

static uint64_t read_plain(struct bytes *b, uint8_t format)
{
	static const uint8_t size[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8, 0, 0, 0};
	if (format == PE_ULEB)
		return bytes_uleb(b);
	if (format == PE_SLEB)
		return (uint64_t)bytes_sleb(b);
	if (format == PE_SDATA4)
		return (uint64_t)bytes_signed(b, 4);
	if (size[format] == 0) {
		b->bad = true;
		return 0;
	}
	return format & 8 ? (uint64_t)bytes_signed(b, size[format])
			  : bytes_fixed(b, size[format]);
}

/* Reads a pointer.  `header` is the base of those that are relative to the data. */
static uintptr_t read_pointer(struct bytes *b, uint8_t encoding, uintptr_t header)
{
	uintptr_t here = (uintptr_t)b->at;
	if (encoding == PE_OMIT)
		return 0;
	uintptr_t value = read_plain(b, encoding & PE_FORMAT);
	if ((encoding & PE_BASE) == PE_PCREL)
		value += here;
	else if ((encoding & PE_BASE) == PE_DATAREL)
		value += header;
	else if (encoding & PE_BASE)
		b->bad = true;
	if (encoding & PE_INDIRECT)
		b->bad = true;
	return value;
}

/* Number `index` of the search table, which is relative to the header. */
static int32_t table_number(const uint8_t *table, uint64_t index)
{
	int32_t number;
	__builtin_memcpy(&number, table + index * 4, sizeof(number));
	return number;
}

/* The address of the FDE that may cover pc, or 0. */
static uintptr_t cfi_search(const struct cfi_object *object, uintptr_t pc)
{
	struct bytes b = reader(object, object->header);
	uint8_t version = bytes_u8(&b), frame = bytes_u8(&b);
	uint8_t counts = bytes_u8(&b), tables = bytes_u8(&b);
	if (b.bad || version != 1 || tables != PE_TABLE)
		return 0;
	read_pointer(&b, frame, object->header);
	uint64_t count = read_pointer(&b, counts, object->header);
	if (b.bad || count == 0 || count > (uint64_t)(b.end - b.at) / 8)
		return 0;
	intptr_t want = (intptr_t)(pc - object->header);
	uint64_t low = 0, high = count;         /* the last entry <= want is in [low, high) */
	if (table_number(b.at, 0) > want)
		return 0;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		if (table_number(b.at, middle * 2) <= want)
			low = middle;
		else
			high = middle;
	}
	return object->header + (uintptr_t)(intptr_t)table_number(b.at, low * 2 + 1);
}

/* Reads the length in front of a CIE or FDE, and cuts the reader to that record. */
static void read_length(struct bytes *b)
{
	uint64_t length = bytes_fixed(b, 4);
	if (length == UINT32_MAX)
		length = bytes_fixed(b, 8);
	if (length == 0)
		b->bad = true;
	bytes_limit(b, length);
}

/* What each letter of the augmentation string after 'z' says. */
static void read_augmentation(struct frame *f, struct bytes *b, struct bytes letters)
{
	while (!b->bad && letters.at < letters.end) {
		uint8_t letter = bytes_u8(&letters);
		if (letter == 'R')
			f->pointers = bytes_u8(b);
		else if (letter == 'S')
			f->signal = true;
		else if (letter == 'L')
			bytes_u8(b);
		else if (letter == 'P')
			read_pointer(b, (uint8_t)(bytes_u8(b) & ~PE_INDIRECT), 0);
		else if (letter != 'B')
			break;          /* unknown: its length says where it ends */
	}
}

static bool read_cie(struct frame *f, struct bytes b)
{
	read_length(&b);
	uint64_t id = bytes_fixed(&b, 4);
	uint8_t version = bytes_u8(&b);
	if (b.bad || id != 0 || (version != 1 && version != 3))
		return false;
	struct bytes letters = {.at = b.at, .end = b.at};
	while (bytes_u8(&b) != 0 && !b.bad)
		letters.end++;
	f->code_align = bytes_uleb(&b);
	f->data_align = bytes_sleb(&b);
	uint64_t column = version == 1 ? bytes_u8(&b) : bytes_uleb(&b);
	f->sized = letters.end > letters.at;
	if (b.bad || column != MACHINE_DWARF_RA || (f->sized && bytes_u8(&letters) != 'z'))
		return false;
	if (f->sized) {
		struct bytes data = b;
		uint64_t length = bytes_uleb(&data);
		b = data;
		bytes_limit(&data, length);
		read_augmentation(f, &data, letters);
		bytes_skip(&b, length);
		b.bad |= data.bad;
	}
	f->start = b;
	return !b.bad;
}

static bool read_fde(struct frame *f, const struct cfi_object *object, uintptr_t at)
{
	struct bytes b = reader(object, at);
	read_length(&b);
	uintptr_t field = (uintptr_t)b.at;
	uint64_t back = bytes_fixed(&b, 4);
	if (b.bad || back == 0 || !read_cie(f, reader(object, field - back)))
		return false;
	f->low = read_pointer(&b, f->pointers, object->header);
	f->high = f->low + read_plain(&b, f->pointers & PE_FORMAT);
	if (f->sized)
		bytes_skip(&b, bytes_uleb(&b));
	f->program = b;
	return !b.bad;
}

/* The instructions of a CFA program: one small function each. */

static int column_of(uint64_t reg)
{
	switch (reg) {
	case MACHINE_DWARF_FP: return CFI_COLUMN_FP;
	case MACHINE_DWARF_SP: return CFI_COLUMN_SP;
	case MACHINE_DWARF_RA:  return CFI_COLUMN_RA;
	default:            return -1;
	}
}

static void set(struct machine *m, uint64_t reg, enum cfi_how how, int64_t value)
{
	int column = column_of(reg);
	if (column < 0)
		return;
	m->row.column[column].how = how;
	m->row.column[column].value = value;
}

static int64_t scaled(const struct machine *m, int64_t units)
{
	return (int64_t)((uint64_t)units * (uint64_t)m->frame->data_align);
}

static void advance_to(struct machine *m, uintptr_t location)
{
	/* A location that goes backwards is an error.  One past the pc ends the program:
	 * the row so far is the one asked for. */
	if (location < m->location)
		m->in.bad = true;
	else if (location > m->pc)
		m->done = true;
	m->location = location;
}

static void advance(struct machine *m, uint64_t units)
{
	advance_to(m, m->location + units * m->frame->code_align);
}

static void restore(struct machine *m, uint64_t reg)
{
	int column = column_of(reg);
	if (column >= 0)
		m->row.column[column] = m->first.column[column];
}

static struct cfi_program read_program(struct machine *m)
{
	uint64_t bytes = bytes_uleb(&m->in);
	struct cfi_program program = {.at = m->in.at, .bytes = (uint32_t)bytes};
	bytes_skip(&m->in, bytes);
	return program;
}

static void op_nop(struct machine *m) { (void)m; }
static void op_set_loc(struct machine *m)
{
	advance_to(m, read_pointer(&m->in, m->frame->pointers, 0));
}
static void op_advance1(struct machine *m) { advance(m, bytes_fixed(&m->in, 1)); }
static void op_advance2(struct machine *m) { advance(m, bytes_fixed(&m->in, 2)); }
static void op_advance4(struct machine *m) { advance(m, bytes_fixed(&m->in, 4)); }
static void op_offset(struct machine *m)
{
	uint64_t reg = bytes_uleb(&m->in);
	set(m, reg, CFI_OFFSET, scaled(m, (int64_t)bytes_uleb(&m->in)));
}
static void op_offset_sf(struct machine *m)
{
	uint64_t reg = bytes_uleb(&m->in);
	set(m, reg, CFI_OFFSET, scaled(m, bytes_sleb(&m->in)));
}
static void op_negative_offset(struct machine *m)
{
	uint64_t reg = bytes_uleb(&m->in);
	set(m, reg, CFI_OFFSET, -scaled(m, (int64_t)(bytes_uleb(&m->in) & INT32_MAX)));
}
static void op_restore(struct machine *m) { restore(m, bytes_uleb(&m->in)); }
static void op_undefined(struct machine *m) { set(m, bytes_uleb(&m->in), CFI_UNDEFINED, 0); }
static void op_same(struct machine *m) { set(m, bytes_uleb(&m->in), CFI_SAME_VALUE, 0); }
static void op_elsewhere(struct machine *m)     /* register; val_offset(_sf): both numbers */
{
	uint64_t reg = bytes_uleb(&m->in);
	bytes_uleb(&m->in);
	set(m, reg, CFI_ELSEWHERE, 0);
}
static void op_remember(struct machine *m)
{
	if (m->depth == SAVED_ROWS)
		m->in.bad = true;
	else
		m->saved[m->depth++] = m->row;
}
static void op_recall(struct machine *m)
{
	if (m->depth == 0)
		m->in.bad = true;
	else
		m->row = m->saved[--m->depth];
}
static void op_cfa(struct machine *m)
{
	m->row.cfa_is_program = false;
	m->row.cfa_register = bytes_uleb(&m->in);
	m->row.cfa_offset = (int64_t)bytes_uleb(&m->in);
}
static void op_cfa_sf(struct machine *m)
{
	m->row.cfa_is_program = false;
	m->row.cfa_register = bytes_uleb(&m->in);
	m->row.cfa_offset = scaled(m, bytes_sleb(&m->in));
}
static void op_cfa_register(struct machine *m)
{
	m->in.bad |= m->row.cfa_is_program;
	m->row.cfa_register = bytes_uleb(&m->in);
}
static void op_cfa_offset(struct machine *m)
{
	m->in.bad |= m->row.cfa_is_program;
	m->row.cfa_offset = (int64_t)bytes_uleb(&m->in);
}
static void op_cfa_offset_sf(struct machine *m)
{
	m->in.bad |= m->row.cfa_is_program;
	m->row.cfa_offset = scaled(m, bytes_sleb(&m->in));
}
static void op_cfa_expression(struct machine *m)
{
	m->row.cfa_is_program = true;
	m->row.cfa = read_program(m);
}
static void op_expression(struct machine *m)
{
	uint64_t reg = bytes_uleb(&m->in);
	struct cfi_program program = read_program(m);
	set(m, reg, CFI_EXPRESSION, 0);
	int column = column_of(reg);
	if (column >= 0)
		m->row.column[column].program = program;
}
static void op_val_expression(struct machine *m)
{
	uint64_t reg = bytes_uleb(&m->in);
	read_program(m);
	set(m, reg, CFI_ELSEWHERE, 0);
}
static void op_args_size(struct machine *m) { bytes_uleb(&m->in); }

/* By the number of the instruction, DW_CFA_*.  A number without a function is an
 * error. */
static void (*const ops[64])(struct machine *) = {
	[0x00] = op_nop,
	[0x01] = op_set_loc,
	[0x02] = op_advance1,
	[0x03] = op_advance2,
	[0x04] = op_advance4,
	[0x05] = op_offset,             /* offset_extended */
	[0x06] = op_restore,            /* restore_extended */
	[0x07] = op_undefined,
	[0x08] = op_same,
	[0x09] = op_elsewhere,          /* register */
	[0x0a] = op_remember,
	[0x0b] = op_recall,
	[0x0c] = op_cfa,
	[0x0d] = op_cfa_register,
	[0x0e] = op_cfa_offset,
	[0x0f] = op_cfa_expression,
	[0x10] = op_expression,
	[0x11] = op_offset_sf,          /* offset_extended_sf */
	[0x12] = op_cfa_sf,
	[0x13] = op_cfa_offset_sf,
	[0x14] = op_elsewhere,          /* val_offset */
	[0x15] = op_elsewhere,          /* val_offset_sf */
	[0x16] = op_val_expression,
	/* AARCH64_negate_ra_state: machine_code takes a signature off anyhow. */
	[0x2d] = MACHINE_SIGNS_RETURNS ? op_nop : NULL,
	[0x2e] = op_args_size,          /* GNU_args_size */
	[0x2f] = op_negative_offset,    /* GNU_negative_offset_extended */
};

static void cfi_run(struct machine *m, struct bytes program)
{
	m->in = program;
	while (!m->in.bad && !m->done && m->in.at < m->in.end) {
		uint8_t byte = bytes_u8(&m->in), low = byte & 0x3f;
		if (byte >> 6 == 1)
			advance(m, low);
		else if (byte >> 6 == 2)
			set(m, low, CFI_OFFSET, scaled(m, (int64_t)bytes_uleb(&m->in)));
		else if (byte >> 6 == 3)
			restore(m, low);
		else if (ops[low])
			ops[low](m);
		else
			m->in.bad = true;
	}
}

uint32_t cfi_rule(const struct cfi_object *object, uintptr_t pc)
{
	uintptr_t at = object->header ? cfi_search(object, pc) : 0;
	if (!at)
		return CFI_NONE;
	struct frame frame = {0};
	if (!read_fde(&frame, object, at))
		return CFI_IRREGULAR;
	if (pc < frame.low || pc >= frame.high)
		return CFI_NONE;
	/* Set field by field, so that the saved rows are not zeroed. */
	struct machine m;
	m.frame = &frame;
	m.row = m.first = (struct cfi_row){0};
	m.depth = 0;
	m.location = frame.low;
	m.pc = pc;
	m.done = false;
	cfi_run(&m, frame.start);
	m.first = m.row;
	if (!m.in.bad && !m.done)
		cfi_run(&m, frame.program);
	if (m.in.bad)
		return CFI_IRREGULAR;
	return cfi_row_rule(&m.row, pc, frame.signal);
}
