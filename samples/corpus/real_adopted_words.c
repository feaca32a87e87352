/* SPDX-License-Identifier: MIT */
/*
 * real_adopted_words.c - a reader whose words are made in one place, and go to a dictionary if new.
 *
 * The language has 700 words, some common and some seldom. What is already there is released at
 * once. The dictionary fills ever more slowly, and is bounded by the language.
 */
#include "work.h"

enum { WORDS = 700, READ = 26000 };

static char *dictionary[WORDS];
static int known;

static char *read_word(int number)
{
	char *word = malloc(48);

	snprintf(word, 48, "word-%d%*s", number, (int)roll(20), "");
	return word;
}

static void learn(int number)
{
	char *word = read_word(number);

	if (dictionary[number]) {
		free(word);
	} else {
		dictionary[number] = word;
		known++;
	}
}

int main(void)
{
	for (int i = 0; i < READ; i++) {
		learn((int)roll(1 + roll(1 + roll(WORDS))));
		work_scratch();
		if (i % 3 == 0)
			work_parse();
	}

	expect("site=read_word allocations=%d live_blocks=%d truth=fine", READ, known);
	return 0;
}
