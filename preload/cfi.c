/* SPDX-License-Identifier: MIT */
#include "cfi.h"

#include <stddef.h>

#include "dwarf_bytes.h"
#include "dwarf_expression.h"

#define CFA_OFFSET_MAX (1 << 18) /* half of what a packed row can hold */
#define REMEMBERED_MOST 4

/* Pointer encodings, LSB Core, "DWARF Exception Header Encoding". */
#define ENCODING_FORMAT 0x0f
#define ENCODING_BASE 0x70
#define ENCODING_PCREL 0x10
#define ENCODING_DATAREL 0x30
#define ENCODING_TABLE 0x3b /* datarel, sdata4: what linkers write */

enum rule_kind {
	RULE_SAME,
	RULE_UNDEFINED,
	RULE_OFFSET, /* saved at CFA + offset */
	RULE_VALUE_OFFSET, /* is CFA + offset */
	RULE_EXPRESSION, /* saved at the address the expression yields */
	RULE_VALUE_EXPRESSION,
	RULE_OTHER, /* in a register we do not follow */
};

struct rule {
	enum rule_kind kind;
	int64_t offset;
	struct dwarf_bytes expression;
};

struct rules {
	bool cfa_is_expression;
	uint64_t cfa_register;
	int64_t cfa_offset;
	struct dwarf_bytes cfa_expression;
	struct rule bp, pc;
};

struct frame_info { /* of one FDE with its CIE */
	struct dwarf_bytes initial, instructions;
	uint64_t code_align;
	int64_t data_align;
	uint64_t return_register;
	uint64_t pc_begin;
	uint8_t encoding;
	bool has_augmentation;
	bool signal_frame;
};

static uint64_t encoded(struct dwarf_bytes *b, uint8_t encoding, uint64_t data_base)
{
	uint64_t here = (uint64_t)b->at, value;

	switch (encoding & ENCODING_FORMAT) {
	case 0x00:
	case 0x04:
	case 0x0c:
		value = dwarf_fixed(b, 8);
		break;
	case 0x01:
		value = dwarf_uleb(b);
		break;
	case 0x02:
		value = dwarf_fixed(b, 2);
		break;
	case 0x03:
		value = dwarf_fixed(b, 4);
		break;
	case 0x09:
		value = (uint64_t)dwarf_sleb(b);
		break;
	case 0x0a:
		value = (uint64_t)dwarf_signed(b, 2);
		break;
	case 0x0b:
		value = (uint64_t)dwarf_signed(b, 4);
		break;
	default:
		b->overrun = true;
		return 0;
	}
	if ((encoding & ENCODING_BASE) == ENCODING_PCREL)
		value += here;
	else if ((encoding & ENCODING_BASE) == ENCODING_DATAREL)
		value += data_base;
	return value;
}

/* The FDE whose range may hold pc, by binary search in .eh_frame_hdr; NULL if none. */
static const uint8_t *find_fde(const uint8_t *header, uint64_t pc)
{
	struct dwarf_bytes b = {header + 4, header + 4 + 24, false};
	const int32_t *table;
	uint64_t base = (uint64_t)header, count;
	size_t low = 0, high;

	if (header[0] != 1 || header[3] != ENCODING_TABLE)
		return NULL;
	encoded(&b, header[1], base);
	count = encoded(&b, header[2], base);
	if (b.overrun || !count)
		return NULL;
	table = (const int32_t *)b.at;
	for (high = count; high - low > 1;) {
		size_t middle = low + (high - low) / 2;

		if (base + (uint64_t)(int64_t)table[2 * middle] <= pc)
			low = middle;
		else
			high = middle;
	}
	if (base + (uint64_t)(int64_t)table[2 * low] > pc)
		return NULL;
	return header + table[2 * low + 1];
}

/* The bytes of a CIE or FDE after its length; empty for the terminator. */
static struct dwarf_bytes entry_bytes(const uint8_t *at)
{
	struct dwarf_bytes b = {at, at + 12, false};
	uint64_t bytes = dwarf_fixed(&b, 4);

	if (bytes == 0xffffffff)
		bytes = dwarf_fixed(&b, 8);
	b.end = b.at + bytes;
	return b;
}

