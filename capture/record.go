package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
)

// Record is what was captured of a call, as far as its return needs it: where
// out parameters are, lengths, and arguments that are told again. It may be
// forgotten at any time; Release only saves memory.
type Record struct {
	plan *Plan
	args []prototype.Value
	dirs []prototype.Dir // of args
	// formats are what a format asks for: the args from fixed on.
	formats []prototype.FormatArg
	fixed   int
	result  sysdeps.Addr // where it goes, if the plan has it passed
	values  arena[prototype.Value]
	bytes   arena[byte]
	shared  bool
}

// Args returns the arguments of the call; those of nil are none.
func (rec *Record) Args() []prototype.Value {
	if rec == nil {
		return nil
	}
	return rec.args
}

// Share says that a forked process has the call as well: it returns twice.
func (rec *Record) Share() { rec.shared = true }

func (rec *Record) reset() {
	rec.plan, rec.args, rec.dirs, rec.shared = nil, nil, rec.dirs[:0], false
	rec.formats, rec.fixed = rec.formats[:0], 0
	rec.values.reset()
	rec.bytes.reset()
}
