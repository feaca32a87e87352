/* SPDX-License-Identifier: MIT */
/*
 * model.h - the finished result of an analysis, read-only once sealed.
 *
 * With model_diff.h and model_gate.h all of the analyzer that report/ includes. Plain data: built by analysis/ and commands/,
 * printed by report/. Bytes and counts are exact integers; times are nanoseconds since the
 * program's start. Strings belong to the model, are never NULL and are raw: any byte may be in
 * them, the writers of report/ escape. What could not be determined is said, never defaulted.
 */
#ifndef TENURE_MODEL_H
#define TENURE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model_fragmentation.h"
#include "model_snapshot.h"
#include "model_stack.h"

enum verdict {
	VERDICT_UNKNOWN = 0,
	VERDICT_LEAK,
	VERDICT_GROWING,
	VERDICT_CACHE,
	VERDICT_STARTUP,
	VERDICT_UNFREED,
	VERDICT_CLEANED,
	VERDICT_BALANCED,
	VERDICTS, /* how many there are */
};

/* What ages are measured by. */
enum age_clock {
	AGE_BYTES = 0, /* the allocation clock: bytes allocated by the process since */
	AGE_ALLOCATIONS, /* allocations by the process since */
	AGE_NS, /* time since */
};

#define GENERATIONS 3 /* young, middle, old */

/*
 * Blocks by how long they lived, or have lived so far. births[i] = deaths[i] + survivors[i] +
 * births[i + 1]; births of young are all allocations but the reallocations that went on as the
 * block they grew from; bytes of all generations together are the bytes live at the end.
 */
struct model_generation {
	uint64_t births; /* reached this generation */
	uint64_t deaths; /* released in it */
	uint64_t survivors, bytes; /* still live at the end, at an age of this generation */
	double byte_seconds; /* memory rent paid by blocks that died or ended in it */
	double promotion; /* estimated share of those that reached it which reach the next; 0 for old */
};

/* The Kaplan-Meier estimate of how long blocks live. */
struct model_survival_point {
	uint64_t age; /* by run.age_clock */
	double share, low, high; /* that lives at least this long, with its 95 % band */
};

struct model_survival {
	uint64_t blocks, deaths; /* that it rests on; the others were live at the end */
	bool has_median;
	uint64_t median_age;
	double plateau, low, high; /* share that never dies, with its 95 % interval */
	bool followed_up; /* the run was long enough to tell: Maller and Zhou */
	const struct model_survival_point *points; /* ages ascending */
	uint32_t point_count;
};

/* Blocks by age. Where buckets begin never changes, see analysis/ages.h: so lists of them add up. */
struct model_age_bucket {
	uint64_t age; /* where it begins, by run.age_clock */
	uint64_t blocks, bytes;
	double byte_seconds;
};

struct model_ages {
	const struct model_age_bucket *dead, *alive; /* at death; at the end. Ages ascending */
	uint32_t dead_count, alive_count;
};

/* Live bytes over the run, from slices of equally many allocations. */
struct model_moment {
	uint64_t ns; /* since the start */
	uint64_t bytes, blocks; /* live then */
};

struct model_growth {
	bool known; /* there were enough points */
	double bytes_per_s, low, high; /* Theil-Sen slope with its 95 % interval */
	double p; /* of no trend: Mann-Kendall, autocorrelation and multiple testing corrected */
	const struct model_moment *points;
	uint32_t point_count;
};

/* Code that released blocks of a site: those that did not go on in a reallocation. */
struct model_releaser {
	struct model_stack stack; /* as far as it is recorded: the calling function, often alone */
	struct model_amount amount;
};

/*
 * What a program did between marks of one name. A block belongs to the epoch that it was allocated in,
 * and with a reallocation from the same call stack goes on in it; an epoch's allocations count that
 * reallocation, too.
 */
struct model_epoch {
	const char *name; /* up to 200 bytes of any value; "others" for names beyond the 4,000th */
	uint64_t start_ns; /* of its first mark */
	uint64_t duration_ns, marks; /* of all its marks, as are: */
	uint64_t allocations, allocated_bytes;
	uint64_t left_blocks, left_bytes; /* allocated in it, and live when it ended */
	uint64_t live_blocks, live_bytes; /* allocated in it, and live at the end of the run */
};

/* What a site has live at the end, by the epoch that it was allocated in. */
struct model_site_epoch {
	uint32_t epoch; /* index into model.epochs */
	uint64_t blocks, bytes;
};

/* What one thread allocated at a site. */
struct model_site_thread {
	uint32_t thread; /* index into model.threads */
	uint64_t allocations, allocated_bytes;
	uint64_t survivors[GENERATIONS], bytes[GENERATIONS]; /* live at the end, by their age */
};