static bool parse_cie(const uint8_t *at, struct frame_info *info)
{
	struct dwarf_bytes b = entry_bytes(at), data;
	const char *augmentation;
	uint8_t version, encoding;

	if (dwarf_fixed(&b, 4) != 0)
		return false;
	version = (uint8_t)dwarf_fixed(&b, 1);
	augmentation = (const char *)b.at;
	while (dwarf_fixed(&b, 1))
		;
	if (version == 4)
		dwarf_fixed(&b, 2); /* sizes of address and segment */
	info->code_align = dwarf_uleb(&b);
	info->data_align = dwarf_sleb(&b);
	info->return_register = version == 1 ? dwarf_fixed(&b, 1) : dwarf_uleb(&b);
	info->encoding = 0;
	info->signal_frame = false;
	info->has_augmentation = *augmentation == 'z';
	if (!info->has_augmentation && *augmentation)
		return false;
	if (info->has_augmentation) {
		data = dwarf_block(&b);
		for (augmentation++; *augmentation; augmentation++) {
			if (*augmentation == 'R') {
				info->encoding = (uint8_t)dwarf_fixed(&data, 1);
			} else if (*augmentation == 'P') {
				encoding = (uint8_t)dwarf_fixed(&data, 1);
				encoded(&data, encoding, 0);
			} else if (*augmentation == 'L') {
				dwarf_fixed(&data, 1);
			} else if (*augmentation == 'S') {
				info->signal_frame = true;
			} else if (*augmentation != 'B') {
				return false;
			}
		}
	}
	info->initial = b;
	return !b.overrun;
}

static bool parse_fde(const uint8_t *at, uint64_t pc, struct frame_info *info)
{
	struct dwarf_bytes b = entry_bytes(at);
	const uint8_t *cie = b.at;
	uint64_t distance = dwarf_fixed(&b, 4), range;

	if (!distance || !parse_cie(cie - distance, info))
		return false;
	info->pc_begin = encoded(&b, info->encoding, 0);
	range = encoded(&b, info->encoding & ENCODING_FORMAT, 0);
	if (b.overrun || pc - info->pc_begin >= range)
		return false;
	if (info->has_augmentation)
		dwarf_block(&b);
	info->instructions = b;
	return !b.overrun;
}

static struct rule *rule_of(struct rules *rules, const struct frame_info *info, uint64_t number)
{
	if (number == ARCH_REGISTER_BP)
		return &rules->bp;
	if (number == info->return_register)
		return &rules->pc;
	return NULL;
}

static void set_rule(struct rules *rules, const struct frame_info *info, uint64_t number,
		     enum rule_kind kind, int64_t offset)
{
	struct rule *rule = rule_of(rules, info, number);

	if (!rule)
		return;
	rule->kind = kind;
	rule->offset = offset;
}

static void set_expression(struct rules *rules, const struct frame_info *info, uint64_t number,
			   enum rule_kind kind, struct dwarf_bytes expression)
{
	struct rule *rule = rule_of(rules, info, number);

	if (!rule)
		return;
	rule->kind = kind;
	rule->expression = expression;
}

static void define_cfa(struct rules *rules, uint64_t number, int64_t offset)
{
	rules->cfa_is_expression = false;
	rules->cfa_register = number;
	rules->cfa_offset = offset;
}

