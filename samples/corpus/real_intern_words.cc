// SPDX-License-Identifier: MIT
//
// real_intern_words.cc - interned words of a vocabulary of 2,500, of which many are seldom used.
//
// How often a word is used follows Zipf's law, so that the first half of the table fills at once
// and the rest ever more slowly, to the very end. It is bounded by the vocabulary.
#include <cmath>
#include <string>
#include <unordered_set>

#include "work.h"

enum { VOCABULARY = 2500 };

static std::unordered_set<std::string> *words;

static const std::string *intern(const std::string &word)
{
	return &*words->insert(word).first;
}

int main()
{
	words = new std::unordered_set<std::string>();
	for (int i = 0; i < 24000; i++) {
		int rank = (int)std::pow(VOCABULARY, roll(1000000) / 1e6);

		intern("a-word-of-the-language-" + std::to_string(rank));
		work_scratch();
		if (i % 3 == 0)
			work_parse();
	}

	expect("site=intern live_blocks=%zu..%zu truth=fine", 2 * words->size(),
	       2 * words->size() + 1);
	return 0;
}
