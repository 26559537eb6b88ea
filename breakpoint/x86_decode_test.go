package breakpoint

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// x86Cases are instructions one a line: bytes, what is wanted, what they are.
// Wanted is the length, the kind when it is not plain, and rip=OFFSET when
// there is a displacement relative to the program counter.
const x86Cases = `
90                               | 1                       | nop
f390                             | 2                       | pause
660f1f440000                     | 6                       | nopw 0(%rax,%rax)
66662e0f1f840000000000           | 11                      | data16 cs nopw 0(%rax,%rax)
f30f1efa                         | 4                       | endbr64
f3480f1ec8                       | 5                       | rdsspq %rax
55                               | 1                       | push %rbp
4157                             | 2                       | push %r15
6aff                             | 2                       | push $-1
6878563412                       | 5                       | push $0x12345678
66681234                         | 4                       | pushw $0x3412
b878563412                       | 5                       | mov $0x12345678,%eax
66b83412                         | 4                       | mov $0x1234,%ax
48b8efcdab8967452301             | 10                      | movabs $0x123456789abcdef,%rax
48c7c001000000                   | 7                       | mov $1,%rax
66c7050000000034 12              | 9 rip=3                 | movw $0x1234,0(%rip)
c6050000000012                   | 7 rip=2                 | movb $0x12,0(%rip)
48a1efcdab8967452301             | 10                      | movabs 0x123456789abcdef,%rax
67a178563412                     | 6                       | addr32 mov 0x12345678,%eax
488b0500000000                   | 7 rip=3                 | mov 0(%rip),%rax
67488b0500000000                 | 8 rip=4                 | mov 0(%eip),%rax
488b042500000000                 | 8                       | mov 0x0,%rax
488b042400                       | 4                       | mov (%rsp),%rax
488b44240800                     | 5                       | mov 8(%rsp),%rax
488b4500                         | 4                       | mov 0(%rbp),%rax
498b4500                         | 4                       | mov 0(%r13),%rax
498b0500000000                   | 7 rip=3                 | mov 0(%rip),%rax, REX.B without effect
4a8b042d00000000                 | 8                       | mov 0(,%r13),%rax
f605000000007f                   | 7 rip=2                 | testb $0x7f,0(%rip)
f60d000000007f                   | 7 rip=2                 | testb $0x7f,0(%rip), the other form
f61500000000                     | 6 rip=2                 | notb 0(%rip)
f70500000000ffffff7f             | 10 rip=2                | testl $0x7fffffff,0(%rip)
66f70500000000ff7f               | 9 rip=3                 | testw $0x7fff,0(%rip)
48f71d00000000                   | 7 rip=3                 | negq 0(%rip)
c8100001                         | 4                       | enter $16,$1
c9                               | 1                       | leave
8f00                             | 2                       | pop (%rax)
4883ec08                         | 4                       | sub $8,%rsp
eb00                             | 2 jump                  | jmp
e900000000                       | 5 jump                  | jmp
f2e900000000                     | 6 jump                  | bnd jmp
7400                             | 2 condjump              | je
0f8400000000                     | 6 condjump              | je
2e7400                           | 3 condjump              | je,pn
e300                             | 2 condjump              | jrcxz
67e300                           | 3 condjump              | jecxz
e200                             | 2 condjump              | loop
e800000000                       | 5 call                  | call
67e800000000                     | 6 call                  | addr32 call, as linkers write for call *slot(%rip)
666648e800000000                 | 8 call                  | data16 data16 rex.W call, of a TLS sequence
ff1500000000                     | 6 callindirect rip=2    | call *0(%rip)
ffd0                             | 2 callindirect          | call *%rax
41ff5308                         | 4 callindirect          | call *8(%r11)
ff18                             | 2 callindirect          | lcall *(%rax)
ff2500000000                     | 6 jumpindirect rip=2    | jmp *0(%rip)
f2ff2500000000                   | 7 jumpindirect rip=3    | bnd jmp *0(%rip)
3effe0                           | 3 jumpindirect          | notrack jmp *%rax
ff28                             | 2 jumpindirect          | ljmp *(%rax)
ff3500000000                     | 6 rip=2                 | push 0(%rip)
c3                               | 1 ret                   | ret
f3c3                             | 2 ret                   | repz ret
c20800                           | 3 ret                   | ret $8
cb                               | 1 ret                   | lret
48cf                             | 2 ret                   | iretq
0f05                             | 2 syscall               | syscall
cd80                             | 2 syscall               | int $0x80
cc                               | 1 trap                  | int3
cd03                             | 2 trap                  | int $3
f1                               | 1 trap                  | int1
0f0b                             | 2 trap                  | ud2
0fb900                           | 3 trap                  | ud1 (%rax),%eax
0f34                             | 2 trap                  | sysenter
c7f800000000                     | 6 txbegin               | xbegin
66c7f80000                       | 5 txbegin               | xbegin with rel16
c6f801                           | 3                       | xabort $1
0f01d5                           | 3                       | xend
0f20c0                           | 3                       | mov %cr0,%rax
0f2005                           | 3                       | mov %cr0,%rbp: mod is not looked at
660f78c00102                     | 6                       | extrq $2,$1,%xmm0
f20f78c10102                     | 6                       | insertq $2,$1,%xmm1,%xmm0
0f78c1                           | 3                       | vmread %rax,%rcx
660f3a0fc108                     | 6                       | palignr $8,%xmm1,%xmm0
660f3a0f050000000008             | 10 rip=5                | palignr $8,0(%rip),%xmm0
660f38000500000000               | 9 rip=5                 | pshufb 0(%rip),%xmm0
f20f38f1c1                       | 5                       | crc32l %ecx,%eax
0fc7f0                           | 3                       | rdrand %eax
0fba2d0000000003                 | 8 rip=3                 | btsl $3,0(%rip)
0fa4c105                         | 4                       | shld $5,%eax,%ecx
0fc20500000000 00                | 8 rip=3                 | cmpeqps 0(%rip),%xmm0
9bd93c24                         | 1                       | fwait, of fstcw (%rsp)
d93c24                           | 3                       | fnstcw (%rsp)
c5f877                           | 3                       | vzeroupper
c5fc77                           | 3                       | vzeroall
c5f96f0500000000                 | 8 rip=4                 | vmovdqa 0(%rip),%xmm0
c5f970c11b                       | 5                       | vpshufd $0x1b,%xmm1,%xmm0
c5f9c4c000                       | 5                       | vpinsrw $0,%eax,%xmm0,%xmm0
c5f8ae1500000000                 | 8 rip=4                 | vldmxcsr 0(%rip)
c4e27d180500000000               | 9 rip=5                 | vbroadcastss 0(%rip),%ymm0
c4e37d0c050000000001             | 10 rip=5                | vblendps $1,0(%rip),%ymm0,%ymm0
c4e3794b050000000010             | 10 rip=5                | vblendvpd %xmm1,0(%rip),%xmm0,%xmm0
c4e2f9920c00                     | 6                       | vgatherdps %xmm0,(%rax,%xmm0),%xmm1
c4e27bf7c0                       | 5                       | shrx %eax,%eax,%eax
c4e37bf0c005                     | 6                       | rorx $5,%eax,%eax
c4e1f992c0                       | 5                       | kmovd-like, by map 0F
c5fb92c8                         | 4                       | kmovd %eax,%k1
64c5f96f0425 00000000            | 10                      | vmovdqa %fs:0,%xmm0
62f17c486f0500000000             | 10 rip=6                | EVEX move of map 0F, 0(%rip)
62f17d486f4001                   | 7                       | vmovdqa32 64(%rax),%zmm0: disp8 of one byte
62f17d487005000000001b           | 11 rip=6                | vpshufd $0x1b,0(%rip),%zmm0
62f37d48250500000000ff           | 11 rip=6                | vpternlogd $0xff,0(%rip),%zmm0,%zmm0
62f27d48580500000000             | 10 rip=6                | vpbroadcastd 0(%rip),%zmm0
62f57c4858c0                     | 6                       | vaddph %zmm0,%zmm0,%zmm0
62f67d4898c0                     | 6                       | vfmadd132ph %zmm0,%zmm0,%zmm0
8fe878c0c005                     | 6                       | vprotb $5,%xmm0,%xmm0
8fe97890c0                       | 5                       | vprotb %xmm0,%xmm0,%xmm0
8fea7810c001000000               | 9                       | bextr $1,%eax,%eax
40 48 90                         | 3                       | a REX before another has no effect
48 66 b8 3412                    | 5                       | a REX before a prefix has no effect
4866 90                          | 3                       | the same
f048 0fb10d00000000              | 9 rip=5                 | lock cmpxchg %rcx,0(%rip)
2e2e2e2e2e2e2e2e2e2e2e2e2e2e90   | 15                      | the longest there is
2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e90 | unknown                 | one byte longer
6648b8efcdab8967452301           | 11                      | data16 movabs: REX.W overrides
66e800000000                     | unknown                 | call with rel16 or rel32
66e90000 0000                    | unknown                 | the same for jmp
660f840000 0000                  | unknown                 | the same for je
06                               | unknown                 | push %es, 32-bit only
82c001                           | unknown                 | 32-bit only
9a000000000000                   | unknown                 | lcall, 32-bit only
ea000000000000                   | unknown                 | ljmp, 32-bit only
d500                             | unknown                 | aad, REX2 with APX
8f20                             | unknown                 | 8F /4
ffff                             | unknown                 | FF /7
ffd8                             | unknown                 | lcall of a register
fed0                             | unknown                 | FE /2
c6c800                           | unknown                 | C6 /1
0f0e                             | unknown                 | femms
0f0f c0 9e                       | unknown                 | pfadd
0fa6c0                           | unknown                 | montmul
48c5f877                         | unknown                 | REX before VEX
66c5f877                         | unknown                 | 66 before VEX
f362f17c486fc0                   | unknown                 | F3 before EVEX
62f97c486fc0                     | unknown                 | EVEX with APX's B4
62f178486fc0                     | unknown                 | EVEX with AVX10.2's U
62f17d4877                       | unknown                 | EVEX has no vzeroupper
62f47c48 6fc0                    | unknown                 | EVEX map 4, APX
c4e07877                         | unknown                 | VEX map 0
c4e47877                         | unknown                 | VEX map 4
c5f805                           | unknown                 | VEX has no syscall
8feb7810c0                       | unknown                 | XOP map 11
`

