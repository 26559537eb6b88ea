package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// complaint checks the standard error of a run that has one thing to say:
// exactly one line, of the tool.
func complaint(t *testing.T, stderr, pattern string) {
	t.Helper()
	line, ok := strings.CutSuffix(stderr, "\n")
	if !ok || strings.Contains(line, "\n") || !strings.HasPrefix(line, "sonde: ") {
		t.Errorf("standard error is %q, want one line that begins with \"sonde: \"", stderr)
	}
	if !regexp.MustCompile(pattern).MatchString(line) {
		t.Errorf("standard error is %q, want %q in it", stderr, pattern)
	}
}

// TestBadCommandLine gives sonde what is wrong before any process is involved.
func TestBadCommandLine(t *testing.T) {
	for _, c := range []struct {
		args    string
		status  int
		pattern string
	}{
		{"", 2, `command|-p`},
		{"-p", 2, `-p`},
		{"-o", 2, `-o`},
		{"--no-such-option /bin/true", 2, `no-such-option`},
		{"-? /bin/true", 2, `\?`},
		{"-r -t /bin/true", 2, `-r.*-t|-t.*-r`},

		{"--seccomp-bpf --syscalls=open -p 1", 2, `--seccomp-bpf cannot be used with -p: only a program that sonde launches`},
		{"--seccomp-bpf --syscalls=open -p 1 /bin/true", 2, `--seccomp-bpf cannot be used with -p`},
		{"--seccomp-bpf /bin/true", 2, `--seccomp-bpf: it is about system calls; say which by --syscalls=SET`},

		{"-p x", 2, `"?x"?`},
		{"-p 0", 2, `0`},
		{"-p -1", 2, `-1`},
		{"-p 1.5", 2, `1\.5`},
		{"-p 99999999999999999999", 2, `99999999999999999999`},
		{"-a x /bin/true", 2, `"?x"?`},
		{"-a -1 /bin/true", 2, `-1`},
		{"-a 99999999999999999999 /bin/true", 2, `99999999999999999999`},
		{"-s x /bin/true", 2, `"?x"?`},
		{"-s -1 /bin/true", 2, `-1`},
		{"-s 99999999999999999999 /bin/true", 2, `99999999999999999999`},
		{"-n x /bin/true", 2, `"?x"?`},
		{"-n -1 /bin/true", 2, `-1`},
		{"-n 21 /bin/true", 2, `20`},
		{"-n 99999999999999999999 /bin/true", 2, `99999999999999999999`},

		{"-e /\\(/ /bin/true", 2, `/`},
		{"-e [ /bin/true", 2, `\[`},
		{"-u no-such-user /bin/true", 1, `no-such-user`},

		{"-o /no/such/directory/trace /bin/true", 1, `/no/such/directory/trace.*no such file`},
		{"-o / /bin/true", 1, `/.*is a directory`},

		{"no-such-command", 127, `no-such-command.*no such command`},
		{"/no/such/command", 127, `/no/such/command.*no such file`},
		{"/", 126, `/.*directory`},
		{"/etc/passwd", 126, `/etc/passwd.*permission denied`},
		{"/etc/passwd/x", 126, `/etc/passwd/x.*not a directory`},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := testkit.Run(t, append([]string{testkit.Sonde(t)}, strings.Fields(c.args)...)...)
			if got.Stdout != "" {
				t.Errorf("standard output is %q", got.Stdout)
			}
			checkStatus(t, got.Status, c.status)
			complaint(t, got.Stderr, c.pattern)
		})
	}
}

