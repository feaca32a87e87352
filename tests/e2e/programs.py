# SPDX-License-Identifier: MIT
"""Real programs for test_transparency: what each is made to do, and the files it finds.

A row needs output that is the same on every run, but for numbers; the test says so if it is not.
Servers get a free port in $PORT and end before their script does.
"""

C_SOURCE = r"""
#include <stdio.h>
#include <stdlib.h>
struct list { struct list *next; int value; };
int main(int argc, char **argv)
{
	struct list *head = NULL;
	for (int i = 0; i < 1000; i++) {
		struct list *one = malloc(sizeof *one);
		one->next = head; one->value = i; head = one;
	}
	long sum = 0;
	while (head) { struct list *next = head->next; sum += head->value; free(head); head = next; }
	printf("%ld %s\n", sum, argc > 1 ? argv[1] : "");
	return 3;
}
"""
CXX_SOURCE = r"""
#include <iostream>
#include <map>
#include <string>
int main()
{
	std::map<std::string, int> sums;
	for (int i = 0; i < 500; i++)
		sums[std::to_string(i % 77)] += i;
	for (auto &p : sums)
		std::cout << p.first << '=' << p.second << '\n';
}
"""
MAKEFILE = "all: a b\na b:\n\t@echo making $@; sleep 0.01; echo $@ > $@\n"
SQL = "create table t(a, b); insert into t values(1, 'x'), (2, 'y'); select * from t, t as u;"
XML = "<a><b c='d'>text &amp; more</b><b/></a>"
BISON_SOURCE = "%token A\n%%\nlist: %empty | list A;\n%%\n"
FLEX_SOURCE = "%option noyywrap\n%%\n[a-z]+ ;\n%%\n"
NGINX = """
daemon off; master_process on; worker_processes 2; error_log stderr crit; pid nginx.pid;
events { worker_connections 64; }
http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
uwsgi_temp_path t4; scgi_temp_path t5;
server { listen 127.0.0.1:$PORT; root .; } }
"""
NGINX_SCRIPT = """
nginx -e stderr -p "$PWD" -c "$PWD/nginx.conf" & server=$!
for i in $(seq 200); do curl -s http://127.0.0.1:$PORT/ > /dev/null && break; sleep 0.05; done
for i in 1 2 3; do curl -s http://127.0.0.1:$PORT/data.txt; done | md5sum
curl -s -o /dev/null -w '%{http_code} %{size_download}\\n' http://127.0.0.1:$PORT/missing
kill -QUIT $server; wait $server; echo nginx ended with $?
"""
REDIS_SCRIPT = """
redis-server --bind 127.0.0.1 --port $PORT --save '' --dir . > server.log 2>&1 & server=$!
cli="redis-cli -p $PORT"
for i in $(seq 200); do $cli ping 2> /dev/null | grep -q PONG && break; sleep 0.05; done
$cli set a 1; $cli incr a; $cli lpush list x y z; $cli lrange list 0 -1
for i in $(seq 2000); do echo "set key$i value$i"; done | $cli | sort | uniq -c
$cli dbsize; $cli get key77; $cli flushall; $cli shutdown nosave
wait $server; echo redis-server ended with $?; rm server.log
"""
TMUX_SCRIPT = """
export TERM=screen; tmux="tmux -S $PWD/socket -f /dev/null"
$tmux new-session -d -x 80 -y 10 'echo inside; sleep 5'
for i in $(seq 100); do $tmux capture-pane -p | grep -q inside && break; sleep 0.02; done
$tmux capture-pane -p; $tmux list-windows -F '#{window_index} #{window_panes}'
$tmux kill-server; echo $?; rm -f socket
"""
SOCAT_SCRIPT = """
socat TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr EXEC:cat & server=$!
for i in $(seq 100); do echo hello | socat -t 2 - TCP:127.0.0.1:$PORT 2> /dev/null && break
sleep 0.05; done; wait $server; echo $?
"""
VIM_SCRIPT = "%s/line/LINE/g\ng/7/d\nput ='end'\nwrite! out.txt\nquit\n"
RUBY = "puts (1..2000).map { |i| i.to_s * 3 }.group_by(&:size).transform_values(&:count); exit 5"
LUA = "local t = {} for i = 1, 5000 do t[i] = ('x'):rep(i % 50) end " \
      "print(#table.concat(t)) os.exit(4)"
NODE = "let m = new Map(); for (let i = 0; i < 50000; i++) m.set('k' + i % 999, [i]); " \
       "console.log(m.size); console.error('to stderr'); process.exitCode = 6"
