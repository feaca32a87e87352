/* SPDX-License-Identifier: MIT */
/*
 * quiet_scores.c - a table of scores that is busy for a while and then left alone.
 *
 * Each new score of a player replaces the old one, so the table is as full in the end as it was soon
 * after it began: one entry a player. Then nobody plays any more, and the entries grow far older
 * than any that were replaced, without anything being wrong. A report should show new_score as
 * cache-like.
 */
#include "work.h"

enum { PLAYERS = 400, GAMES = 20000, QUIET_ROUNDS = 6000 };

static int *table[PLAYERS];

static int *new_score(int points)
{
	int *score = malloc(sizeof(int) * (8 + roll(8)));

	*score = points;
	return score;
}

static void play(int player)
{
	free(table[player]);
	table[player] = new_score((int)roll(1000));
}

int main(void)
{
	for (int player = 0; player < PLAYERS; player++)
		play(player);
	for (int game = 0; game < GAMES; game++) {
		play((int)roll(PLAYERS));
		work_scratch();
	}
	for (int round = 0; round < QUIET_ROUNDS; round++) {
		work_parse();
		work_scratch();
	}

	expect("site=new_score allocations=%d live_blocks=%d truth=fine", PLAYERS + GAMES, PLAYERS);
	expect("complete=1");
	return 0;
}
