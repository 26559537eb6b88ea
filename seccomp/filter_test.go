package seccomp

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// answer runs a filter on a call as the kernel does, and returns what it answers and
// how many instructions that took.
func answer(t *testing.T, f Filter, audit, nr uint32) (verdict uint32, steps int) {
	t.Helper()
	var acc uint32
	for pc := 0; pc < len(f); pc++ {
		steps++
		switch in := f[pc]; in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			switch in.K {
			case offsetNr:
				acc = nr
			case offsetArch:
				acc = audit
			default:
				t.Fatalf("instruction %d loads from %d", pc, in.K)
			}
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			yes := acc == in.K
			if in.Code&0xf0 == unix.BPF_JGE {
				yes = acc >= in.K
			}
			if yes {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		case unix.BPF_RET | unix.BPF_K:
			return in.K, steps
		default:
			t.Fatalf("instruction %d: code %#x", pc, in.Code)
		}
	}
	t.Fatal("the filter ends without an answer")
	return 0, 0
}

// audit values, as linux/audit.h has them.
const (
	audit64    = 0xc000003e
	audit32    = 0x40000003
	auditOther = 0xc00000b7 // arm64
)

// TestFilter asks filters about every number that there may be a call of, and what
// lies at the borders.
func TestFilter(t *testing.T) {
	even := func(to int64) (nrs []int64) {
		for nr := int64(0); nr < to; nr += 2 {
			nrs = append(nrs, nr)
		}
		return nrs
	}
	for _, c := range []struct {
		name       string
		wide, slim Calls // of AMD64, I386
	}{
		{"none", Calls{}, Calls{}},
		{"all", Calls{Rest: true}, Calls{Rest: true}},
		{"one", Calls{Except: []int64{257}}, Calls{Except: []int64{295}}},
		{"all but one", Calls{Rest: true, Except: []int64{39}}, Calls{Rest: true, Except: []int64{20}}},
		{"first and last", Calls{Except: []int64{0, 1<<32 - 1, 1<<31 - 1, -1}}, Calls{Rest: true, Except: []int64{0, -1}}},
		{"neighbours", Calls{Except: []int64{5, 4, 4, 6, 3}}, Calls{Rest: true, Except: []int64{3, 5, 4}}},
		{"what always stops", Calls{Rest: true, Except: []int64{157, 317, 219, 1}}, Calls{Rest: true, Except: []int64{172, 354, 0}}},
		{"every other one", Calls{Except: even(480)}, Calls{Rest: true, Except: even(480)}},
		{"far jumps", Calls{Except: even(1000)}, Calls{Except: even(700)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.wide.Arch, c.slim.Arch = sysdeps.AMD64, sysdeps.I386
			f, err := New([]Calls{c.wide, c.slim})
			if err != nil {
				t.Fatal(err)
			}
			if n := len(f); n > maxInstructions {
				t.Fatalf("%d instructions", n)
			}
			numbers := []uint32{1<<31 - 1, 1 << 31, 1<<31 + 1, 1<<32 - 2, 1<<32 - 1}
			for nr := range uint32(1100) {
				numbers = append(numbers, nr, nr|x32)
			}
			for _, nr := range numbers {
				for _, m := range []struct {
					audit uint32
					calls *Calls
				}{{audit64, &c.wide}, {audit32, &c.slim}, {auditOther, nil}} {
					want := m.calls == nil || wanted(m.calls, nr)
					got, steps := answer(t, f, m.audit, nr)
					switch {
					case want && got != unix.SECCOMP_RET_TRACE|Data:
						t.Fatalf("machine %#x, call %d is answered with %#x, not stopped", m.audit, nr, got)
					case !want && got != unix.SECCOMP_RET_ALLOW:
						t.Fatalf("machine %#x, call %d is answered with %#x, not allowed", m.audit, nr, got)
					case steps > 32:
						t.Fatalf("call %d takes %d instructions", nr, steps)
					}
				}
			}
		})
	}
}

func wanted(c *Calls, nr uint32) bool {
	if Steers(c.Arch, int64(nr)) {
		return true
	}
	for _, x := range c.Except {
		if uint32(x) == nr {
			return !c.Rest
		}
	}
	return c.Rest
}

func TestFilterTooLong(t *testing.T) {
	var nrs []int64
	for nr := range int64(maxInstructions) {
		nrs = append(nrs, 3*nr)
	}
	f, err := New([]Calls{{Arch: sysdeps.AMD64, Except: nrs}})
	if !errors.Is(err, ErrTooLong) || f != nil {
		t.Errorf("%d instructions, error %v", len(f), err)
	}
}

func TestInstalls(t *testing.T) {
	for _, c := range []struct {
		arch                 *sysdeps.Arch
		call                 string
		first, second        uint64
		installs, everywhere bool
	}{
		{sysdeps.AMD64, "prctl", unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, true, false},
		{sysdeps.AMD64, "prctl", unix.PR_SET_SECCOMP | 1<<32, unix.SECCOMP_MODE_STRICT, true, false},
		{sysdeps.AMD64, "prctl", unix.PR_GET_SECCOMP, 0, false, false},
		{sysdeps.AMD64, "prctl", unix.PR_SET_NAME, 0, false, false},
		{sysdeps.AMD64, "seccomp", unix.SECCOMP_SET_MODE_FILTER, 0, true, false},
		{sysdeps.AMD64, "seccomp", unix.SECCOMP_SET_MODE_FILTER | 1<<32, unix.SECCOMP_FILTER_FLAG_TSYNC | 1<<33, true, true},
		{sysdeps.AMD64, "seccomp", unix.SECCOMP_SET_MODE_STRICT, 0, true, false},
		{sysdeps.AMD64, "seccomp", unix.SECCOMP_GET_ACTION_AVAIL, 0, false, false},
		{sysdeps.AMD64, "getpid", unix.PR_SET_SECCOMP, 0, false, false},
		{sysdeps.I386, "prctl", unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, true, false},
		{sysdeps.I386, "seccomp", unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, true, true},
	} {
		t.Run(fmt.Sprint(c.arch.Name, " ", c.call, " ", c.first), func(t *testing.T) {
			nr, ok := c.arch.Syscalls.Number(c.call)
			if !ok {
				t.Fatal("there is no such call")
			}
			args := &[6]uint64{c.first, c.second}
			if installs, everywhere := Installs(c.arch, nr, args); installs != c.installs || everywhere != c.everywhere {
				t.Errorf("installs %v, everywhere %v", installs, everywhere)
			}
			if c.arch == sysdeps.AMD64 {
				if installs, everywhere := Installs(c.arch, nr|x32, args); installs != c.installs || everywhere != c.everywhere {
					t.Errorf("as x32's: installs %v, everywhere %v", installs, everywhere)
				}
			}
		})
	}
}
