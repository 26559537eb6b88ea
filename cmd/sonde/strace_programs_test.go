package main

// oracle is a program of the system that is traced by strace and by Sonde.
type oracle struct {
	name    string
	setup   string   // a shell script that makes what the program works on
	run     []string // the program, in a directory that has nothing else; URL is a server's
	options []string // of both tracers
}

// ownOracles are programs that make calls which few of the system's do: testdata's
// strace_NAME.c, by the flag of the compiler.
var ownOracles = []struct{ name, flag string }{
	{"daemon", "-m64"},
	{"daemon", "-m32"},
	{"epoll", "-m64"},
	{"epoll", "-m32"},
	{"io_uring", "-m64"},
	{"multiplexed", "-m32"},
}

// furtherPrograms are those that would bring a lot with them: they are traced where they
// happen to be installed.
var furtherPrograms = []string{"gofmt", "java", "nginx", "node", "sshd", "systemd-tmpfiles", "vim"}

const text = `for i in 1 2 3 4 5 6 7 8; do echo "line $i of 8"; done >text; `

var oracles = []oracle{
	{"awk", text, []string{"awk", `{ n += $2 } END { print n }`, "text"}, nil},
	{"base64", text, []string{"base64", "text"}, nil},
	{"bash", text, []string{"bash", "-c", `x=$(cat text | wc -l); (exit 3); echo $x $?; kill -USR1 $$`}, nil},
	{"bash, pipelines", text, []string{"bash", "-c", `while read a b; do echo $b; done <text | sort -n | (head -2; cat >/dev/null) 2>&1; trap 'echo done' EXIT; sleep 0.01 & wait $!`}, nil},
	{"bc", "echo '2^100' >sum", []string{"bc", "-q", "sum"}, nil},
	{"cat", text, []string{"cat", "text", "none"}, nil},
	{"cmp", text + "sed s/8/9/ text >other", []string{"cmp", "text", "other"}, nil},
	{"cp", text + "mkdir a; cp text a", []string{"cp", "-a", "a", "b"}, nil},
	{"curl", text, []string{"curl", "-s", "-o", "copy", "file:///etc/hostname"}, nil},
	{"curl, HTTP", "", []string{"curl", "-s", "-o", "page", "-T", "/etc/hostname", "URL"}, nil},
	{"date", "", []string{"date", "-u", "-d", "@1000000000"}, nil},
	{"dd", "", []string{"dd", "if=/dev/zero", "of=zeros", "bs=4k", "count=4", "status=none"}, nil},
	{"df", "", []string{"df", "--output=fstype", "/"}, nil},
	{"diff", text + "sed s/8/9/ text >other", []string{"diff", "-u", "text", "other"}, nil},
	{"dpkg", "", []string{"dpkg", "-l", "dpkg"}, nil},
	{"env", "", []string{"env", "A=1", "true"}, nil},
	{"find", "mkdir -p a/b/c; touch a/b/x", []string{"find", ".", "-name", "x", "-size", "0"}, nil},
	{"gcc", `echo 'int main(void) { return 0; }' >m.c`, []string{"gcc", "-c", "m.c"}, nil},
	{"gcc, linking", `echo 'int main(void) { return 0; }' >m.c`, []string{"gcc", "-o", "m", "m.c"}, nil},
	{"gdb", "", []string{"gdb", "-nx", "-batch", "-ex", "info line main", "/bin/true"}, nil},
	{"getent", "", []string{"getent", "ahosts", "localhost"}, nil},
	{"git", "git init -q .; " + text, []string{"git", "-c", "gc.auto=0", "add", "text"}, nil},
	{"git log", text + "git init -q .; git add .; GIT_AUTHOR_DATE='@1 +0000' GIT_COMMITTER_DATE='@1 +0000' git -c user.name=a -c user.email=a@b commit -qm all", []string{"git", "--no-pager", "log", "-p"}, nil},
	{"grep", text, []string{"grep", "-r", "line 3", "."}, nil},
	{"gzip", text, []string{"gzip", "-n", "text"}, nil},
	{"id", "", []string{"id"}, nil},
	{"ln", text, []string{"ln", "-s", "text", "link"}, nil},
	{"ls", text, []string{"ls", "-la", "/etc/ssl", "none"}, nil},
	{"make", `printf 'all:\n\ttrue\n\techo a | cat\n' >Makefile`, []string{"make", "-s"}, nil},
	{"make, compiling", `printf 'all: a.o b.o\n\tgcc -o all a.o b.o\n' >Makefile; echo 'int f(void) { return 0; }' >a.c; echo 'int f(void); int main(void) { return f(); }' >b.c`, []string{"make", "-s", "-j2"}, nil},
	{"objdump", "", []string{"objdump", "-h", "/bin/true"}, nil},
	{"openssl", text, []string{"openssl", "dgst", "-sha256", "text"}, nil},
	{"perl", text, []string{"perl", "-ne", `BEGIN { $0 = "a name of many letters" } print if /3/; END { system "true" }`, "text"}, nil},
	{"perl, sockets", "", []string{"perl", "-MSocket", "-e", `socketpair A, B, AF_UNIX, SOCK_DGRAM, 0; send A, "x", 0; recv B, $_, 9, 0; print; exec "true"`}, nil},
	{"ps", "", []string{"ps", "-q", "1", "-o", "comm"}, nil},
	{"python3", "", []string{"python3", "-c", "import threading, time; t = threading.Thread(target=time.sleep, args=(0.01,)); t.start(); t.join()"}, nil},
	{"python3, sockets", "", []string{"python3", "-c", socketsOfPython}, nil},
	{"python3, processes", "", []string{"python3", "-c", `import subprocess as s; print(s.run("cat; exit 3", shell=True, input=b"x", stdout=s.PIPE)); p = s.Popen(["cat"], bufsize=0, stdin=s.PIPE, stdout=s.PIPE); p.stdin.write(b"y"); p.stdout.read(1); p.kill(); print(p.wait())`}, nil},
	{"sed", text, []string{"sed", "-i", "s/line/row/", "text"}, nil},
	{"sort", text, []string{"sort", "-r", "-o", "sorted", "text"}, nil},
	{"sqlite3", "", []string{"sqlite3", "db", "create table t(a); insert into t values (1); select * from t"}, nil},
	{"ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f key", []string{"ssh-keygen", "-l", "-f", "key.pub"}, nil},
	{"stat", text, []string{"stat", "-c", "%s %a", "text"}, nil},
	{"tar", text + "mkdir a; cp text a", []string{"tar", "-cf", "a.tar", "a"}, nil},
	{"timeout", "", []string{"timeout", "-s", "TERM", "0.05", "sleep", "10"}, nil},
	{"touch", text, []string{"touch", "-d", "2001-01-01", "text"}, nil},
	{"xargs", text, []string{"xargs", "-n", "8", "-a", "text", "echo"}, nil},
	{"xz", text, []string{"xz", "-T1", "text"}, nil},
	{"zstd", text, []string{"zstd", "-q", "--single-thread", "text"}, nil},

	{"busybox", text, []string{"busybox", "sh", "-c", "while read a; do echo $a; done <text | busybox grep 3"}, nil},
	{"clang", `echo 'int main(void) { return 0; }' >m.c`, []string{"clang", "-c", "m.c"}, nil},
	{"fish", text, []string{"fish", "-N", "-c", "for a in (cat text); echo $a; end | head -1"}, nil},
	{"git clone", text + "git init -q a; cp text a; cd a; git add .; GIT_AUTHOR_DATE='@1 +0000' GIT_COMMITTER_DATE='@1 +0000' git -c user.name=a -c user.email=a@b commit -qm all", []string{"git", "clone", "-q", "a", "b"}, nil},
	{"go", `printf 'package main\nfunc main() { println(1) }\n' >m.go`, []string{"gofmt", "-l", "m.go"}, nil},
	{"ip", "", []string{"ip", "address"}, nil},
	{"java", "", []string{"java", "-Xint", "-XX:+UseSerialGC", "-version"}, nil},
	{"jq", `echo '{"a": [1, 2]}' >data`, []string{"jq", ".a[1]", "data"}, nil},
	{"mandoc", `printf '.Dd $Mdocdate$\n.Dt A 1\n.Os\n.Sh NAME\n.Nm a\n' >a.1`, []string{"mandoc", "a.1"}, nil},
	{"nginx", "mkdir logs; printf 'events {}\nhttp {}\n' >conf", []string{"nginx", "-t", "-q", "-p", ".", "-c", "conf", "-g", "pid p; error_log /dev/null;"}, nil},
	{"node", "", []string{"node", "--single-threaded", "-e", "console.log(require('fs').readdirSync('/etc/ssl').length)"}, nil},
	{"openssl, TLS", "", []string{"openssl", "s_client", "-connect", "ADDRESS", "-brief"}, nil},
	{"rsync", text + "mkdir a; cp text a", []string{"rsync", "-a", "a/", "b/"}, nil},
	{"rustc", "", []string{"rustc", "-V"}, nil},
	{"script", "", []string{"script", "-q", "-c", "echo a", "-E", "never", "typescript"}, nil},
	{"ss", "", []string{"ss", "-lnt"}, nil},
	{"ssh", "", []string{"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "-p", "PORT", "127.0.0.1", "true"}, nil},
	{"ssh-agent", "", []string{"ssh-agent", "true"}, nil},
	{"sshd", "ssh-keygen -q -t ed25519 -N '' -f key", []string{"sshd", "-t", "-f", "/dev/null", "-h", "key"}, nil},
	{"systemd-tmpfiles", "echo 'd /a 0755 - - -' >a.conf; mkdir root", []string{"systemd-tmpfiles", "--create", "--root=root", "a.conf"}, nil},
	{"vi", text, []string{"vim", "-u", "NONE", "-es", "-c", "%s/line/row/|wq", "text"}, nil},
	{"zsh", text, []string{"zsh", "-fc", "while read a; do print $a; done <text | sort -r >sorted; x=$(<sorted); kill -USR1 $$"}, nil},

	{"ls -v", text, []string{"ls", "-la", "."}, []string{"-v"}},
	{"env -s 500", "", []string{"env", "A=1", "true"}, []string{"-v", "-s", "500"}},
	{"cat -s 3", text, []string{"cat", "text"}, []string{"-s", "3"}},
	{"bash -y", text, []string{"bash", "-c", "cat <text | wc -l >lines; exec 7<lines; read a <&7"}, []string{"-y"}},
	{"python3 -yy", "", []string{"python3", "-c", socketsOfPython}, []string{"-yy"}},
}

// socketsOfPython is what few programs do in one go: sockets of several families,
// descriptors sent, and all ways to wait for them.
const socketsOfPython = `
import array, select, signal, socket, subprocess
a, b = socket.socketpair()
a.sendmsg([b"one", b"two"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1]))])
e = select.epoll()
e.register(b.fileno(), select.EPOLLIN | select.EPOLLET)
e.poll(1)
select.select([b], [], [], 1)
p = select.poll(); p.register(b); p.poll(1)
b.recvmsg(100, socket.CMSG_SPACE(8))
for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    try:
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.connect((host, 9)); s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE); s.send(b"x")
    except OSError: pass
signal.signal(signal.SIGUSR1, lambda *_: None); signal.raise_signal(signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 100, 1.5); signal.setitimer(signal.ITIMER_REAL, 0)
subprocess.run(["true"])
`
