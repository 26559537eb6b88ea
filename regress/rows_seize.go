package regress

import (
	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// The changes that brought PTRACE_SEIZE without its development flag.
var seized = Version{3, 4, 0}

var seizeRows = []Row{
	{
		ID: "S01", Title: "PTRACE_SEIZE does not stop, and sets options", Since: seized,
		Checks: "PTRACE_SEIZE with PTRACE_O_TRACEEXIT: nothing to report; the end is",
		Relies: "attaching without a signal",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.Exit(5)
			})
			c.Seize(unix.PTRACE_O_TRACEEXIT)
			c.ExpectNothing(unix.WALL)
			c.SetWord("go", 1)
			c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
			Equal(t, "the message", c.Message(), 5<<8)
		},
	},
	{
		ID: "S02", Title: "PTRACE_SEIZE looks at its arguments", Since: seized,
		Checks: "an address: EIO; an unknown option: EIO, where PTRACE_SETOPTIONS gives EINVAL; itself: EPERM",
		Run: func(t *T) {
			const unknown = 1 << 30
			c := t.Start(Code.Forever)
			c.Refused(unix.EIO, unix.PTRACE_SEIZE, ptrace.Value(1), none)
			c.Refused(unix.EIO, unix.PTRACE_SEIZE, none, ptrace.Value(unknown))
			t.Self().Refused(unix.EPERM, unix.PTRACE_SEIZE, none, none)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			c.Refused(unix.EINVAL, unix.PTRACE_SETOPTIONS, none, ptrace.Value(unknown))
		},
	},
	{
		ID: "S03", Title: "PTRACE_INTERRUPT stops", Since: seized,
		Checks: "PTRACE_SEIZE, PTRACE_INTERRUPT: PTRACE_EVENT_STOP by SIGTRAP, si_code 0x8005",
		Relies: "stopping a thread",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			Equal(t, "si_code", c.Siginfo().Code(), ptrace.EventStop<<8|int(unix.SIGTRAP))
		},
	},
	{
		ID: "S04", Title: "PTRACE_INTERRUPT and PTRACE_LISTEN are for seized threads", Since: seized,
		Checks: "of a thread that made itself a tracee: EIO",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			c.Refused(unix.EIO, unix.PTRACE_INTERRUPT, none, none)
			c.Refused(unix.EIO, unix.PTRACE_LISTEN, none, none)
		},
	},
	{
		ID: "S05", Title: "PTRACE_INTERRUPT is kept, once", Since: seized,
		Checks: "two PTRACE_INTERRUPTs: one stop; one in the stop: another stop at once after PTRACE_CONT",
		Run: func(t *T) {
			c := t.Start(Code.Spin)
			c.Seize(0)
			c.Interrupt()
			c.Interrupt()
			c.ExpectEvent(ptrace.EventStop)
			c.Interrupt()
			c.Cont(0)
			c.ExpectEvent(ptrace.EventStop)
			c.Cont(0)
			c.StaysQuiet()
		},
	},
}
