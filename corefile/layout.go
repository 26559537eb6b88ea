package corefile

import (
	"bytes"
	"encoding/binary"
	"time"

	"sonde/sysdeps"
)

// Types of notes (linux/elf.h). Those above 0x200 belong to owner "LINUX", as
// ntPRXFPReg does, the others to "CORE".
const (
	ntPRStatus    = 1
	ntFPRegs      = 2
	ntPRPSInfo    = 3
	ntAuxv        = 6
	nt386TLS      = 0x200
	ntXState      = 0x202
	ntXSaveLayout = 0x205
	ntPRXFPReg    = 0x46e62b7f
	ntSiginfo     = 0x53494749
	ntFile        = 0x46494c45
)

// layout is where the fields of struct elf_prstatus and struct elf_prpsinfo are
// (include/linux/elfcore.h; compat_elf_prstatus and compat_elf_prpsinfo for
// I386, whose uid_t and gid_t have 16 bits).
type layout struct {
	// prstatus: siginfo's three words come first, and pr_cursig at 12.
	pending, blocked int // words
	ids              int // pid, ppid, pgrp, sid
	times            int // utime, stime, cutime, cstime: two words each
	regs             int
	fpvalid          int
	status           int // size

	// prpsinfo: state, sname, zomb and nice are bytes, and come first.
	flags, uid, gid int
	psIDs           int
	name, args      int
	info            int // size
}

const (
	nameSize = 16
	argsSize = 80
)

var (
	layout64 = layout{
		pending: 16, blocked: 24, ids: 32, times: 48, regs: 112, fpvalid: 328, status: 336,
		flags: 8, uid: 16, gid: 20, psIDs: 24, name: 40, args: 56, info: 136,
	}
	layout32 = layout{
		pending: 16, blocked: 20, ids: 24, times: 40, regs: 72, fpvalid: 140, status: 144,
		flags: 4, uid: 8, gid: 10, psIDs: 12, name: 28, args: 44, info: 124,
	}
)

func layoutOf(a *sysdeps.Arch) *layout {
	if a.PtrSize == 8 {
		return &layout64
	}
	return &layout32
}

// words reads and writes fields of a note in the machine's sizes.
type words struct {
	p    []byte
	arch *sysdeps.Arch
}

func (w words) u16(off int) uint16 { return binary.LittleEndian.Uint16(w.p[off:]) }
func (w words) int(off int) int    { return int(int32(binary.LittleEndian.Uint32(w.p[off:]))) }
func (w words) word(off int) uint64 {
	return w.arch.Word(w.p[off:])
}

func (w words) putU16(off int, v uint16) { binary.LittleEndian.PutUint16(w.p[off:], v) }
func (w words) putInt(off, v int)        { binary.LittleEndian.PutUint32(w.p[off:], uint32(v)) }
func (w words) putWord(off int, v uint64) {
	if w.arch.PtrSize == 8 {
		binary.LittleEndian.PutUint64(w.p[off:], v)
		return
	}
	binary.LittleEndian.PutUint32(w.p[off:], uint32(v))
}

// time reads the i-th struct timeval at off.
func (w words) time(off, i int) time.Duration {
	off += 2 * i * w.arch.PtrSize
	sec, usec := w.word(off), w.word(off+w.arch.PtrSize)
	return time.Duration(int64(sec))*time.Second + time.Duration(int64(usec))*time.Microsecond
}

func (w words) putTime(off, i int, d time.Duration) {
	off += 2 * i * w.arch.PtrSize
	w.putWord(off, uint64(d/time.Second))
	w.putWord(off+w.arch.PtrSize, uint64(d%time.Second/time.Microsecond))
}