// TestNotExecutable runs files that the kernel cannot execute.
func TestNotExecutable(t *testing.T) {
	program, err := os.ReadFile(testkit.Build(t, "testdata/bad_calls.c"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		data    []byte
		mode    os.FileMode
		pattern string
	}{
		{"not executable", program, 0o644, `permission denied`},
		{"script without interpreter line", []byte("echo output\n"), 0o755, `exec format error`},
		{"script of an interpreter that is none", []byte("#!/etc/passwd\n"), 0o755, `permission denied`},
		{"text", []byte("Only text.\n"), 0o755, `exec format error`},
		{"empty", nil, 0o755, `exec format error`},
		{"ELF magic alone", program[:4], 0o755, `exec format error`},
		{"half an ELF header", program[:32], 0o755, `exec format error`},
		{"machine of another family", withMachine(program, elf.EM_AARCH64), 0o755, `exec format error`},
		{"machine that does not exist", withMachine(program, 0xfffe), 0o755, `exec format error`},
		{"no program headers", mangled(program, phnum, 0), 0o755, `exec format error`},
		{"program headers past the end", mangled(program, phoff, 1<<40), 0o755, `exec format error|input/output error`},
		{"relocatable object", mangled(program, etype, uint64(elf.ET_REL)), 0o755, `exec format error`},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(name, c.data, c.mode); err != nil {
				t.Fatal(err)
			}
			got := testkit.Run(t, testkit.Sonde(t), name)
			if got.Stdout != "" {
				t.Errorf("standard output is %q", got.Stdout)
			}
			checkStatus(t, got.Status, 126)
			complaint(t, got.Stderr, regexp.QuoteMeta(name)+`.*(`+c.pattern+`)`)
		})
	}
}

// TestNoInterpreter runs a script whose interpreter is not there: to the kernel, as to
// execvp(3) and env(1), that is a file that does not exist.
func TestNoInterpreter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(name, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	got := testkit.Run(t, testkit.Sonde(t), name)
	checkStatus(t, got.Status, 127)
	complaint(t, got.Stderr, regexp.QuoteMeta(name)+`.*interpreter`)
}

// field is a place in the header of a 64-bit ELF file: offset and bytes (elf(5)).
type field struct{ offset, size int }

var (
	etype     = field{16, 2}
	emachine  = field{18, 2}
	phoff     = field{32, 8}
	shoff     = field{40, 8}
	phnum     = field{56, 2}
	shentsize = field{58, 2}
	shnum     = field{60, 2}
	shstrndx  = field{62, 2}
)

// mangled returns a copy of an ELF file's bytes with another value in a header field.
func mangled(file []byte, f field, value uint64) []byte {
	file = bytes.Clone(file)
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], value)
	copy(file[f.offset:f.offset+f.size], b[:])
	return file
}

func withMachine(file []byte, m elf.Machine) []byte { return mangled(file, emachine, uint64(m)) }

// TestMangledELF runs programs whose file the kernel and the dynamic linker can
// still use, or not: they end as they do untraced, whatever sonde reads there.
func TestMangledELF(t *testing.T) {
	program, err := os.ReadFile(testkit.Build(t, "testdata/bad_calls.c"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"no section headers", mangled(mangled(mangled(program, shoff, 0), shnum, 0), shstrndx, 0)},
		{"section headers past the end", mangled(program, shoff, uint64(len(program))+1)},
		{"section headers at the end of the address space", mangled(program, shoff, 1<<64-8)},
		{"section headers inside the ELF header", mangled(program, shoff, 3)},
		{"65535 sections", mangled(program, shnum, 0xffff)},
		{"sections of no size", mangled(program, shentsize, 0)},
		{"section names in no section", mangled(program, shstrndx, 0xfff0)},
		{"section headers cut off", program[:sectionTable(t, program)]},
		{"symbol table of 2^60 bytes", withDynamic(t, program, elf.DT_SYMTAB, 1<<60)},
		{"string table outside", withDynamic(t, program, elf.DT_STRTAB, 1<<40)},
		{"PLT relocations outside", withDynamic(t, program, elf.DT_JMPREL, 1<<40)},
		{"PLT relocations of 2^62 bytes", withDynamic(t, program, elf.DT_PLTRELSZ, 1<<62)},
		{"hash table outside", withDynamic(t, program, elf.DT_GNU_HASH, 1<<40)},
		{"cut to half", program[:len(program)/2]},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "program")
			if err := os.WriteFile(name, c.data, 0o755); err != nil {
				t.Fatal(err)
			}
			trace := filepath.Join(t.TempDir(), "trace")
			got := testkit.Run(t, testkit.Sonde(t), "-o", trace, name)
			if !executes(name) {
				checkStatus(t, got.Status, 126)
				complaint(t, got.Stderr, regexp.QuoteMeta(name))
				return
			}
			want := testkit.Run(t, name)
			checkSameEnd(t, got, want)
			var complaints int
			for line := range strings.Lines(got.Stderr) {
				if strings.HasPrefix(line, "sonde: ") {
					complaints++
				} else if !strings.Contains(want.Stderr, line) {
					t.Errorf("standard error holds %q", line)
				}
			}
			if complaints > 1 {
				t.Errorf("more than one complaint:\n%s", got.Stderr)
			}
		})
	}
}

