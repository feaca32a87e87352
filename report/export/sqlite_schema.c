/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

/* Of sites and groups. min_bytes and others without a type keep what is too large for an integer. */
#define SURVIVAL_COLUMNS \
	"survival_blocks INTEGER, survival_deaths INTEGER, median_age INTEGER," \
	"plateau REAL, plateau_low REAL, plateau_high REAL, followed_up INTEGER,"
#define SAMPLE_COLUMNS \
	"sampled_blocks INTEGER, sampled_live_blocks INTEGER, allocations_error REAL," \
	"allocated_bytes_error REAL, live_blocks_error REAL, live_bytes_error REAL," \
	"peak_bytes_error REAL"
#define SITE_COLUMNS \
	"verdict TEXT NOT NULL, confidence REAL, why TEXT, api TEXT, type TEXT," \
	"allocations INTEGER, frees INTEGER, allocated_bytes INTEGER," \
	"live_blocks INTEGER, live_bytes INTEGER, peak_blocks INTEGER, peak_bytes INTEGER," \
	"own_peak_bytes INTEGER, teardown_blocks INTEGER, teardown_bytes INTEGER," \
	"temporary INTEGER, failures INTEGER, min_bytes, max_bytes," \
	"resized INTEGER, longest_chain INTEGER, remote_frees INTEGER, byte_seconds REAL," \
	"first_ns INTEGER, last_ns INTEGER, last_release_ns INTEGER," \
	"pinned_bytes INTEGER, peak_pinned_bytes INTEGER, exclusive_bytes INTEGER," \
	"saved_bytes INTEGER, scattered_pages INTEGER," \
	"growth_bytes_per_s REAL, growth_low REAL, growth_high REAL, growth_p REAL," \
	"direct_blocks INTEGER, direct_bytes INTEGER," \
	"indirect_blocks INTEGER, indirect_bytes INTEGER," \
	"possible_blocks INTEGER, possible_bytes INTEGER," \
	"reachable_blocks INTEGER, reachable_bytes INTEGER," SURVIVAL_COLUMNS SAMPLE_COLUMNS
#define GENERATION_COLUMNS \
	"generation TEXT NOT NULL, births INTEGER, deaths INTEGER, survivors INTEGER," \
	"bytes INTEGER, byte_seconds REAL, promotion REAL"
#define CURVE_COLUMNS "age INTEGER NOT NULL, share REAL, low REAL, high REAL"
#define OF_SITE "site INTEGER NOT NULL REFERENCES sites,"
#define OF_SITE_OR_NULL "site INTEGER REFERENCES sites,"
#define FRAME_OF_STACK "depth INTEGER NOT NULL, frame INTEGER NOT NULL REFERENCES frames,"