/* One piece of evidence of a verdict, for or against it being a leak. */
struct model_evidence {
	const char *name; /* "growth", "survival", ... */
	bool known; /* false: the trace cannot tell, the sentence says why */
	bool leaky; /* it speaks for a leak */
	const char *sentence;
};

/* Blocks that a sampled recording has, and standard errors of estimates from them; else all 0. */
struct model_sample {
	uint64_t blocks, live_blocks;
	double allocations_error, allocated_bytes_error;
	double live_blocks_error, live_bytes_error, peak_bytes_error;
};

/* Executions of a program that could not be recorded. */
struct model_unrecorded {
	const char *path; /* of scripts, their interpreter; "": programs that were only counted */
	const char *reason; /* "statically linked", "built with a sanitizer", ... */
	uint64_t times;
};

struct model_run {
	/* Of a profile, which adds up runs: numbers are sums then, and peaks those of each run. */
	uint64_t runs; /* 0: this is one run, from its trace */
	uint32_t programs; /* that they were of */
	uint64_t last_end_realtime_ns; /* since 1970; start_realtime_ns is the first start */
	const char *trace_path; /* or of the profile */
	const char *program; /* path of the executable */
	const char *const *argv;
	uint32_t argc;
	int32_t pid;
	bool complete; /* the trace has its END record and no damage */
	const char *damage; /* one line with file and offset; "" if undamaged */
	/* "exit", "_exit", "quick_exit", "exec", "signal", "detached", "unknown" */
	const char *end_kind;
	int32_t end_status; /* exit status or signal number */
	uint64_t start_realtime_ns; /* since 1970 */
	uint64_t duration_ns;
	uint32_t threads;
	uint64_t allocations, frees; /* a reallocation counts as both, as memcheck does */
	uint64_t allocated_bytes;
	uint64_t live_blocks, live_bytes; /* at the end */
	uint64_t peak_bytes, peak_blocks; /* at the moment of most live bytes */
	uint64_t peak_ns;
	uint64_t temporary;
	uint64_t failed_allocations, injected_failures;
	uint64_t lost_events;
	uint64_t stacks_truncated; /* events with an incomplete stack, of these: */
	uint64_t stacks_deep, stacks_unfinished; /* too deep, not to be followed to the end */
	uint64_t events; /* of all kinds, stored in the trace */
	uint64_t marks; /* that the program has set */
	uint64_t trace_bytes;
	uint64_t peak_resident_bytes; /* sampled; 0 if never sampled */
	uint64_t mapped_bytes, mappings; /* live at the end, mmap called by the program */
	bool forked; /* began as a fork: frees of inherited blocks are expected */
	bool own_allocator; /* the executable defines its own malloc: nothing of that is here */
	bool without_stacks; /* not recorded: all is one site */
	bool deep_bound; /* a module was loaded with RTLD_DEEPBIND: it may allocate past the recorder */
	uint64_t inherited_frees;
	uint64_t unseen_releases; /* blocks whose address came back without a recorded release */
	uint64_t undecided_releases; /* possible errors that evidence is missing for */
	const char *suppressions; /* that the program has in itself for LeakSanitizer; "" */
	bool sampled; /* then blocks and bytes are estimates, everywhere */
	uint64_t sample_interval_bytes;
	struct model_sample sample;
	/* The interpreter took itself apart from here on, which releases all and is left out; 0: nothing
	 * is. */
	uint64_t teardown_ns;
	uint64_t since_ns, until_ns; /* only blocks allocated in between; until 0: to the end */
	enum age_clock age_clock;
	uint64_t turnover_bytes; /* time average of live bytes: mean lifetime of bytes, by Little */
	uint64_t generation_ages[GENERATIONS - 1]; /* where middle and old begin, by age_clock */
	struct model_generation generations[GENERATIONS];
	struct model_survival survival;
	uint64_t resized; /* reallocations that went on as the same block */
	uint64_t remote_frees; /* releases by another thread than the one that allocated */
	double byte_seconds;
	const char *gap; /* a sentence: why no site can be judged; "" if they can */
	const char *const *limits; /* sentences: what this trace could not see */
	uint32_t limit_count;
	/* The program that the process went on as in the end, if it executed one, and the path of that
	 * one's trace; NULL without. */
	const char *successor, *successor_trace;
	const char *const *children; /* paths of the traces of child processes */
	uint32_t child_count;
	const struct model_unrecorded *unrecorded; /* what it executed; most often first, "" last */
	uint32_t unrecorded_count;
};

/* Of a profile: which runs a site is about. */
struct model_site_runs {
	const char *program; /* base name */
	uint64_t all; /* of that program */
	uint64_t present; /* that have the site */
	uint64_t verdicts[VERDICTS]; /* that came to each on it, some of its call stacks or all */
	uint64_t first_seen_ns, last_seen_ns; /* allocating in those of the row, since 1970 */
	uint64_t largest_live_bytes; /* at the end of one of these */
};

