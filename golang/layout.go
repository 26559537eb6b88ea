package golang

import (
	"strconv"
	"strings"

	"sonde/sysdeps"
)

// Offsets in struct g, the same in all versions since Go 1.4, and in the struct gobuf that
// it holds (runtime/runtime2.go): for 64-bit machines.
const (
	gStackLo = 0
	gStackHi = 8
	gM       = 48
	gSchedSP = 56
	gSchedPC = 64
	gSchedG  = 72
	mG0      = 0 // in struct m
)

// layout is where a version has the rest, in bytes.
type layout struct {
	since                  int // minor version
	bp, status, id, reason uint64
}

// layouts are those of the versions since Go 1.18, the latest first.
var layouts = []layout{
	{since: 25, bp: 96, status: 144, id: 152, reason: 176},
	{since: 23, bp: 104, status: 152, id: 160, reason: 184},
	{since: 18, bp: 104, status: 144, id: 152, reason: 176},
}

// gSize is how much of a struct g is read.
const gSize = 192

// layoutOf returns the layout of a version ("go1.26.8"); that of the latest for one that
// does not say what it is. It is nil for those before Go 1.18.
func layoutOf(version string) *layout {
	minor := layouts[0].since
	if rest, ok := strings.CutPrefix(version, "go1."); ok {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(rest)
		}
		minor, _ = strconv.Atoi(rest[:end])
	}
	for i := range layouts {
		if minor >= layouts[i].since {
			return &layouts[i]
		}
	}
	return nil
}

// States of a goroutine (runtime/runtime2.go).
const (
	stateIdle      = 0
	stateRunnable  = 1
	stateRunning   = 2
	stateSyscall   = 3
	stateWaiting   = 4
	stateDead      = 6
	stateCopying   = 8
	statePreempted = 9
	stateLeaked    = 10
	stateDeadExtra = 11
	maxState       = 15
	// stateScan is set in addition while the garbage collector looks at the stack.
	stateScan = 0x1000
)

// stateNames are as the runtime writes them.
var stateNames = map[uint32]string{
	stateRunnable: "runnable", stateRunning: "running", stateSyscall: "syscall", stateWaiting: "waiting",
	stateCopying: "copystack", statePreempted: "preempted", stateLeaked: "leaked",
}

// maxStack is the largest stack that a goroutine may have (runtime.maxstackceiling).
const maxStack = 2 << 30

// goroutine is a struct g.
type goroutine struct {
	at, m          sysdeps.Addr
	lo, hi         sysdeps.Addr
	sp, pc, bp     sysdeps.Addr
	status, reason uint32
	id             uint64
}
