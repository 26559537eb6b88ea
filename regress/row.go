package regress

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sonde/sysdeps"
)

// Row is one behaviour of the kernel.
type Row struct {
	// ID is a group's letter and a number, as "A16"; of frysk's programs, their names.
	ID string
	// Title says what is so, in a few words; Checks what is done, and what must come of it.
	Title, Checks string
	// Since is the first version of Linux that behaves so; the zero Version where it has
	// always been so, or nobody knows. Change says by what it came, where that is known.
	// Before it a failure is expected, and a pass is none the less: distributions bring
	// changes to older kernels.
	Since  Version
	Change string
	// Arch is the only machine that the row is about; nil for any.
	Arch *sysdeps.Arch
	// Needs are what the row cannot do without. It is skipped where one is missing.
	Needs []Need
	// Known are failures that are expected.
	Known []Known
	// Relies says what of Sonde does not work where the row fails; "" if nothing depends
	// on it.
	Relies string
	// Stress marks a row that looks for a race, and runs for as long as it is told.
	Stress bool

	Run func(t *T)
}

// Known is a failure that is expected on some machines.
type Known struct {
	// Where tells the machines; nil means all.
	Where func(m *Machine) bool
	// Saw is part of the reason that the failure has. Others are not expected.
	Saw string
	// Why is the reason, for people.
	Why string
}

// Before tells the machines whose kernel is older than a version.
func Before(v Version) func(*Machine) bool {
	return func(m *Machine) bool { return m.Version.Compare(v) < 0 }
}

// From tells the machines whose kernel is of a version, or newer.
func From(v Version) func(*Machine) bool {
	return func(m *Machine) bool { return m.Version.Compare(v) >= 0 }
}

// expected returns the failure that is expected on a machine, or nil.
func (r *Row) expected(m *Machine) *Known {
	for i := range r.Known {
		if k := &r.Known[i]; k.Where == nil || k.Where(m) {
			return k
		}
	}
	return nil
}

// Group returns the letter that the row is filed under, or "frysk".
func (r *Row) Group() string { return groupOf(r.ID) }

func groupOf(id string) string {
	if len(id) > 1 && groupNames[id[:1]] != "" && id[1] >= '0' && id[1] <= '9' {
		return id[:1]
	}
	return "frysk"
}

// groupNames are the groups of the catalogue.
var groupNames = map[string]string{
	"A": "attach, detach, stop states",
	"S": "seize, interrupt, listen",
	"E": "events",
	"X": "exec",
	"N": "signals, siginfo, masks",
	"G": "group-stops",
	"T": "steps",
	"W": "breakpoints and watchpoints",
	"Y": "system call stops and restarts",
	"R": "registers",
	"M": "memory",
	"P": "permissions",
	"Z": "ends of tracers, zombies",
	"O": "/proc",
	"Q": "waiting",
	"K": "seccomp, rseq, user dispatch",
	"C": "core dumps",
}

// GroupName says what a group of rows is about.
func GroupName(group string) string {
	if name, ok := groupNames[group]; ok {
		return name
	}
	return "frysk's programs"
}

// Rows returns all rows, by group and number.
func Rows() []*Row {
	var all []*Row
	for _, group := range [][]Row{
		attachRows,
		seizeRows,
		eventRows,
		execRows,
		signalRows,
		groupStopRows,
		stepRows,
		breakpointRows,
		syscallRows,
		registerRows,
		memoryRows,
		permissionRows,
		deathRows,
		procRows,
		waitRows,
		seccompRows,
		coreRows,
		fryskRows,
	} {
		for i := range group {
			all = append(all, &group[i])
		}
	}
	return all
}

// Version is a version of Linux.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads the numbers at the beginning of a release such as
// "6.1.0-18-amd64".
func ParseVersion(release string) (Version, error) {
	var v Version
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return v, fmt.Errorf("%q is not a version of Linux", release)
	}
	for i, to := range []*int{&v.Major, &v.Minor, &v.Patch}[:len(parts)] {
		digits := parts[i]
		if i > 0 {
			if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
				digits = digits[:end]
			}
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 0 {
			if i == 2 { // "6.18-rc1.x"
				break
			}
			return v, fmt.Errorf("%q is not a version of Linux", release)
		}
		*to = n
	}
	return v, nil
}

// Compare is negative if v is before w, and positive if it is behind.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// String returns the version as it is written, without a patch level of 0.
func (v Version) String() string {
	switch {
	case v == Version{}:
		return "always"
	case v.Patch == 0:
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// rowByID returns the row or probe of an id, or nil.
func rowByID(id string) *Row { return Among(slices.Concat(Rows(), probeRows()))(id) }

// Among returns what finds one of some rows by its id, and gives nil for others.
func Among(rows []*Row) func(id string) *Row {
	return func(id string) *Row {
		if i := slices.IndexFunc(rows, func(r *Row) bool { return r.ID == id }); i >= 0 {
			return rows[i]
		}
		return nil
	}
}