// decodeStatus reads NT_PRSTATUS; p is as long as the machine's.
func decodeStatus(p []byte, a *sysdeps.Arch) Thread {
	l, w := layoutOf(a), words{p, a}
	t := Thread{
		Signal: int(int16(w.u16(12))), Pending: w.word(l.pending), Blocked: w.word(l.blocked),
		TID: w.int(l.ids), PPID: w.int(l.ids + 4), PGRP: w.int(l.ids + 8), SID: w.int(l.ids + 12),
		User: w.time(l.times, 0), System: w.time(l.times, 1),
		ChildrenUser: w.time(l.times, 2), ChildrenSystem: w.time(l.times, 3),
		HasFPU: w.int(l.fpvalid) != 0,
	}
	t.Regs.Arch = a
	copy(t.Regs.Buffer(), p[l.regs:l.regs+a.RegsetSize])
	return t
}

// encodeStatus is the inverse of decodeStatus. si_code and si_errno are 0, as the
// kernel has them (fill_prstatus in fs/binfmt_elf.c).
func encodeStatus(t *Thread, a *sysdeps.Arch) []byte {
	l := layoutOf(a)
	w := words{make([]byte, l.status), a}
	w.putInt(0, t.Signal)
	w.putU16(12, uint16(t.Signal))
	w.putWord(l.pending, t.Pending)
	w.putWord(l.blocked, t.Blocked)
	for i, v := range []int{t.TID, t.PPID, t.PGRP, t.SID} {
		w.putInt(l.ids+4*i, v)
	}
	for i, v := range []time.Duration{t.User, t.System, t.ChildrenUser, t.ChildrenSystem} {
		w.putTime(l.times, i, v)
	}
	copy(w.p[l.regs:], t.Regs.Bytes())
	if t.HasFPU {
		w.putInt(l.fpvalid, 1)
	}
	return w.p
}

// states are the letters by pr_state.
const states = "RSDTZW"

// decodeProcess reads NT_PRPSINFO; p is as long as the machine's.
func decodeProcess(p []byte, a *sysdeps.Arch) Process {
	l, w := layoutOf(a), words{p, a}
	uid, gid := uint32(w.int(l.uid)), uint32(w.int(l.gid))
	if a.PtrSize == 4 {
		uid, gid = uint32(w.u16(l.uid)), uint32(w.u16(l.gid))
	}
	name, _, _ := bytes.Cut(p[l.name:l.name+nameSize], []byte{0})
	args, _, _ := bytes.Cut(p[l.args:l.args+argsSize], []byte{0})
	return Process{
		State: p[1], Nice: int8(p[3]), Flags: w.word(l.flags), UID: uid, GID: gid,
		PID: w.int(l.psIDs), PPID: w.int(l.psIDs + 4), PGRP: w.int(l.psIDs + 8), SID: w.int(l.psIDs + 12),
		Name: string(name), Args: string(args),
	}
}

// encodeProcess is the inverse of decodeProcess. User and group numbers that do
// not fit I386's 16 bits are 65534, as in high2lowuid (linux/highuid.h).
func encodeProcess(p *Process, a *sysdeps.Arch) []byte {
	const overflow = 65534
	l := layoutOf(a)
	w := words{make([]byte, l.info), a}
	state := bytes.IndexByte([]byte(states), p.State)
	w.p[0], w.p[1], w.p[3] = byte(max(state, 0)), p.State, byte(p.Nice)
	if p.State == 'Z' {
		w.p[2] = 1
	}
	w.putWord(l.flags, p.Flags)
	for _, id := range []struct {
		off int
		v   uint32
	}{{l.uid, p.UID}, {l.gid, p.GID}} {
		switch {
		case a.PtrSize == 8:
			w.putInt(id.off, int(id.v))
		case id.v > 0xffff:
			w.putU16(id.off, overflow)
		default:
			w.putU16(id.off, uint16(id.v))
		}
	}
	for i, v := range []int{p.PID, p.PPID, p.PGRP, p.SID} {
		w.putInt(l.psIDs+4*i, v)
	}
	copy(w.p[l.name:l.name+nameSize-1], p.Name)
	copy(w.p[l.args:l.args+argsSize-1], p.Args)
	return w.p
}