// executes says whether the kernel executes a file at all.
func executes(name string) bool {
	cmd := exec.Command(name)
	if err := cmd.Start(); err != nil {
		return false
	}
	_ = cmd.Wait() // however it ends
	return true
}

// checkSameEnd compares a traced run with an untraced one. Core dumps are off
// in the tool's own death, so only the signal counts.
func checkSameEnd(t *testing.T, got, want testkit.Result) {
	t.Helper()
	if got.Stdout != want.Stdout {
		t.Errorf("standard output is %q traced, %q untraced", got.Stdout, want.Stdout)
	}
	if g, w := testkit.DescribeStatus(got.Status), testkit.DescribeStatus(want.Status); g != w {
		t.Errorf("ended with %s traced, %s untraced", g, w)
	}
}

// sectionTable returns the file offset of the section headers.
func sectionTable(t *testing.T, file []byte) int {
	t.Helper()
	return int(binary.LittleEndian.Uint64(file[shoff.offset:]))
}

// withDynamic returns a copy of an ELF file's bytes with another value for a tag
// of its dynamic section.
func withDynamic(t *testing.T, file []byte, tag elf.DynTag, value uint64) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	section := f.Section(".dynamic")
	const entry = 16 // Elf64_Dyn: d_tag, d_un
	for off := section.Offset; off+entry <= section.Offset+section.FileSize; off += entry {
		if elf.DynTag(binary.LittleEndian.Uint64(file[off:])) == tag {
			return mangled(file, field{int(off) + 8, 8}, value)
		}
	}
	t.Fatalf("the program has no %v", tag)
	return nil
}

// TestNothingToTrace runs programs in which no probe can be placed: they run
// untraced, and sonde says why.
func TestNothingToTrace(t *testing.T) {
	normal := testkit.Build(t, "testdata/bad_calls.c", "-fno-builtin")
	for _, c := range []struct {
		name    string
		program string
		opts    []string
		pattern string
	}{
		{"static", testkit.Build(t, "testdata/bad_calls.c", "-static"), nil, `static`},
		{"static, 32-bit", testkit.Build(t, "testdata/bad_calls.c", "-m32", "-static"), nil, `static`},
		{"filter with a slip", normal, []string{"-e", "mallok"}, `nearest.*malloc`},
		{"filter for nothing like it", normal, []string{"-e", "zzzzzzzzzzzz"}, `matches no call`},
		{"filter for a library that is not there", normal, []string{"-e", "malloc@libnothere.so"}, `matches no call`},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := testkit.Run(t, c.program)
			trace := filepath.Join(t.TempDir(), "trace")
			args := append(c.opts, "-o", trace, c.program)
			got := testkit.Run(t, append([]string{testkit.Sonde(t)}, args...)...)
			checkSameEnd(t, got, want)
			complaint(t, got.Stderr, c.pattern)
		})
	}
}

