package asm

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// instructions are what objdump is to say of what was assembled; where the machines
// differ, the second line is I386's.
var instructions = []struct {
	text     string
	assemble func(p *Program)
}{
	{"mov %rbx,%rcx|mov %ebx,%ecx", func(p *Program) { p.Mov(CX, BX) }},
	{"mov $0x1234,%esi", func(p *Program) { p.Mov(SI, Imm(0x1234)) }},
	{"mov $0xffffffffffffffff,%rdi|mov $0xffffffff,%edi", func(p *Program) { p.Mov(DI, Imm(-1)) }},
	{"movabs $0x123456789abcdef0,%rax|", func(p *Program) { p.Mov(AX, Imm(0x123456789abcdef0)) }},
	{"mov %r12,0x10(%r12)|", func(p *Program) { p.Mov(In(R12, 16), R12) }},
	{"mov 0x8(%rsp),%rdx|mov 0x8(%esp),%edx", func(p *Program) { p.Mov(DX, In(SP, 8)) }},
	{"mov %rbp,-0x8(%rbp)|mov %ebp,-0x8(%ebp)", func(p *Program) { p.Mov(In(BP, -8), BP) }},
	{"movq $0x7,0x0(%rdi)|movl $0x7,0x0(%edi)", func(p *Program) { p.Mov(In(DI, 0), Imm(7)) }},
	{"mov 0x401008,%rax|mov 0x401008,%eax", func(p *Program) { p.Mov(AX, Mem{Label: "word", Off: 8}) }},
	{"mov %r9,0x401000|", func(p *Program) { p.Mov(At("word"), R9) }},
	{"movq $0x401000,0x401000|movl $0x401000,0x401000", func(p *Program) { p.Mov(At("word"), Of("word")) }},
	{"mov $0x401004,%ebx", func(p *Program) { p.Mov(BX, Addr{"word", 4}) }},
	{"add $0x5,%rsp|add $0x5,%esp", func(p *Program) { p.Add(SP, Imm(5)) }},
	{"sub %rax,%rbx|sub %eax,%ebx", func(p *Program) { p.Sub(BX, AX) }},
	{"xor %r8,%r15|", func(p *Program) { p.Xor(R15, R8) }},
	{"and 0x401000,%rcx|and 0x401000,%ecx", func(p *Program) { p.And(CX, At("word")) }},
	{"orq $0x80,0x401000|orl $0x80,0x401000", func(p *Program) { p.Or(At("word"), Imm(0x80)) }},
	{"cmp %rdx,0x0(%rsi)|cmp %edx,0x0(%esi)", func(p *Program) { p.Cmp(In(SI, 0), DX) }},
	{"push %r14|", func(p *Program) { p.Push(R14) }},
	{"push $0xffffffffffffffff|push $0xffffffff", func(p *Program) { p.Push(Imm(-1)) }},
	{"push $0x401000", func(p *Program) { p.Push(Of("word")) }},
	{"push 0x401000", func(p *Program) { p.Push(At("word")) }},
	{"pop %r10|", func(p *Program) { p.Pop(R10) }},
	{"pop %rdi|pop %edi", func(p *Program) { p.Pop(DI) }},
	{"jmp 4000e8", func(p *Program) { p.Jump("begin") }},
	{"jne 4000e8", func(p *Program) { p.JumpIf(NotEqual, "begin") }},
	{"jb 4000e8", func(p *Program) { p.JumpIf(Below, "begin") }},
	{"jg 4000e8", func(p *Program) { p.JumpIf(Greater, "begin") }},
	{"call 4000e8", func(p *Program) { p.Call("begin") }},
	{"call *%rdx|call *%edx", func(p *Program) { p.CallTo(DX) }},
	{"jmp *0x401000", func(p *Program) { p.JumpTo(At("word")) }},
	{"pushf", func(p *Program) { p.Pushf() }},
	{"popf", func(p *Program) { p.Popf() }},
	{"int3", func(p *Program) { p.Int3() }},
	{"nop", func(p *Program) { p.Nop() }},
	{"ret", func(p *Program) { p.Ret() }},
}

// TestInstructions has objdump read what was assembled.
func TestInstructions(t *testing.T) {
	objdump := testkit.Need(t, "objdump")
	for n, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		p := New(arch)
		p.Label("begin")
		var want []string
		for _, i := range instructions {
			texts := strings.Split(i.text, "|")
			if text := texts[min(n, len(texts)-1)]; text != "" {
				i.assemble(p)
				want = append(want, text)
			}
		}
		p.Space("word", 16)
		im, err := p.Assemble()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), arch.Name)
		if err := os.WriteFile(file, im.ELF, 0o600); err != nil {
			t.Fatal(err)
		}
		machine := map[*sysdeps.Arch]string{sysdeps.AMD64: "i386:x86-64", sysdeps.I386: "i386"}[arch]
		out, err := exec.CommandContext(t.Context(), objdump, "-D", "-w", "-b", "binary", "-m", machine, "--adjust-vma=0x400000", "--start-address=0x4000e8", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for l := range strings.Lines(string(out)) {
			if f := strings.SplitN(l, "\t", 3); len(f) == 3 && len(got) < len(want) {
				text, _, _ := strings.Cut(strings.Join(strings.Fields(f[2]), " "), " #")
				got = append(got, strings.ReplaceAll(text, "0x4000e8", "4000e8"))
			}
		}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Errorf("%s: assembled %q, want %q", arch.Name, got[min(i, len(got)-1)], want[i])
			}
		}
	}
}

// TestPrograms runs what was assembled: the arguments of system calls, data, and jumps.
func TestPrograms(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		p := New(arch)
		p.Words("table", Imm(3), Of("table"))
		p.Mov(BX, At("table"))
		p.Mov(CX, Imm(0))
		p.Label("again")
		p.Add(CX, Imm(13))
		p.Sub(BX, Imm(1))
		p.JumpIf(NotEqual, "again")
		p.Mov(DX, Mem{Label: "table", Off: arch.PtrSize})
		p.Cmp(DX, Of("table"))
		p.JumpIf(NotEqual, "bad")
		p.Push(CX)
		p.Syscall("write", Imm(1), Of("text"), Imm(5))
		p.Cmp(AX, Imm(5))
		p.JumpIf(NotEqual, "bad")
		p.Pop(CX)
		p.Syscall("exit_group", CX)
		p.Label("bad")
		p.Syscall("exit_group", Imm(1))
		p.String("text", "done\n")
		im, err := p.Assemble()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), arch.Name)
		if err := os.WriteFile(file, im.ELF, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := elf.Open(file); err != nil {
			t.Errorf("%s: %v", arch.Name, err)
		}
		run := testkit.Run(t, file)
		if run.Status.ExitStatus() != 39 || run.Stdout != "done\n" {
			t.Errorf("%s: %s", arch.Name, run.Describe())
		}
	}
}

// TestMistakes holds that they are told, all of them.
func TestMistakes(t *testing.T) {
	p := New(sysdeps.I386)
	p.Label("here")
	p.Label("here")
	p.Jump("nowhere")
	p.Mov(R8, Imm(0))
	p.Mov(At("here"), At("here"))
	p.Syscall("no_such_call")
	_, err := p.Assemble()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`label "here" stands twice`, `no label "nowhere"`, "no register 8", "mov from", `no system call "no_such_call"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
	if _, err := New(sysdeps.ARM64).Assemble(); err == nil {
		t.Error("ARM64: no error")
	}
}