var x86KindNames = map[x86Kind]string{
	x86Plain: "", x86Jump: "jump", x86CondJump: "condjump", x86JumpIndirect: "jumpindirect",
	x86Call: "call", x86CallIndirect: "callindirect", x86Ret: "ret", x86Syscall: "syscall",
	x86Trap: "trap", x86TxBegin: "txbegin",
}

// x86CaseLines yields the bytes, the wanted text and the name of each case.
func x86CaseLines(t testing.TB, yield func(code []byte, want, name string)) {
	for line := range strings.Lines(x86Cases) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		f := strings.Split(line, "|")
		if len(f) != 3 {
			t.Fatalf("case %q has no three columns", line)
		}
		yield(x86Hex(t, f[0]), strings.Join(strings.Fields(f[1]), " "), strings.TrimSpace(f[2]))
	}
}

func x86Hex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

func x86Describe(in x86Insn, err error) string {
	if errors.Is(err, errX86Unknown) {
		return "unknown"
	}
	if err != nil {
		return err.Error()
	}
	s := strconv.Itoa(in.Len)
	if k := x86KindNames[in.Kind]; k != "" {
		s += " " + k
	}
	if in.RIPRel != 0 {
		s += fmt.Sprintf(" rip=%d", in.RIPRel)
	}
	return s
}

