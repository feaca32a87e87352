# SPDX-License-Identifier: MIT
"""What a leak check writes for CI services, in readers of theirs or by the rules that these go by.

The results never were, see tests/gate/fixture.c. What is in them is told by our own JSON.
"""
import collections
import gzip
import json
import os
import pathlib
import re
import urllib.parse
import xml.etree.ElementTree

from harness import ROOT, case, check, equal, made_gate, need, run, skip, table

BROWSER = ROOT / "tests" / "browser"
KINDS = [(kind, kind) for kind in ("usual", "hostile", "clean", "missing", "empty")]
PROJECT = "/home/ci/project"


def told(kind):
    return json.loads(made_gate(kind, "json").read_bytes())


def is_inside(path):
    """A path in the project, as readers take it."""
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") for part in parts)


@table(*KINDS, ("many", "many"))
def gate_json(kind):
    """Names that end a string of JSON, numbers that contradict each other, paths that lead out of the
    project."""
    path = made_gate(kind, "json")
    outcome = run(["/usr/bin/env", "python3", "-m", "json.tool", path, os.devnull])
    equal(outcome.status, 0, f"json.tool: {outcome}")
    gate = told(kind)
    states = collections.Counter(finding["state"] for finding in gate["findings"])
    equal({state: count for state, count in gate["counts"].items() if count}, dict(states), "counts")
    equal(len([p for p in gate["processes"] if p["judged"]]), gate["judged"], "judged")
    equal(len(gate["processes"]), gate["judged"] + gate["skipped"], "processes")
    for finding in gate["findings"]:
        check(finding["file"] is None or is_inside(finding["file"]), finding)
        equal(finding["fails"], finding["state"] in ("new", "grown"), "fails")
        equal(finding["budget"] is not None, finding["rule"] in
              ("peak", "allocations", "temporary", "fragmentation"), finding)
    if kind in ("usual", "many"):
        files = {finding["file"] for finding in gate["findings"] if finding["file"]}
        check(any(file.startswith("src/") for file in files), "no absolute path was cut")
        check(any(file.startswith("lib/") for file in files), "no relative path was cleaned")


# SARIF


def sarif(kind):
    log = json.loads(made_gate(kind, "sarif").read_bytes())
    equal((log["version"], len(log["runs"])), ("2.1.0", 1), "version and runs")
    return log["runs"][0]


@table(*KINDS, ("many", "many"))
def sarif_schema(kind):
    """A file that the published JSON schema does not allow."""
    need("node")
    if not (BROWSER / "node_modules" / "@microsoft" / "jest-sarif").is_dir():
        skip("@microsoft/jest-sarif is not installed (make test-npm)")
    outcome = run(["node", BROWSER / "sarif.mjs", made_gate(kind, "sarif")], timeout=100)
    equal(outcome.status, 0, f"validation: {outcome}")


def check_artifact(location, where):
    """GitHub refuses files that have locations without one."""
    artifact = location["physicalLocation"]["artifactLocation"]
    parts = urllib.parse.urlsplit(artifact["uri"])
    check(re.fullmatch(r"(file:///)?([\w.~/+=,@-]|%[0-9A-F]{2})+", artifact["uri"], re.ASCII),
          f"{where}: {artifact}")
    equal(parts.scheme == "file", "uriBaseId" not in artifact, f"{where}: {artifact}")
    check(is_inside(parts.path.removeprefix("/") if parts.scheme else parts.path), f"{where}: {artifact}")
    if "region" in location["physicalLocation"]:
        check(location["physicalLocation"]["region"]["startLine"] >= 1, f"{where}: {location}")
    return urllib.parse.unquote_to_bytes(parts.path)


def check_result(result, finding, rules):
    where = f"{result['ruleId']} {finding['key']}"
    equal(result["ruleId"], "tenure/" + finding["rule"], where)
    equal(rules[result["ruleIndex"]]["id"], result["ruleId"], where)
    levels = {"error"} if finding["fails"] else {"note"}
    if finding["fails"] and finding["rule"] in ("leak", "growth", "unfreed"):
        levels = {"error" if finding["confidence"] >= 0.75 and finding["rule"] != "unfreed" else "warning"}
    check(result["level"] in levels, f"{where}: {result['level']} of {levels}")
    fingerprint = result["partialFingerprints"]["tenure/v1"]
    check(re.fullmatch(r"[0-9a-f]{16}", fingerprint), fingerprint)
    if finding["key"]:
        equal("v1:" + fingerprint, finding["key"], where)
    check("](" not in result["message"]["text"], f"{where}: a link")
    place = check_artifact(result["locations"][0], where)
    check(result["locations"][0]["physicalLocation"]["region"], f"{where}: no line")
    if finding["file"]:
        # U+FFFD stands for bytes that are no text in JSON; in the address they are as they were.
        text = place.decode(errors="replace").replace("\ufffd", "")
        equal(text, finding["file"].replace("\ufffd", ""), f"{where}: file")
        equal(result["locations"][0]["physicalLocation"]["region"]["startLine"], finding["line"] or 1, where)
    for related in result.get("relatedLocations", []):
        check(finding["release"] and finding["stack"], where)
        check_artifact(related, where)
    states = {"new": "new", "grown": "updated", "known": "unchanged", "gone": "absent"}
    equal(result["baselineState"], states.get(finding["state"], "new"), where)
    equal(len(result["suppressions"]), finding["state"] == "suppressed", where)
    for suppression in result["suppressions"]:
        equal((suppression["kind"], suppression["justification"]),
              ("external", finding["reason"] or finding["suppression"]), where)