/* An allocation site: one call stack; in a profile, one chain of functions in runs that agree. */
struct model_site {
	uint32_t id; /* 1.. in order of the table */
	uint64_t fingerprint; /* same for the same functions in any run or build; 0: no stack */
	bool nameless; /* some of these functions have no names: in this build only */
	struct model_stack stack; /* frame_count 0: not among the sites that were asked for */
	const char *api; /* the allocating function: "malloc", "operator new", ... */
	enum verdict verdict;
	double confidence; /* 0 to 1: share of the evidence that agrees with the verdict */
	const char *why; /* the sentence that explains it; "" if not asked for, as is: */
	const struct model_evidence *evidence;
	uint32_t evidence_count;
	uint32_t stacks; /* call stacks in this row: 1 but for groups */
	uint64_t allocations, frees, allocated_bytes;
	uint64_t live_blocks, live_bytes; /* at the end */
	uint64_t peak_blocks, peak_bytes; /* this site's share at the run's peak */
	uint64_t own_peak_bytes; /* this site's own maximum */
	/* If all was released and live bytes rose until the program began to end: what was live then. */
	uint64_t teardown_blocks, teardown_bytes;
	uint64_t temporary; /* freed by the same thread with no allocation event of it in between */
	uint64_t failures;
	uint64_t min_bytes, max_bytes; /* smallest and largest size asked for */
	struct model_generation generations[GENERATIONS];
	struct model_survival survival;
	struct model_ages ages; /* none if not asked for */
	struct model_growth growth;
	struct model_reachability reachability;
	const struct model_holder *holders; /* most bytes first; none if not asked for */
	uint32_t holder_count;
	uint64_t pinned_bytes; /* free bytes of pages at the end, shared over what holds these */
	uint64_t exclusive_bytes; /* bytes of pages at the end that no other site has blocks on */
	uint64_t saved_bytes; /* of these, what would be free if its blocks lay together */
	uint64_t scattered_pages; /* at the end: less than a quarter is its, in old blocks only */
	uint64_t peak_pinned_bytes; /* as pinned_bytes, at the run's peak */
	uint64_t resized; /* reallocations that went on as the same block */
	uint64_t longest_chain; /* reallocations that the most resized block went through */
	uint64_t remote_frees; /* releases by another thread than the one that allocated */
	double byte_seconds;
	uint64_t first_ns, last_ns; /* first and last allocation */
	uint64_t last_release_ns; /* 0 if nothing was released */
	const char *type; /* of the objects, "" if unknown */
	struct model_sample sample;
	const struct model_releaser *releasers; /* most blocks first; none if not asked for */
	uint32_t releaser_count;
	const struct model_site_thread *threads; /* none if not asked for; without room not all */
	uint32_t thread_count;
	const struct model_site_runs *runs; /* NULL unless in a profile */
	const struct model_site_epoch *epochs; /* most bytes first; the first few */
	uint32_t epoch_count;
};

/*
 * Sites that have something in common, judged together. Of sites that are counted each at its own
 * moment a sum tells only the least: own_peak_bytes, and exclusive_bytes of shared pages.
 */
struct model_group {
	const char *name; /* of the function, file, line, module or type; "unknown" without one */
	const char *source; /* of a line: its text; "" if not asked for, or not to be read */
	struct model_site sum; /* id and fingerprint are 0; stack and api are the largest site's */
};

struct model_grouping {
	const char *name; /* what the groups are by: "function", "file", "line", "module", "type" */
	const struct model_group *groups; /* ordered as sites */
	uint32_t group_count;
};

/* Ways of keeping data in Python that take more memory than others. */
enum saving_rule {
	SAVING_SLOTS = 0, /* instances have their attributes in dictionaries: __slots__ */
	SAVING_ARRAY, /* lists of numbers: array.array, or NumPy's */
	SAVING_INTERN, /* strings of equal text: sys.intern */
	SAVING_CACHE, /* a container only grows: a bound */
	SAVING_GENERATOR, /* a list is built, and dropped at once: a generator expression */
	SAVING_VIEW, /* copies of what is left of a buffer: memoryview */
	SAVING_JOIN, /* copies of a buffer that grows: bytearray, join */
	SAVING_RULES, /* how many there are */
};

/* One of them, with what speaks for it. It is told only where it takes much of the memory. */
struct model_saving {
	enum saving_rule rule;
	const char *rule_name; /* "slots", "array", "intern", "bounded-cache", "generator", ... */
	uint32_t site; /* model_site.id of the largest that is concerned; 0: none is known */
	struct model_stack stack; /* where that allocates */
	/* Of the class; the text that most of the strings have; the container: "CACHE of module app";
	 * "float", "int". */
	const char *name;
	const char *type; /* of the container; else "" */
	uint64_t groups; /* lists that the numbers are in; texts that the strings have; else 0 */
	/* Instances, numbers, strings, blocks in the container, blocks of the list and its items, copies. */
	uint64_t count;
	/* That these take: live at the end; of SAVING_GENERATOR at the peak; of copies all together. */
	uint64_t bytes;
	/* Of these, at least so many less. Of a container, that it may grow to any size, 0. */
	uint64_t saved_bytes;
	double bytes_per_s; /* by which a container grows; else 0 */
	bool nothing_released; /* of what is in the container */
};

