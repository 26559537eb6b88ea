package unwind

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// A walk ends where a thread has begun in code that no table tells of.
func TestThreadEnds(t *testing.T) {
	call := []byte{0x31, 0xed, 0x5f, 0x41, 0xff, 0xd1}                          // xor %ebp,%ebp; pop %rdi; call *%r9
	exit := []byte{0x89, 0xc7, 0x31, 0xc0, 0xb0, 0x3c, 0x0f, 0x05, 0xf4}        // mov %eax,%edi; xor; mov $60,%al; syscall; hlt
	goesOn := []byte{0x89, 0xc7, 0x31, 0xc0, 0xb0, 0x3c, 0x0f, 0x05, 0xc3}      // ret
	calls := []byte{0x89, 0xc7, 0xe8, 0, 0, 0, 0, 0x31, 0xc0, 0x0f, 0x05, 0xf4} // call
	keepsBP := []byte{0x31, 0xc0, 0x5f, 0x41, 0xff, 0xd1}                       // xor %eax,%eax
	int80 := []byte{0x89, 0xc3, 0x31, 0xc0, 0x40, 0x90, 0x90, 0xcd, 0x80, 0xf4} // int $0x80
	far := append(slices.Repeat([]byte{0x90}, behindThread), 0x0f, 0x05, 0xf4)  // too many instructions
	for _, test := range []struct {
		name         string
		before, then []byte
		ends         bool
	}{
		{"musl's", call, exit, true},
		{"by int $0x80", call, int80, true},
		{"one that goes on", call, goesOn, false},
		{"one that calls", call, calls, false},
		{"one that keeps the frame pointer", keepsBP, exit, false},
		{"one that does more", call, far, false},
	} {
		code := slices.Repeat([]byte{0x0f, 0x0b}, codeSize/2) // ud2: nothing to follow
		copy(code[0x10:], []byte{0xe8, 0, 1, 0, 0})
		copy(code[0x80:], append(slices.Clone(test.before), test.then...))
		begun := at(0x80 + uint64(len(test.before)))
		p := newProgram(t, sysdeps.AMD64, code, nil, words(sysdeps.AMD64, 1, begun, 2, 3, at(0x15), 0))
		p.regs.SetPC(sysdeps.Addr(at(0)))
		p.regs.Set(sysdeps.RBP, 0)
		frames, stop := p.walk(new(Walker))
		if len(frames) < 2 || uint64(frames[1].PC) != begun {
			t.Fatalf("%s: %v, %v", test.name, frames, stop)
		}
		if ended := len(frames) == 2 && stop.Complete(); ended != test.ends {
			t.Errorf("%s: %d frames, %v", test.name, len(frames), stop)
		}
	}
}

// A walk ends at once where a thread has just been made, in code that no table tells of.
func TestThreadBegins(t *testing.T) {
	making := []byte{
		0x0f, 0x05, // syscall
		0x48, 0x85, 0xc0, // test %rax,%rax
		0x7c, 0x08, // jl
		0x74, 0x01, // je, over the ret
		0xc3,
		0x31, 0xed, 0xff, 0xd2, // xor %ebp,%ebp; call *%rdx
		0x90, 0x0f, 0x0b,
	}
	keeps := slices.Clone(making)
	keeps[10] = 0x29 // sub %ebp,%ebp
	for _, test := range []struct {
		name   string
		code   []byte
		behind uint64 // where the thread is
		result uint64
		frames int
	}{
		{"it is the new one", making, 2, 0, 1},
		{"it has come further", making, 7, 0, 1},
		{"it is the maker", making, 2, 4711, 2},
		{"it is something else", keeps, 2, 0, 2},
	} {
		code := slices.Repeat([]byte{0x0f, 0x0b}, codeSize/2)
		copy(code[0x10:], []byte{0xe8, 0x6b, 0, 0, 0}) // call, to 0x80
		copy(code[0x80:], test.code)
		p := newProgram(t, sysdeps.AMD64, code, nil, words(sysdeps.AMD64, at(0x15), 0))
		p.regs.SetPC(sysdeps.Addr(at(0x80 + test.behind)))
		p.regs.Set(sysdeps.RAX, test.result)
		frames, stop := p.walk(new(Walker))
		if len(frames) < test.frames || test.frames == 1 && (len(frames) > 1 || !stop.Complete()) {
			t.Errorf("%s: %v, %v", test.name, frames, stop)
		}
	}
}