PYTHON = "import json, re, subprocess, threading, sys\n" \
         "work = lambda: json.dumps(list(range(9999)))\n" \
         "threads = [threading.Thread(target=work) for i in range(8)]\n" \
         "[t.start() for t in threads]; [t.join() for t in threads]\n" \
         "print(subprocess.run(['echo', 'child'], capture_output=True).stdout)\n" \
         "print(len(re.findall('a+', 'ab' * 999))); sys.exit('an error')"
PERL = "my %h = map { $_ => [1 .. $_ % 10] } 1 .. 3000; print scalar(keys %h), \"\\n\"; " \
       "print STDERR \"warned\\n\"; my $r = eval { die { code => 7 } }; exit $@->{code}"
TCL = "set l {}; for {set i 0} {$i < 3000} {incr i} {lappend l [string repeat x [expr $i % 9]]}; " \
      "puts [llength [lsort -unique $l]]; exit 2"
BASH = "f() { local x=$1; (( x > 0 )) && f $((x - 1)); }; f 50; " \
       "a=$(seq 500 | sort -r | head -3); echo $a; cat <(echo one) <(echo two); " \
       "trap 'echo bye' EXIT; kill -0 $$ && false"
DASH = "x=$(echo sub; exit 3); echo $x $?; cat data.txt | wc -l; nothing"
GIT_SCRIPT = """
export GIT_AUTHOR_DATE='2020-01-01T00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00Z' HOME=$PWD
git init -q -b main r; cd r; git config user.email a@example.org; git config user.name A
cp ../data.txt .; git add .; git commit -qm one; echo x >> data.txt; git commit -qam two
git log --stat; git diff HEAD~1; git status; git gc -q; git fsck; git show HEAD:nothing
"""
OPENSSL_SCRIPT = """
openssl dgst -sha256 data.txt
openssl enc -aes-128-cbc -K 00 -iv 00 -in data.txt | md5sum
openssl prime 1000003; openssl rand -hex 8 | wc -c
openssl x509 -in data.txt 2> /dev/null; echo $?
"""
STRACE_SCRIPT = "strace -f -e trace=none -o /dev/null sh -c 'echo traced; exit 3'"
TAR_SCRIPT = "find . -name '*.txt' | LC_ALL=C sort | tar -cf - --mtime=@0 -T - | tar -tvf -"