// TestTraceToFullDisk writes the trace where there is no room: one error, and the
// program runs on untraced.
func TestTraceToFullDisk(t *testing.T) {
	program := testkit.Build(t, "testdata/bad_calls.c", "-fno-builtin")
	want := testkit.Run(t, program)
	got := testkit.Run(t, testkit.Sonde(t), "-o", "/dev/full", program)
	checkSameEnd(t, got, want)
	complaint(t, got.Stderr, `/dev/full.*no space left`)
}

// TestAttachRefused attaches to what cannot be attached to.
func TestAttachRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		target  func(t *testing.T) int
		attr    *syscall.SysProcAttr
		pattern string // PID stands for the target
	}{
		{"nobody there", endedPID, nil, `PID.*no such process`},
		{"zombie", zombiePID, nil, `PID.*(zombie|ended)`},
		{"kernel thread", kernelPID, nil, `PID.*kernel`},
		{"process of another user", rootPID, nobody, `PID.*not permitted.*user 0.*user 65534`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tool := testkit.Sonde(t)
			if c.attr != nil {
				needRoot(t)
				tool = forEveryone(t, tool)
			}
			pid := c.target(t)
			tracer := testkit.Start(t, "stderr", c.attr, tool, "-p", strconv.Itoa(pid))
			checkRefusal(t, tracer, regexp.MustCompile(strings.ReplaceAll(c.pattern, "PID", strconv.Itoa(pid))))
		})
	}
}

// endedPID returns a pid that was in use a moment ago.
func endedPID(t *testing.T) int {
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// zombiePID returns a process that has ended and that its parent, the test, has
// not waited for.
func zombiePID(t *testing.T) int {
	p := testkit.Start(t, "stdout", nil, "/bin/true")
	testkit.Await(t, "/bin/true has ended", p.Ended)
	return p.PID
}

func kernelPID(t *testing.T) int {
	pid, ok := testkit.KernelThread()
	if !ok {
		t.Skip("no kernel thread is visible in this pid namespace")
	}
	return pid
}

// rootPID returns a process of root's that goes on unharmed after the test.
func rootPID(t *testing.T) int {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "1")
	t.Cleanup(func() {
		testkit.CheckReleased(t, target.PID)
		target.EndTarget(t)
	})
	return target.PID
}

// TestAttachToItself gives sonde its own pid.
func TestAttachToItself(t *testing.T) {
	got := testkit.Run(t, "/bin/sh", "-c", `exec "$0" -p $$`, testkit.Sonde(t))
	checkStatus(t, got.Status, 1)
	complaint(t, got.Stderr, `itself|own`)
}

// TestAttachToTraced attaches to a process that has a tracer: the message names
// it, and the first tracer's work goes on.
func TestAttachToTraced(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "2")
	first, refused := attach(t, target.PID)
	if refused {
		first.Wait(t)
		t.Fatalf("refused: %q", first.Lines)
	}
	readCalls(t, first, 20)
	got := testkit.Run(t, testkit.Sonde(t), "-p", strconv.Itoa(target.PID))
	checkStatus(t, got.Status, 1)
	complaint(t, got.Stderr, fmt.Sprintf(`%d.*traced.*\b%d\b`, target.PID, first.PID))
	readCalls(t, first, 20)
	detach(t, first, syscall.SIGINT)
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}

// TestOneOfTwoRefused attaches to two processes of which one is not there: the
// other one is let go unharmed.
func TestOneOfTwoRefused(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "2")
	gone := strconv.Itoa(endedPID(t))
	got := testkit.Run(t, testkit.Sonde(t), "-p", strconv.Itoa(target.PID), "-p", gone)
	checkStatus(t, got.Status, 1)
	if !strings.Contains(got.Stderr, "sonde: ") || !strings.Contains(got.Stderr, gone) {
		t.Errorf("standard error is %q, want the reason for %s", got.Stderr, gone)
	}
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}
