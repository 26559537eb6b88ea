package regress

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// exitsBehindDump is when threads began to wait for the dump before their PTRACE_EVENT_EXIT.
var exitsBehindDump = Version{5, 16, 0}

const exitsBehindDumpBy = "92307383082d"

var coreRows = []Row{
	{
		ID: "C01", Title: "the core file is complete at the first PTRACE_EVENT_EXIT", Since: exitsBehindDump, Change: exitsBehindDumpBy,
		Checks: "a thread of a process of two gets SIGSEGV: at PTRACE_EVENT_EXIT of the other the core file has all its segments",
		Needs:  []Need{CoreFiles},
		Relies: "reading a program's core file at its end",
		Run: func(t *T) {
			dir := t.CoreDir()
			leader, crashing := t.crashes(dir)
			crashing.Cont(unix.SIGSEGV)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			t.coreComplete(dir)
		},
	},
	{
		ID: "C02", Title: "who dumps core says so at PTRACE_EVENT_EXIT, the others do not", Since: exitsBehindDump, Change: exitsBehindDumpBy,
		Checks: "a thread of a process of two gets SIGSEGV: its message at PTRACE_EVENT_EXIT is 0x8b, that of the other 0xb",
		Needs:  []Need{CoreFiles},
		Relies: "telling which thread ended a process",
		Run: func(t *T) {
			leader, crashing := t.crashes(t.CoreDir())
			crashing.Cont(unix.SIGSEGV)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			crashing.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message of the thread that crashed", crashing.Message(), coreDumped|uint64(unix.SIGSEGV))
			Equal(t, "the message of the first thread", leader.Message(), uint64(unix.SIGSEGV))
		},
	},
	{
		ID: "C03", Title: "all threads end by the signal that one crashed of, the first thread last", Since: exitsBehindDump, Change: exitsBehindDumpBy,
		Checks: "a thread of a process of two gets SIGSEGV: both report PTRACE_EVENT_EXIT; the first thread goes on: nothing comes of it before the end of the other; both are killed by SIGSEGV, core dumped",
		Needs:  []Need{CoreFiles},
		Relies: "telling how threads end",
		Run: func(t *T) {
			leader, crashing := t.crashes(t.CoreDir())
			crashing.Cont(unix.SIGSEGV)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			crashing.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			leader.Cont(0)
			leader.AwaitState('Z')
			leader.ExpectNothing(unix.WALL)
			crashing.Cont(0)
			crashing.ExpectDumped(unix.SIGSEGV)
			leader.ExpectDumped(unix.SIGSEGV)
		},
	},
	{
		ID: "C04", Title: "a thread that the tracer holds does not hold up the dump", Since: exitsBehindDump, Change: exitsBehindDumpBy,
		Checks: "one thread stands at a breakpoint, another gets SIGSEGV: the core file is complete at the first PTRACE_EVENT_EXIT; the held thread reports PTRACE_EVENT_EXIT, and is killed by SIGSEGV",
		Needs:  []Need{CoreFiles},
		Relies: "a crash while another thread is looked at",
		Run: func(t *T) {
			dir := t.CoreDir()
			leader, crashing := t.crashes(dir)
			held := leader.Sibling("the held thread", int(leader.Word("held.tid")))
			held.Seize(unix.PTRACE_O_TRACEEXIT)
			leader.SetWord("hold", 1)
			held.ExpectStop(unix.SIGTRAP)
			crashing.Cont(unix.SIGSEGV)
			leader.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			t.coreComplete(dir)
			held.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			held.Cont(0)
			held.ExpectDumped(unix.SIGSEGV)
			crashing.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			crashing.Cont(0)
			crashing.ExpectDumped(unix.SIGSEGV)
			leader.Cont(0)
			leader.ExpectDumped(unix.SIGSEGV)
		},
	},
}

// crashes starts a process of three threads whose core file goes to a directory. The first
// two are traced, with PTRACE_O_TRACEEXIT; the second stands at its SIGSEGV, the third,
// which is not traced, gets to a breakpoint when the word hold is set.
func (t *T) crashes(dir string) (leader, crashing *Tracee) {
	leader = t.Start(func(p Code) {
		p.DumpCore(dir)
		p.Thread("held")
		p.Thread("crashing")
		p.Store("ready", asm.Imm(1))
		p.Forever()
		p.Label("held")
		p.SpinUntil("hold")
		p.Int3()
		p.Label("crashing")
		p.SpinUntil("crash")
		p.Mov(asm.AX, asm.Imm(16))
		p.Mov(asm.In(asm.AX, 0), asm.AX)
	})
	leader.AwaitWord("ready", 1)
	crashing = leader.Sibling("the thread that crashes", int(leader.Word("crashing.tid")))
	for _, c := range []*Tracee{leader, crashing} {
		c.Seize(unix.PTRACE_O_TRACEEXIT)
	}
	leader.SetWord("crash", 1)
	crashing.ExpectStop(unix.SIGSEGV)
	return leader, crashing
}

// coreComplete holds that there is one core file in a directory, with all its segments.
func (t *T) coreComplete(dir string) {
	files, err := os.ReadDir(dir)
	t.need(err, "list the core files")
	Equal(t, "the number of core files", len(files), 1)
	content, err := t.readFile(filepath.Join(dir, files[0].Name()))
	t.need(err, "read the core file")
	core, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fail("the core file: %v", err)
	}
	var end uint64
	for _, seg := range core.Progs {
		end = max(end, seg.Off+seg.Filesz)
	}
	t.True(end > 0 && uint64(len(content)) >= end, "of %d bytes of the core file's segments, %d are there", end, len(content))
}