# label, program that must be there, command (a list, or a script for bash), stdin
PROGRAMS = (
    ("ls", "ls", ["ls", "-la", "--time-style=+", "/usr/bin"]),
    ("ls-error", "ls", ["ls", "/nonexistent"]),
    ("find", "find", ["find", "/usr/share/doc", "-maxdepth", "1", "-newermt", "1990-01-01"]),
    ("sort", "sort", ["sort", "-R", "--random-source=data.txt", "data.txt"]),
    ("sort-parallel", "sort", ["sort", "-S", "1M", "--parallel=4", "-k2", "large.txt"]),
    ("grep", "grep", ["grep", "-nE", "(1|2)+7$", "data.txt"]),
    ("sed", "sed", ["sed", "-n", "s/line \\(.*\\)/\\1/p", "data.txt"]),
    ("mawk", "mawk", ["mawk", "{ a[$2 % 7] = a[$2 % 7] $1 } END { for (i in a) print i, a[i] }",
                      "data.txt"]),
    ("gawk", "gawk", ["gawk", "{ a[$2 % 7]++ } END { print length(a); exit 3 }", "data.txt"]),
    ("diff", "diff", ["diff", "-u", "data.txt", "large.txt"]),
    ("tar", "tar", TAR_SCRIPT),
    ("xz", "xz", "xz -k -T2 large.txt; xz -dc large.txt.xz | cmp - large.txt; xz -l large.txt.xz"),
    ("gzip", "gzip", "gzip -kn9 large.txt; gzip -dc large.txt.gz | md5sum"),
    ("bzip2", "bzip2", "bzip2 -k large.txt; bzip2 -dc large.txt.bz2 | md5sum"),
    ("zstd", "zstd", "zstd -q -T4 large.txt; zstd -dc large.txt.zst | md5sum"),
    ("bash", "bash", ["bash", "-c", BASH]),
    ("dash", "dash", ["dash", "-c", DASH]),
    ("env", "env", ["env"]),
    ("xargs", "xargs", "seq 200 | xargs -P4 -n10 echo | sort"),
    ("perl", "perl", ["perl", "-e", PERL]),
    ("python3", "python3", ["python3", "-c", PYTHON]),
    ("ruby", "ruby", ["ruby", "-e", RUBY]),
    ("lua", "lua5.4", ["lua5.4", "-e", LUA]),
    ("node", "node", ["node", "-e", NODE]),
    ("tclsh", "tclsh", "echo '" + TCL + "' | tclsh"),
    ("sqlite3", "sqlite3", ["sqlite3", "db", SQL + " select wrong;"]),
    ("git", "git", GIT_SCRIPT),
    ("gcc", "gcc", "gcc -O1 -Wall -o program program.c && ./program 'an argument'"),
    ("gcc-error", "gcc", "echo 'int main(void) { return x; }' > wrong.c; gcc -c wrong.c"),
    ("g++", "g++", "g++ -O1 -o program program.cc && ./program | md5sum"),
    ("clang", "clang", "clang -O1 -o program program.c && ./program"),
    ("make", "make", "make -j2 -k a b missing | sort; echo ${PIPESTATUS[0]}"),
    ("m4", "m4", ["m4", "-D", "x=y", "-"], b"define(f, `<$1>')f(x) eval(2 ** 10)\n"),
    ("bison", "bison", "bison -o grammar.c grammar.y && md5sum < grammar.c"),
    ("flex", "flex", "flex -o scanner.c scanner.l && md5sum < scanner.c"),
    ("objdump", "objdump", "objdump -d --no-show-raw-insn /bin/true | md5sum"),
    ("readelf", "readelf", ["readelf", "-aW", "/bin/true"]),
    ("nm", "nm", ["nm", "-D", "/bin/true"]),
    ("redis", "redis-server", REDIS_SCRIPT),
    ("nginx", "nginx", NGINX_SCRIPT),
    ("curl", "curl", ["curl", "-sS", "file:///etc/debian_version", "file:///missing"]),
    ("openssl", "openssl", OPENSSL_SCRIPT),
    ("socat", "socat", SOCAT_SCRIPT),
    ("gdb", "gdb", ["gdb", "--version"]),
    ("gdb-batch", "gdb", ["gdb", "-nx", "-batch", "-ex", "print sizeof(long) + 1", "/bin/true"]),
    ("strace", "strace", STRACE_SCRIPT),
    ("vim", "vim", ["vim", "-u", "NONE", "-n", "-es", "-S", "script.vim", "data.txt"]),
    ("tmux", "tmux", TMUX_SCRIPT),
    ("java", "java", ["java", "-version"]),
    ("jq", "jq", ["jq", "-c", "[.[] | {a: .}] | length, .[2]", "data.json"]),
    ("xmllint", "xmllint", ["xmllint", "--format", "data.xml"]),
    ("bc", "bc", ["bc", "-lq"], b"scale = 200\n4 * a(1)\n2 ^ 1000\n"),
    ("file", "file", ["file", "/bin/ls", "data.txt", "data.xml", "missing"]),
    ("cmake", "cmake", ["cmake", "-P", "script.cmake"]),
    ("rsync", "rsync", "mkdir to; rsync -ai ./*.txt to/; ls to"),
    ("ssh", "ssh", ["ssh", "-G", "-F", "none", "example.org"]),
    ("ldd", "ldd", "ldd /bin/ls | sed 's/0x.*//'"),
    ("man", "man", ["man", "--version"]),
    ("timeout", "timeout", ["timeout", "0.2", "sleep", "10"]),
    ("killed", "bash", ["bash", "-c", "kill -9 $$"]),
)

# Files in the working directory of every run; $PORT is replaced.
INPUTS = {
    "data.txt": "".join(f"line {i}\n" for i in range(300)),
    "large.txt": "".join(f"{i * 7919 % 10007} {i * 999983 % 99991}\n" for i in range(40000)),
    "program.c": C_SOURCE,
    "program.cc": CXX_SOURCE,
    "Makefile": MAKEFILE,
    "data.json": "[1, {\"x\": [true, null]}, \"text\"]",
    "data.xml": XML,
    "grammar.y": BISON_SOURCE,
    "scanner.l": FLEX_SOURCE,
    "script.vim": VIM_SCRIPT,
    "script.cmake": "foreach(i RANGE 3)\nmessage(STATUS \"step ${i}\")\nendforeach()\n"
                    "message(FATAL_ERROR \"the end\")\n",
    "nginx.conf": NGINX,
    "none": "",
}