const char sqlite_tables[] =
	"CREATE TABLE run(program TEXT, pid INTEGER, complete INTEGER, end_kind TEXT,"
	"end_status INTEGER, start_realtime_ns INTEGER, duration_ns INTEGER, threads INTEGER,"
	"allocations INTEGER, frees INTEGER, allocated_bytes INTEGER, live_blocks INTEGER,"
	"live_bytes INTEGER, peak_bytes INTEGER, peak_blocks INTEGER, peak_ns INTEGER,"
	"temporary INTEGER, failed_allocations INTEGER, injected_failures INTEGER,"
	"lost_events INTEGER, truncated_stacks INTEGER, unseen_releases INTEGER,"
	"undecided_releases INTEGER, inherited_frees INTEGER, forked INTEGER, sampled INTEGER,"
	"sample_interval_bytes INTEGER, mappings INTEGER, mapped_bytes INTEGER,"
	"peak_resident_bytes INTEGER, events INTEGER, trace TEXT, trace_bytes INTEGER,"
	"damage TEXT, clock TEXT, turnover_bytes INTEGER, middle_age INTEGER, old_age INTEGER,"
	"byte_seconds REAL," SURVIVAL_COLUMNS SAMPLE_COLUMNS
	", run_count INTEGER, program_count INTEGER, last_end_realtime_ns INTEGER);"
	"CREATE TABLE arguments(position INTEGER PRIMARY KEY, argument TEXT);"
	"CREATE TABLE limits(sentence TEXT NOT NULL);"
	"CREATE TABLE children(trace TEXT NOT NULL);"
	"CREATE TABLE run_generations(" GENERATION_COLUMNS ");"
	"CREATE TABLE run_survival(" CURVE_COLUMNS ");"
	"CREATE TABLE census(ns INTEGER NOT NULL, clock INTEGER, live_bytes INTEGER,"
	"live_blocks INTEGER, young_bytes INTEGER, middle_bytes INTEGER, old_bytes INTEGER,"
	"heap_pages INTEGER, pinned_bytes INTEGER);"
	"CREATE TABLE resident(ns INTEGER NOT NULL, bytes INTEGER);"
	"CREATE TABLE threads(id INTEGER PRIMARY KEY, tid INTEGER, name TEXT,"
	"allocations INTEGER, allocated_bytes INTEGER, frees INTEGER, remote_frees INTEGER,"
	"live_blocks INTEGER, live_bytes INTEGER);"
	"CREATE TABLE modules(path TEXT NOT NULL, build_id TEXT);"
	"CREATE TABLE size_classes(least, allocations INTEGER, allocated_bytes INTEGER,"
	"live_blocks INTEGER, live_bytes INTEGER);"
	"CREATE TABLE lifetimes(birth_ns INTEGER NOT NULL, age INTEGER NOT NULL,"
	"alive INTEGER NOT NULL," OF_SITE_OR_NULL "blocks INTEGER, bytes INTEGER);"

	"CREATE TABLE memory(moment TEXT PRIMARY KEY, live INTEGER, rounding INTEGER,"
	"headers INTEGER, pinned INTEGER, retained INTEGER, other INTEGER, resident INTEGER,"
	"untouched INTEGER);"
	"CREATE TABLE pages(moment TEXT, page_bytes INTEGER, occupied INTEGER,"
	"single_block INTEGER, pinned_bytes INTEGER, PRIMARY KEY(moment, page_bytes));"
	"CREATE TABLE fullness(moment TEXT, page_bytes INTEGER, percent INTEGER, pages INTEGER,"
	"PRIMARY KEY(moment, page_bytes, percent));"
	"CREATE TABLE holes(count INTEGER, bytes INTEGER, largest INTEGER);"
	"CREATE TABLE regions(id INTEGER PRIMARY KEY, start, end, live_blocks INTEGER,"
	"live_bytes INTEGER, pages INTEGER, pinned_bytes INTEGER);"
	"CREATE TABLE stretches(region INTEGER REFERENCES regions, position INTEGER,"
	"pages INTEGER, occupied INTEGER," OF_SITE_OR_NULL "live_bytes INTEGER,"
	"pinned_bytes INTEGER, PRIMARY KEY(region, position)) WITHOUT ROWID;"
	"CREATE TABLE mixtures(long_lived INTEGER REFERENCES sites,"
	"short_lived INTEGER REFERENCES sites, pages INTEGER, pinned_bytes INTEGER);"
	"CREATE TABLE arena_totals(ever INTEGER, most INTEGER, bytes INTEGER, live INTEGER,"
	"overhead INTEGER, free INTEGER, unused INTEGER, other INTEGER, blocks INTEGER,"
	"outside_blocks INTEGER);"
	"CREATE TABLE arenas(start, end, live_blocks INTEGER, live_bytes INTEGER,"
	"pools INTEGER, sites INTEGER," OF_SITE_OR_NULL "PRIMARY KEY(start));"
	"CREATE TABLE arena_holders(" OF_SITE "arenas INTEGER, exclusive_arenas INTEGER,"
	"blocks INTEGER, bytes INTEGER);"
	"CREATE TABLE pool_sizes(block_bytes INTEGER PRIMARY KEY, pools INTEGER, blocks INTEGER,"
	"free_blocks INTEGER);"

	"CREATE TABLE frames(id INTEGER PRIMARY KEY, name TEXT NOT NULL, function TEXT, file TEXT,"
	"line INTEGER, module TEXT, offset, inlined INTEGER, language TEXT, note TEXT);"
	"CREATE TABLE sites(id INTEGER PRIMARY KEY, fingerprint TEXT,"
	"frame INTEGER REFERENCES frames," SITE_COLUMNS ");"
	"CREATE TABLE stacks(" OF_SITE FRAME_OF_STACK "PRIMARY KEY(site, depth)) WITHOUT ROWID;"
	"CREATE TABLE generations(" OF_SITE GENERATION_COLUMNS
	", PRIMARY KEY(site, generation)) WITHOUT ROWID;"
	"CREATE TABLE evidence(" OF_SITE "name TEXT NOT NULL, leaky INTEGER, sentence TEXT);"
	"CREATE TABLE survival(" OF_SITE CURVE_COLUMNS ");"
	"CREATE TABLE growth(" OF_SITE "ns INTEGER NOT NULL, bytes INTEGER, blocks INTEGER);"
	"CREATE TABLE site_runs(site INTEGER PRIMARY KEY REFERENCES sites, program TEXT NOT NULL,"
	"all_runs INTEGER, present INTEGER, first_seen_realtime_ns INTEGER,"
	"last_seen_realtime_ns INTEGER, largest_live_bytes INTEGER);"
	"CREATE TABLE site_verdicts(" OF_SITE "verdict TEXT NOT NULL, runs INTEGER,"
	"PRIMARY KEY(site, verdict)) WITHOUT ROWID;"
	"CREATE TABLE releasers(id INTEGER PRIMARY KEY," OF_SITE "blocks INTEGER, bytes INTEGER);"
	"CREATE TABLE releaser_stacks(releaser INTEGER NOT NULL REFERENCES releasers," FRAME_OF_STACK
	"PRIMARY KEY(releaser, depth)) WITHOUT ROWID;"
	"CREATE TABLE groups(id INTEGER PRIMARY KEY, grouping TEXT NOT NULL, name TEXT NOT NULL,"
	"stacks INTEGER," SITE_COLUMNS ");"
	"CREATE TABLE group_generations(group_id INTEGER NOT NULL REFERENCES groups," GENERATION_COLUMNS
	", PRIMARY KEY(group_id, generation)) WITHOUT ROWID;"
	"CREATE TABLE findings(id INTEGER PRIMARY KEY, rule TEXT, severity TEXT," OF_SITE_OR_NULL
	"message TEXT, occurrences INTEGER, bytes, first_ns INTEGER);"
	"CREATE TABLE finding_stacks(finding INTEGER NOT NULL REFERENCES findings,"
	"role TEXT NOT NULL," FRAME_OF_STACK "PRIMARY KEY(finding, role, depth)) WITHOUT ROWID;"
	"CREATE TABLE classes(name TEXT NOT NULL, objects INTEGER, bytes INTEGER,"
	"recent_objects INTEGER, recent_bytes INTEGER);"
	"CREATE TABLE savings(rule TEXT NOT NULL," OF_SITE_OR_NULL "name TEXT, type TEXT,"
	"group_count INTEGER, count INTEGER, bytes INTEGER, saved_bytes INTEGER, bytes_per_s REAL);";