func TestX86Decode(t *testing.T) {
	x86CaseLines(t, func(code []byte, want, name string) {
		// What follows must not matter, were it the end of memory or more code.
		for _, tail := range []string{"", "cccccccccccccccccccccccccccccccc"} {
			if got := x86Describe(x86Decode(append(code, x86Hex(t, tail)...))); got != want {
				t.Errorf("% x (%s) followed by %q = %q, want %q", code, name, tail, got, want)
			}
		}
	})
}

// An instruction cut short is told from one that is unknown, so that a reader
// at the end of a mapping knows what it lacks.
func TestX86DecodeTruncated(t *testing.T) {
	x86CaseLines(t, func(code []byte, _, name string) {
		in, err := x86Decode(code)
		if err != nil {
			return
		}
		for n := range in.Len {
			if _, err := x86Decode(code[:n]); !errors.Is(err, errX86Truncated) {
				t.Errorf("%d of % x (%s): %v, want %v", n, code[:in.Len], name, err, errX86Truncated)
			}
		}
	})
}

func TestX86StacksReturn(t *testing.T) {
	x86CaseLines(t, func(code []byte, want, name string) {
		in, err := x86Decode(code)
		if err != nil {
			return
		}
		stacks := strings.Contains(want, "call") && !strings.Contains(want, "syscall") || strings.Contains(want, "ret")
		if got := in.stacksReturn(); got != stacks {
			t.Errorf("% x (%s): stacksReturn = %v", code, name, got)
		}
	})
}

// x86Oracle compares with objdump's idea of every instruction in a file.
type x86Oracle struct {
	lines, differ int
	quirks        map[string]int
}

// x86ObjdumpQuirk names the reason why objdump's line needs no comparison, or
// returns "".
func x86ObjdumpQuirk(code []byte, mnemonic string) string {
	first, operands, _ := strings.Cut(mnemonic, " ")
	switch {
	case strings.Contains(mnemonic, "(bad)"), first == ".byte":
		return "data among the code"
	case x86OnlyPrefixes(code):
		return "prefix printed as an instruction of its own"
	case code[0] == 0x9b && len(code) > 1:
		return "fwait and an x87 instruction printed as one"
	case len(code) > 1 && code[0] == 0x0f && code[1]|1 == 0x0f:
		return "3DNow"
	case strings.HasPrefix(first, "rex") && strings.HasPrefix(operands, "v"):
		return "REX before VEX, which raises #UD"
	case code[0] == 0x66 && (first == "jmpw" || first == "callw"):
		return "near branch of operand size 16, read as AMD does"
	}
	return ""
}