def check_flow(result, finding):
    """From the outermost frame to the innermost, each with an artifact; stacks the other way round."""
    stacks = result.get("stacks", [])
    equal(len(stacks), sum(1 for name in ("stack", "release") if finding[name]), "stacks")
    for flow in result.get("codeFlows", []):
        steps = flow["threadFlows"][0]["locations"]
        check(0 < len(steps) <= 1000, f"{len(steps)} steps")
        for step in steps:
            check_artifact(step["location"], "step")
        names = [step["location"]["message"]["text"] for step in reversed(steps)]
        frames = [[frame["location"]["message"]["text"] for frame in stack["frames"]] for stack in stacks]
        check(any(names == [name for name in stack if name in names] for stack in frames), names)


@table(*KINDS)
def sarif_results(kind):
    """Results that say something else than the findings, or that GitHub refuses or takes for others."""
    log, gate = sarif(kind), told(kind)
    rules = log["tool"]["driver"]["rules"]
    findings = [finding for finding in gate["findings"] if finding["state"] != "within"]
    equal(len(log["results"]), len(findings), "results")
    for result, finding in zip(log["results"], findings):
        check_result(result, finding, rules)
        check_flow(result, finding)
    invocation = log["invocations"][0]
    equal(invocation["executionSuccessful"], gate["verdict"] != "no-verdict", "executionSuccessful")
    equal(invocation.get("exitCode"), None if gate["program_failed"] else gate["status"], "exitCode")
    equal(len(invocation["toolExecutionNotifications"]), len(gate["missing"]), "notifications")
    equal(len(invocation["toolConfigurationNotifications"]), len(gate["notes"]), "notes")
    equal(log["automationDetails"]["id"], "tenure/", "category")
    equal(log["originalUriBaseIds"]["%SRCROOT%"]["uri"], f"file://{PROJECT}/", "root")


@case
def sarif_rules():
    """Rules that lack what GitHub asks for, or exceed what it shows."""
    for rule in sarif("empty")["tool"]["driver"]["rules"]:
        check(re.fullmatch(r"tenure/[a-z-]+", rule["id"]), rule["id"])
        check(re.fullmatch(r"[A-Za-z]{1,255}", rule["name"]), rule["name"])
        for name in ("shortDescription", "fullDescription", "help"):
            check(0 < len(rule[name]["text"]) <= 1024, f"{name} of {rule['id']}")
        check(rule["help"]["markdown"], rule["id"])
        check(0 < len(rule["properties"]["tags"]) <= 10, rule["id"])
        check(rule["properties"]["precision"] in ("very-high", "high", "medium", "low"), rule["id"])
        check(rule["defaultConfiguration"]["level"] in ("error", "warning"), rule["id"])


@case(timeout=120)
def sarif_limits():
    """More results or bytes than GitHub takes, other than the worst, or silence about the others."""
    log, gate = sarif("many"), told("many")
    packed = len(gzip.compress(pathlib.Path("many.sarif").read_bytes(), 6))
    check(packed < 10_000_000, f"{packed} bytes, compressed")
    findings = [finding for finding in gate["findings"] if finding["state"] != "within"]
    check(len(findings) > 25000, "too few to test a limit")
    equal(len(log["results"]), 25000, "results")
    equal([result["properties"]["state"] for result in log["results"]],
          [finding["state"] for finding in findings[:25000]], "states")
    notes = log["invocations"][0]["toolExecutionNotifications"]
    check(any(f"{len(findings) - 25000:,} more findings" in note["message"]["text"] for note in notes), notes)


# JUnit

ORDER = ["skipped", "error", "failure", "system-out"]  # of old schemas, which new ones take, too