const char sqlite_indices[] =
	"CREATE INDEX sites_frame ON sites(frame);"
	"CREATE INDEX sites_fingerprint ON sites(fingerprint);"
	"CREATE INDEX stacks_frame ON stacks(frame);"
	"CREATE INDEX frames_function ON frames(function);"
	"CREATE INDEX evidence_site ON evidence(site);"
	"CREATE INDEX survival_site ON survival(site);"
	"CREATE INDEX growth_site ON growth(site);"
	"CREATE INDEX releasers_site ON releasers(site);"
	"CREATE INDEX findings_site ON findings(site);"
	"CREATE INDEX lifetimes_site ON lifetimes(site);"

	"CREATE VIEW leaks AS SELECT s.id AS site, s.verdict, s.confidence, s.live_bytes,"
	"s.live_blocks, s.growth_bytes_per_s, f.name AS function, f.file, f.line, s.why"
	" FROM sites s LEFT JOIN frames f ON f.id = s.frame"
	" WHERE s.verdict IN ('leak', 'growing') ORDER BY s.live_bytes DESC, s.id;"
	"CREATE VIEW top_functions AS SELECT f.name AS function, f.module, count(*) AS sites,"
	"sum(s.live_bytes) AS live_bytes, sum(s.live_blocks) AS live_blocks,"
	"sum(s.peak_bytes) AS peak_bytes, sum(s.allocated_bytes) AS allocated_bytes,"
	"sum(s.allocations) AS allocations, sum(s.temporary) AS temporary"
	" FROM sites s LEFT JOIN frames f ON f.id = s.frame GROUP BY f.name, f.module"
	" ORDER BY sum(s.live_bytes) DESC, sum(s.allocated_bytes) DESC;"
	"CREATE VIEW inclusive AS SELECT t.name AS function, t.module, count(*) AS sites,"
	"sum(s.live_bytes) AS live_bytes, sum(s.peak_bytes) AS peak_bytes,"
	"sum(s.allocated_bytes) AS allocated_bytes, sum(s.allocations) AS allocations"
	" FROM (SELECT DISTINCT k.site, f.name, f.module FROM stacks k JOIN frames f"
	" ON f.id = k.frame) t JOIN sites s ON s.id = t.site GROUP BY t.name, t.module"
	" ORDER BY sum(s.live_bytes) DESC, sum(s.allocated_bytes) DESC;"
	"CREATE VIEW call_stacks AS SELECT s.id AS site, (SELECT group_concat(name, ';') FROM"
	" (SELECT f.name FROM stacks k JOIN frames f ON f.id = k.frame WHERE k.site = s.id"
	" ORDER BY k.depth DESC)) AS stack FROM sites s;";