/* Runs call frame instructions up to pc. `initial` serves DW_CFA_restore; NULL in a CIE. */
static bool run(struct dwarf_bytes b, const struct frame_info *info, uint64_t pc,
		const struct rules *initial, struct rules *rules)
{
	struct rules remembered[REMEMBERED_MOST];
	unsigned depth = 0;
	uint64_t location = info->pc_begin, number;

	while (b.at < b.end && !b.overrun) {
		uint8_t op = (uint8_t)dwarf_fixed(&b, 1), low = op & 0x3f;
		uint64_t advance = 0;

		switch (op & 0xc0) {
		case 0x40:
			advance = low * info->code_align;
			goto advanced;
		case 0x80:
			set_rule(rules, info, low, RULE_OFFSET,
				 (int64_t)dwarf_uleb(&b) * info->data_align);
			continue;
		case 0xc0:
			number = low;
			goto restore;
		}
		switch (op) {
		case 0x00: /* nop */
			break;
		case 0x01: /* set_loc */
			location = encoded(&b, info->encoding, 0);
			goto advanced;
		case 0x02:
			advance = dwarf_fixed(&b, 1) * info->code_align;
			goto advanced;
		case 0x03:
			advance = dwarf_fixed(&b, 2) * info->code_align;
			goto advanced;
		case 0x04:
			advance = dwarf_fixed(&b, 4) * info->code_align;
			goto advanced;
		advanced:
			location += advance;
			if (location > pc)
				return true;
			break;
		case 0x05: /* offset_extended */
			number = dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_OFFSET,
				 (int64_t)dwarf_uleb(&b) * info->data_align);
			break;
		case 0x06: /* restore_extended */
			number = dwarf_uleb(&b);
		restore:
			if (!initial)
				return false;
			if (number == ARCH_REGISTER_BP)
				rules->bp = initial->bp;
			if (number == info->return_register)
				rules->pc = initial->pc;
			break;
		case 0x07:
			set_rule(rules, info, dwarf_uleb(&b), RULE_UNDEFINED, 0);
			break;
		case 0x08:
			set_rule(rules, info, dwarf_uleb(&b), RULE_SAME, 0);
			break;
		case 0x09: /* register */
			number = dwarf_uleb(&b);
			dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_OTHER, 0);
			break;
		case 0x0a: /* remember_state */
			if (depth == REMEMBERED_MOST)
				return false;
			remembered[depth++] = *rules;
			break;
		case 0x0b: /* restore_state */
			if (!depth)
				return false;
			*rules = remembered[--depth];
			break;
		case 0x0c: /* def_cfa */
			number = dwarf_uleb(&b);
			define_cfa(rules, number, (int64_t)dwarf_uleb(&b));
			break;
		case 0x0d:
			define_cfa(rules, dwarf_uleb(&b), rules->cfa_offset);
			break;
		case 0x0e:
			define_cfa(rules, rules->cfa_register, (int64_t)dwarf_uleb(&b));
			break;
		case 0x0f: /* def_cfa_expression */
			rules->cfa_is_expression = true;
			rules->cfa_expression = dwarf_block(&b);
			break;
		case 0x10: /* expression */
		case 0x16: /* val_expression */
			number = dwarf_uleb(&b);
			set_expression(rules, info, number,
				       op == 0x10 ? RULE_EXPRESSION : RULE_VALUE_EXPRESSION,
				       dwarf_block(&b));
			break;
		case 0x11: /* offset_extended_sf */
			number = dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_OFFSET,
				 dwarf_sleb(&b) * info->data_align);
			break;
		case 0x12: /* def_cfa_sf */
			number = dwarf_uleb(&b);
			define_cfa(rules, number, dwarf_sleb(&b) * info->data_align);
			break;
		case 0x13: /* def_cfa_offset_sf */
			define_cfa(rules, rules->cfa_register, dwarf_sleb(&b) * info->data_align);
			break;
		case 0x14: /* val_offset */
			number = dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_VALUE_OFFSET,
				 (int64_t)dwarf_uleb(&b) * info->data_align);
			break;
		case 0x15: /* val_offset_sf */
			number = dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_VALUE_OFFSET,
				 dwarf_sleb(&b) * info->data_align);
			break;
		case 0x2d: /* AARCH64_negate_ra_state, GNU_window_save */
			break;
		case 0x2e:
			dwarf_uleb(&b); /* GNU_args_size */
			break;
		case 0x2f: /* GNU_negative_offset_extended */
			number = dwarf_uleb(&b);
			set_rule(rules, info, number, RULE_OFFSET,
				 -(int64_t)dwarf_uleb(&b) * info->data_align);
			break;
		default:
			return false;
		}
	}
	return !b.overrun;
}

/* Rules in force at pc. */
static bool find_rules(const uint8_t *header, uint64_t pc, struct frame_info *info,
		       struct rules *rules)
{
	const uint8_t *fde = header ? find_fde(header, pc) : NULL;
	struct rules initial;

	if (!fde || !parse_fde(fde, pc, info))
		return false;
	memset(rules, 0, sizeof *rules);
	if (!run(info->initial, info, pc, NULL, rules))
		return false;
	initial = *rules;
	return run(info->instructions, info, pc, &initial, rules);
}

/* Saved where a packed row can say so. */
static bool is_below_cfa(const struct rule *rule)
{
	return rule->kind == RULE_OFFSET && rule->offset < 0 && rule->offset % 8 == 0 &&
	       rule->offset >= -(int64_t)CFI_DEPTH_MAX;
}