def check_suite(suite):
    cases = suite.findall("testcase")
    equal([child.tag for child in suite], ["testcase"] * len(cases), "elements of a suite")
    equal(int(suite.get("tests")), len(cases), "tests")
    for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        equal(int(suite.get(name)), sum(1 for one in cases if one.find(element) is not None), name)
    for one in cases:
        tags = [child.tag for child in one]
        equal(tags, sorted(set(tags), key=ORDER.index), "elements of a test case")
        check(one.get("name") and one.get("classname"), one.attrib)
        check(len([tag for tag in tags if tag != "system-out"]) <= 1, tags)
        check(re.fullmatch(r"\d+\.\d{9}", one.get("time")), one.get("time"))
        for tag in ("failure", "error"):
            if one.find(tag) is not None:
                check(one.find(tag).get("type") and one.find(tag).text, f"empty {tag}")


@table(*KINDS, ("many", "many"))
def junit(kind):
    """XML that is not well-formed, sums that are wrong, test cases that Jenkins or GitLab mix up."""
    path, gate = made_gate(kind, "junit"), told(kind)
    need("xmllint")
    outcome = run(["xmllint", "--noout", path])
    equal((outcome.status, outcome.stderr), (0, b""), f"xmllint: {outcome}")
    check(path.stat().st_size < 30_000_000, "GitLab takes no larger files")
    root = xml.etree.ElementTree.parse(path).getroot()
    equal(root.tag, "testsuites", "root")
    suites = root.findall("testsuite")
    for suite in suites:
        check_suite(suite)
    for name in ("tests", "failures", "errors"):
        equal(int(root.get(name)), sum(int(suite.get(name)) for suite in suites), name)
    cases = [one for suite in suites[:-1] for one in suite.findall("testcase")]
    equal(len(cases), len(gate["processes"]), "processes")
    names = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
    equal(len(set(names)), len(names), "different names")
    check(not any(str(process["pid"]) in one.get("name")
                  for one, process in zip(cases, gate["processes"])), "a pid in a name")
    equal(sum(1 for one in cases if one.find("failure") is not None),
          sum(1 for process in gate["processes"] if process["failures"]), "processes that fail")
    equal(sum(1 for one in cases if one.find("skipped") is not None), gate["skipped"], "skipped")
    own = {one.get("name"): one for one in suites[-1].findall("testcase")}
    equal("the program succeeds" in own, gate["command"] is not None, "command")
    if gate["command"] is not None:
        equal(own["the program succeeds"].find("failure") is not None, gate["program_failed"], "program")


@case
def junit_findings():
    """A finding that fails and is in no failure, or one that does not and is."""
    root = xml.etree.ElementTree.parse(made_gate("usual", "junit")).getroot()
    failures = "".join(failure.text for failure in root.iter("failure"))
    others = "".join(out.text for out in root.iter("system-out"))
    for finding in told("usual")["findings"]:
        line = f"tenure/{finding['rule']}: {finding['message']}. "
        check(line in (failures if finding["fails"] else others), line)
    for state in ("known", "suppressed", "flaky", "gone"):
        check(f"; {state}, in " not in failures and f"; {state}, in " in others, state)


# GitLab


@table(*KINDS, ("many", "many"))
def gitlab(kind):
    """Entries that GitLab refuses, or takes for the same."""
    entries, gate = json.loads(made_gate(kind, "gitlab").read_bytes()), told(kind)
    findings = [finding for finding in gate["findings"] if finding["state"] in ("new", "grown", "known")]
    equal(len(entries), len(findings), "entries")
    equal(len({entry["fingerprint"] for entry in entries}), len(entries), "different fingerprints")
    for entry, finding in zip(entries, findings):
        equal(entry["check_name"], "tenure/" + finding["rule"], "check_name")
        check(re.fullmatch("[0-9a-f]{32}", entry["fingerprint"]), entry["fingerprint"])
        check(entry["severity"] in ("info", "minor", "major", "critical", "blocker"), entry)
        equal(entry["severity"] == "info", not finding["fails"], "severity")
        check(entry["description"] and is_inside(entry["location"]["path"]), entry["location"])
        equal(entry["location"]["lines"]["begin"] if finding["file"] else 1,
              finding["line"] or 1 if finding["file"] else 1, "line")
        if finding["file"]:
            equal(entry["location"]["path"], finding["file"], "path")


# GitHub


def unescape(text, reserved):
    for token in reserved + "%":  # in the order of ActionCommand.cs, percent signs last
        text = text.replace(f"%{ord(token):02X}", token)
    return text


def parse_command(line):
    """As the runner does: TryParseV2 of ActionCommand.cs."""
    line = line.lstrip()
    end = line.find("::", 2) if line.startswith("::") else -1
    if end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    values = {}
    for part in filter(None, properties.strip().split(",")):
        key, _, value = part.partition("=")
        values[key] = unescape(value, "\r\n:,")
    return name, values, unescape(line[end + 2:], "\r\n")