func x86OnlyPrefixes(code []byte) bool {
	for _, b := range code {
		switch b {
		case 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x64, 0x65, 0x2e, 0x36, 0x3e, 0x26:
		default:
			if b&0xf0 != 0x40 {
				return false
			}
		}
	}
	return true
}

func (o *x86Oracle) compare(t *testing.T, line string) {
	addr, rest, ok := strings.Cut(line, ":\t")
	if !ok || !strings.HasPrefix(addr, " ") {
		return // a heading
	}
	bytes, mnemonic, _ := strings.Cut(rest, "\t")
	code := x86Hex(t, bytes)
	o.lines++
	if why := x86ObjdumpQuirk(code, mnemonic); why != "" {
		o.quirks[why]++
		return
	}
	// With bytes behind it the decoder cannot be right for want of any.
	in, err := x86Decode(append(code, 0x90, 0x90, 0x90, 0x90, 0x90))
	if err == nil && in.Len == len(code) && (in.RIPRel != 0) == x86ObjdumpRIP(mnemonic) {
		return
	}
	if o.differ++; o.differ <= 20 {
		t.Errorf("%s: % x %s: length %d, RIPRel %d, %v", strings.TrimSpace(addr), code, mnemonic, in.Len, in.RIPRel, err)
	}
}

func x86ObjdumpRIP(mnemonic string) bool {
	return strings.Contains(mnemonic, "(%rip)") || strings.Contains(mnemonic, "(%eip)")
}

// x86Disassemble calls yield with each line of objdump's disassembly.
func x86Disassemble(t *testing.T, file string, yield func(line string)) {
	t.Helper()
	x86NeedsHost(t)
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("objdump is not installed")
	}
	cmd := exec.CommandContext(t.Context(), objdump, "-d", "-w", "-j", ".text", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		yield(lines.Text())
	}
	if err := lines.Err(); err != nil {
		t.Errorf("read objdump's output: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %v", cmd, err)
	}
}

// x86Library returns the path of an installed library.
func x86Library(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"} {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) > 0 {
			return found[0]
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

func TestX86DecodeAgainstObjdump(t *testing.T) {
	programs := map[string]bool{"bash": true, "gdb": true}
	for _, name := range []string{"libc.so.6", "libm.so.6", "libcrypto.so.*", "ld-linux-x86-64.so.2", "bash", "gdb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file string
			if programs[name] {
				path, err := exec.LookPath(name)
				if err != nil {
					t.Skipf("%s is not installed", name)
				}
				file = path
			} else {
				file = x86Library(t, name)
			}
			o := x86Oracle{quirks: make(map[string]int)}
			x86Disassemble(t, file, func(line string) { o.compare(t, line) })
			if o.differ > 0 || o.lines < 10000 {
				t.Errorf("%d of %d instructions differ", o.differ, o.lines)
			}
			t.Logf("%d instructions; not compared: %v", o.lines, o.quirks)
		})
	}
}

// FuzzX86Decode wants no panic, a sane result, and one that the bytes behind
// the instruction and a copy of it elsewhere do not change.
//
//	go test ./breakpoint -run '^$' -fuzz FuzzX86Decode -fuzztime 20s
func FuzzX86Decode(f *testing.F) {
	x86CaseLines(f, func(code []byte, _, _ string) { f.Add(code) })
	f.Fuzz(func(t *testing.T, code []byte) {
		in, err := x86Decode(code)
		if err != nil {
			if in != (x86Insn{}) {
				t.Fatalf("% x: a result beside the error: %+v", code, in)
			}
			return
		}
		if in.Len < 1 || in.Len > x86MaxInsn || in.Len > len(code) {
			t.Fatalf("% x: length %d", code, in.Len)
		}
		if in.RIPRel != 0 && in.RIPRel+4 > in.Len {
			t.Fatalf("% x: displacement at %d of %d", code, in.RIPRel, in.Len)
		}
		if again, err := x86Decode(code[:in.Len]); err != nil || again != in {
			t.Fatalf("% x: %+v alone, %v; %+v with what follows", code, again, err, in)
		}
		x86Emulate(code, 0x1000)
		const from, to = 0x400000, 0x500000
		out, split, err := x86Relocate([]byte{0xaa}, code, from, to)
		if err != nil {
			return
		}
		copied, err := x86Decode(out[1:])
		if err != nil || split != in.Len || copied.Len != in.Len || copied.op != in.op {
			t.Fatalf("% x: copied to % x: %+v, %v", code, out, copied, err)
		}
		if len(out)-1 > x86MaxSlot {
			t.Fatalf("% x: a copy of %d bytes", code, len(out)-1)
		}
	})
}