enum finding_rule {
	FINDING_MISMATCHED_RELEASE,
	FINDING_DOUBLE_FREE,
	FINDING_FOREIGN_FREE, /* not an address that was ever allocated */
	FINDING_INTERIOR_FREE, /* inside a live block */
	FINDING_ALLOCATION_FAILURE,
	FINDING_RULES, /* how many there are */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct model_finding {
	enum finding_rule rule;
	const char *rule_name; /* "mismatched-release", "double-free", ... */
	enum severity severity;
	uint32_t site; /* model_site.id of the block involved, 0 if none */
	const char *message; /* one sentence */
	uint64_t occurrences;
	uint64_t bytes; /* of the block, or wanted */
	uint64_t first_ns;
	uint64_t fingerprint; /* as model_site's, of the rule and where it went wrong */
	bool nameless;
	struct model_stack allocation; /* where the block came from; frame_count 0 if unknown */
	struct model_stack release; /* where it was (wrongly) released, or the failing call */
	struct model_stack first_release; /* double free: where it was released before */
};

/* The live set at one moment of the allocation clock. */
struct model_census {
	uint64_t ns, clock; /* clock by run.age_clock */
	uint64_t live_bytes, live_blocks;
	uint64_t bytes[GENERATIONS]; /* live_bytes by the age at that moment */
	uint64_t heap_pages; /* of 4 KiB, with a live block on them */
	uint64_t pinned_bytes; /* free bytes on those pages */
};

/* Resident memory of the process, as sampled. */
struct model_resident {
	uint64_t ns; /* since the start */
	uint64_t bytes;
};

/*
 * All blocks by when they were born and how old they got (after Lexis, Einleitung in die Theorie der
 * Bevoelkerungsstatistik, 1875): by their age at death, or at the end for those alive. Every block
 * counts in one cell, but for reallocations that go on as the block they grew from: these count
 * once, with the size of the last.
 */
struct model_lexis_cell {
	uint32_t site; /* model_site.id; 0: of sites that found no room */
	uint16_t birth; /* column */
	uint16_t age; /* row */
	bool alive; /* at the end */
	uint64_t blocks, bytes;
};

struct model_lexis {
	const uint64_t *birth_ns; /* since the start: where each column begins; equally wide */
	uint32_t birth_count;
	const uint64_t *ages; /* by run.age_clock: where each row begins; ages[0] is 0 */
	uint32_t age_count;
	const struct model_lexis_cell *cells; /* ascending by birth, age, alive, site */
	uint32_t cell_count; /* 0: not asked for */
};

/* Allocations with sizes from `least` to below the `least` of the next class. */
struct model_size_class {
	uint64_t least;
	uint64_t allocations, allocated_bytes;
	uint64_t live_blocks, live_bytes; /* at the end */
};

struct model_thread {
	uint32_t id;
	int32_t tid;
	const char *name;
	uint64_t allocations, allocated_bytes;
	uint64_t frees, remote_frees; /* by this thread; of them, blocks of other threads */
	uint64_t live_blocks, live_bytes; /* allocated by this thread, at the end */
};

/* A file of code that was loaded. */
struct model_module {
	const char *path;
	const char *build_id; /* lower-case hex; "" if it has none */
};

struct model {
	struct model_run run;
	const struct model_census *census; /* in order of time */
	uint32_t census_count;
	const struct model_resident *resident; /* in order of time */
	uint32_t resident_count;
	struct model_snapshot snapshot;
	struct model_lexis lexis;
	const struct model_size_class *size_classes; /* those that occur, ascending */
	uint32_t size_class_count;
	const struct model_epoch *epochs; /* by name, in order of first mark; none without marks */
	uint32_t epoch_count;
	const struct model_thread *threads; /* most bytes allocated first */
	uint32_t thread_count;
	const struct model_module *modules; /* ascending by path, each once; none of a profile */
	uint32_t module_count;
	struct model_fragmentation fragmentation;
	const struct model_site *sites; /* by live_bytes, then allocated_bytes, descending */
	uint32_t site_count;
	const struct model_grouping *groupings; /* those that were asked for */
	uint32_t grouping_count;
	const struct model_finding *findings; /* errors first, then by occurrences */
	uint32_t finding_count;
	const struct model_saving *savings; /* most bytes saved first */
	uint32_t saving_count;
};

#endif
