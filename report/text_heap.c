/* SPDX-License-Identifier: MIT */
/* What still holds the blocks of a site. */
#include "text.h"

#include <inttypes.h>

#include "holding.h"

void text_put_reachability(const struct text *t, const struct model_reachability *reachability)
{
	static const char *const names[] = {"lost", "held by lost blocks", "possibly lost",
					    "reachable"};
	const struct model_amount *amounts[] = {&reachability->direct, &reachability->indirect,
						&reachability->possible, &reachability->reachable};

	if (!reachability->known)
		return;
	putc('\n', t->file);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		text_put_line(t, names[i], human_count(amounts[i]->blocks).text,
			      text_bytes(t, amounts[i]->bytes).text);
	if (reachability->weak.blocks)
		text_put_line(t, "by one stack word only",
			      human_count(reachability->weak.blocks).text,
			      text_bytes(t, reachability->weak.bytes).text);
	if (reachability->garbage.blocks)
		text_put_line(t, "garbage of Python",
			      human_count(reachability->garbage.blocks).text,
			      text_bytes(t, reachability->garbage.bytes).text);
	if (reachability->hidden.blocks)
		text_put_line(t, "released unseen", human_count(reachability->hidden.blocks).text,
			      text_bytes(t, reachability->hidden.bytes).text);
	if (reachability->retained.blocks)
		text_put_line(t, "held with all behind",
			      human_count(reachability->retained.blocks).text,
			      text_bytes(t, reachability->retained.bytes).text);
}

static void put_link(const struct text *t, const struct model_link *link, bool last)
{
	fputs("          ", t->file);
	if (link->site)
		fprintf(t->file, "#%" PRIu32 " ", link->site);
	holding_put_block(t->file, t->model, link);
	if (link->interior)
		fputs(" (pointed into)", t->file);
	if (!last) {
		fputs("  ", t->file);
		holding_put_word(t->file, link);
		fputs(" ->", t->file);
	}
	putc('\n', t->file);
}

/* What holds the blocks, each with a chain to one of them. */
void text_put_holders(const struct text *t, const struct model_site *site)
{
	if (site->holder_count)
		fputs("      Held by\n", t->file);
	for (uint32_t i = 0; i < site->holder_count; i++) {
		const struct model_holder *holder = &site->holders[i];
		uint32_t missing, gap = holding_gap(holder, &missing);

		fputs("        ", t->file);
		holding_put_root(t->file, holder);
		fprintf(t->file, ": %s block%s, %s%s ->\n", human_count(holder->amount.blocks).text,
			human_plural(holder->amount.blocks),
			text_bytes(t, holder->amount.bytes).text,
			holder->weak ? ", maybe left over from an earlier call" : "");
		for (uint32_t k = 0; k < holder->chain_count; k++) {
			put_link(t, &holder->chain[k], k + 1 == holder->chain_count);
			if (k == gap)
				fprintf(t->file, "          ... %s more ...\n",
					human_count(missing).text);
		}
	}
}