def commands(kind):
    text = made_gate(kind, "github").read_bytes().decode("utf-8")
    lines = re.split("\r\n|\r|\n", text)
    equal(lines.pop(), "", "end of the last line")
    return [parse_command(line) or check(False, f"no command: {line!r}") for line in lines]


@table(*KINDS, ("many", "many"))
def github(kind):
    """Lines that the runner takes for other commands, annotations at another place, or too many."""
    gate, seen = told(kind), commands(kind)
    kinds = collections.Counter(name for name, _, _ in seen)
    check(set(kinds) <= {"error", "warning", "notice"}, kinds)
    check(all(count <= 10 for count in kinds.values()), f"GitHub drops some: {kinds}")
    equal(kinds["notice"], gate["verdict"] == "clean", "notices")
    failing = [finding for finding in gate["findings"] if finding["fails"]]
    shown = min(len(failing), 9 - gate["program_failed"])
    equal(kinds["error"], shown + gate["program_failed"] + (shown < len(failing)), "errors")
    equal(kinds["warning"], min(len(gate["missing"]), 10), "warnings")
    if shown < len(failing):
        check(any(f"{len(failing) - shown:,} more finding" in text for _, _, text in seen), "how many more")
    for (_, properties, text), finding in zip(seen[gate["program_failed"]:], failing[:shown]):
        check(set(properties) <= {"file", "line", "title"}, properties)
        if "file" in properties:
            equal(properties["file"], finding["file"], "file")
            equal(int(properties.get("line", 0)), finding["line"], "line")
        if kind != "hostile":
            equal("file" in properties, finding["file"] is not None, "an annotation in a file")
            check(text.startswith(finding["message"]), text)
            equal(properties["title"].endswith(f" in {finding['program']}"), True, "title")
    check(not any(re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) for _, _, text in seen),
          "something that drives a terminal")


# Markdown

TAG = re.compile(r"<[^>]*>?")
TAGS = {"<code>", "</code>", "<br>", "<details>", "</details>", "<summary>", "</summary>"}


@table(*KINDS, ("many", "many"))
def markdown(kind):
    """Names that are rendered as something else than text, rows that break, or too much of all."""
    path, gate = made_gate(kind, "markdown"), told(kind)
    check(path.stat().st_size <= 1 << 20, "GitHub refuses it")
    lines = path.read_bytes().decode("utf-8").split("\n")
    prose = [line for line in lines if not line.startswith("    ")]
    for line in prose:
        check(set(TAG.findall(line)) <= TAGS, f"{line!r}")
        check(not re.search(r"[\x00-\x1f\x7f-\x9f]", line), f"{line!r}")
        check(not re.search(r"(?<!^)[`\[\]@~]|://|www\.", line), f"{line!r}")
        equal(line.count("<code>"), line.count("</code>"), "code that ends")
    for columns in (5, 7):
        heads = [i for i, line in enumerate(lines) if line == "|" + "---|" * columns]
        rows = 0
        for head in heads:
            for line in lines[head + 1:]:
                if not line.startswith("|"):
                    break
                rows += 1
                equal(line.count("|"), columns + 1, f"cells of {line!r}")
        total = len(gate["findings"] if columns == 5 else gate["processes"])
        left_out = re.search(r"([\d,]+) more " + ("findings" if columns == 5 else "processes"), "\n".join(prose))
        equal(rows + (int(left_out[1].replace(",", "")) if left_out else 0), total, "rows")
        check(kind != "many" or columns == 7 or left_out, "nothing was left out")
    opened = sum(line == "<details>" for line in lines)
    equal(sum(line == "</details>" for line in lines), opened, "ends of details")
    for i, line in enumerate(lines):  # what is code stands behind an empty line, or it were text
        if line.startswith("    ") and not lines[i - 1].startswith("    "):
            equal(lines[i - 1], "", f"the line before {line!r}")


@case
def markdown_words():
    """A finding, stack, sentence or process that the summary does not tell."""
    text, gate = made_gate("usual", "markdown").read_text(encoding="utf-8"), told("usual")
    check(text.startswith("# The leak check fails: 20 findings.\n"), text[:200])
    stacks = sum(1 for f in gate["findings"]
                 if f["state"] not in ("gone", "suppressed") and (f["stack"] or f["release"]))
    equal(text.count("<details>"), stacks + 1, "call stacks, and the processes")
    for note in gate["notes"]:
        check(f"- <code>{note}</code>\n" in text, note)
    check(made_gate("missing", "markdown").read_text(encoding="utf-8").startswith(
        "# The leak check has no verdict: evidence is missing.\n"), "heading")