struct cfi_row cfi_find(const uint8_t *eh_frame_hdr, uint64_t pc)
{
	struct cfi_row row = {CFI_NONE, 0, 0, 0};
	struct frame_info info;
	struct rules rules;

	if (!find_rules(eh_frame_hdr, pc, &info, &rules))
		return row;
	row.kind = CFI_COMPLEX;
	if (info.signal_frame)
		return row;
	if (rules.pc.kind == RULE_UNDEFINED) {
		row.kind = CFI_OUTERMOST;
		return row;
	}
	if (rules.cfa_is_expression || rules.cfa_offset % 8 || rules.cfa_offset > CFA_OFFSET_MAX ||
	    rules.cfa_offset < -CFA_OFFSET_MAX || !is_below_cfa(&rules.pc) ||
	    (ARCH_RETURN_DEPTH && rules.pc.offset != -(int64_t)ARCH_RETURN_DEPTH) ||
	    (rules.bp.kind != RULE_SAME && !is_below_cfa(&rules.bp)))
		return row;
	if (rules.cfa_register != ARCH_REGISTER_SP && rules.cfa_register != ARCH_REGISTER_BP)
		return row;
	row.kind = rules.cfa_register == ARCH_REGISTER_SP ? CFI_FROM_SP : CFI_FROM_BP;
	row.cfa_offset = (int32_t)rules.cfa_offset;
	row.return_depth = (uint32_t)-rules.pc.offset;
	if (rules.bp.kind == RULE_OFFSET)
		row.bp_depth = (uint32_t)-rules.bp.offset;
	return row;
}

static bool apply(const struct rule *rule, const struct dwarf_frame *frame, uint64_t cfa,
		  uint64_t same, uint64_t *value)
{
	uint64_t address;

	switch (rule->kind) {
	case RULE_SAME:
		*value = same;
		return true;
	case RULE_OFFSET:
		return frame->read(frame->context, cfa + (uint64_t)rule->offset, value);
	case RULE_VALUE_OFFSET:
		*value = cfa + (uint64_t)rule->offset;
		return true;
	case RULE_EXPRESSION:
		return dwarf_evaluate(frame, rule->expression, true, cfa, &address) &&
		       frame->read(frame->context, address, value);
	case RULE_VALUE_EXPRESSION:
		return dwarf_evaluate(frame, rule->expression, true, cfa, value);
	default:
		return false;
	}
}

/* The kernel saved every register where the handler returns to. */
bool cfi_step_signal(struct cfi_registers *r, cfi_read *read, void *context)
{
	static const uint8_t position[] = ARCH_SAVED_POSITIONS;
	uint64_t saved = r->sp + ARCH_SAVED_OFFSET;

	if (!read(context, saved + 8 * position[ARCH_REGISTER_PC], &r->pc) ||
	    !read(context, saved + 8 * position[ARCH_REGISTER_BP], &r->bp) ||
	    !read(context, saved + 8 * position[ARCH_REGISTER_SP], &r->sp))
		return false;
	r->saved = saved;
	return true;
}

bool cfi_step(const uint8_t *eh_frame_hdr, uint64_t pc, struct cfi_registers *registers,
	      cfi_read *read, void *context)
{
	struct dwarf_frame frame = {registers, registers->pc, read, context};
	struct cfi_registers caller = {0};
	struct frame_info info;
	struct rules rules;
	uint64_t cfa, link = 0;

	if (!find_rules(eh_frame_hdr, pc, &info, &rules))
		return false;
	if (info.signal_frame)
		return cfi_step_signal(registers, read, context);
	if (rules.cfa_is_expression) {
		if (!dwarf_evaluate(&frame, rules.cfa_expression, false, 0, &cfa))
			return false;
	} else {
		if (!dwarf_register(&frame, rules.cfa_register, &cfa))
			return false;
		cfa += (uint64_t)rules.cfa_offset;
	}
	/* A signal may interrupt a function that has not saved its return address. */
	if (rules.pc.kind == RULE_SAME && registers->saved &&
	    info.return_register == ARCH_REGISTER_LINK &&
	    !dwarf_register(&frame, ARCH_REGISTER_LINK, &link))
		return false;
	if (!apply(&rules.pc, &frame, cfa, link, &caller.pc) ||
	    !apply(&rules.bp, &frame, cfa, registers->bp, &caller.bp))
		return false;
	caller.pc = arch_code_address(caller.pc);
	caller.sp = cfa;
	*registers = caller;
	return true;
}
