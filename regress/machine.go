package regress

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Machine is what rows run on, as far as it decides what they can do: the report that goes
// with their results.
type Machine struct {
	Release    string  `json:"release"` // of the kernel
	Version    Version `json:"version"`
	Arch       string  `json:"machine"`
	CPU        string  `json:"cpu"`
	CPUs       int     `json:"cpus"`
	Hypervisor string  `json:"hypervisor,omitempty"`
	LSMs       string  `json:"lsms,omitempty"`
	Yama       int     `json:"yama"` // ptrace_scope; -1 without Yama
	Seccomp    string  `json:"seccomp,omitempty"`
	Container  string  `json:"container,omitempty"`
	UID        int     `json:"uid"`
	Caps       string  `json:"capabilities"` // effective, in hexadecimal
	UserNS     bool    `json:"user_namespace,omitempty"`
	Tracer     int     `json:"tracer,omitempty"` // who traces this process
	CorePipe   bool    `json:"core_pipe,omitempty"`

	// Lacks says of what the machine lacks, why.
	Lacks map[Need]string `json:"lacks"`
}

// Look finds out what the machine is, and by probes, which run as rows do, what it can.
func Look(ctx context.Context, s *Suite) (*Machine, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return nil, fmt.Errorf("uname: %w", err)
	}
	m := &Machine{Release: unix.ByteSliceToString(u.Release[:]), CPUs: runtime.NumCPU(), UID: os.Geteuid(), Yama: -1, Lacks: make(map[Need]string)}
	var err error
	if m.Version, err = ParseVersion(m.Release); err != nil {
		return nil, err
	}
	m.Arch = unix.ByteSliceToString(u.Machine[:])
	// The runtime ends a process that has no descriptors left for its poller, which the
	// first file that is read wants.
	if why := lowLimit(unix.RLIMIT_NOFILE, "RLIMIT_NOFILE", 10); why != "" {
		m.Lacks[Files], m.Lacks[Tracing] = why, why
		return m, nil
	}
	m.CPU = field("/proc/cpuinfo", "model name")
	m.Hypervisor = ptrace.Hypervisor()
	m.LSMs = line("/sys/kernel/security/lsm")
	if n, err := strconv.Atoi(line("/proc/sys/kernel/yama/ptrace_scope")); err == nil {
		m.Yama = n
	}
	m.Seccomp = field("/proc/self/status", "Seccomp")
	m.Caps = field("/proc/self/status", "CapEff")
	if n, err := strconv.Atoi(field("/proc/self/status", "TracerPid")); err == nil {
		m.Tracer = n
	}
	m.UserNS = strings.Join(strings.Fields(line("/proc/self/uid_map")), " ") != "0 0 4294967295"
	m.Container = container()
	m.CorePipe = strings.HasPrefix(line("/proc/sys/kernel/core_pattern"), "|")
	for need, f := range facts {
		if why := f(m); why != "" {
			m.Lacks[need] = why
		}
	}
	return m, m.probe(ctx, &Suite{Jobs: s.Jobs, Limit: s.Limit, Quiet: s.Quiet, Env: s.Env})
}

// probe finds out by trying what the machine lacks: first whether anything can be traced.
func (m *Machine) probe(ctx context.Context, s *Suite) error {
	rows := probeRows()
	first := slices.IndexFunc(rows, func(r *Row) bool { return r.ID == probePrefix+string(Tracing) })
	for _, rows := range [][]*Row{{rows[first]}, slices.Delete(slices.Clone(rows), first, first+1)} {
		lacks := make(map[Need]string) // the machine's are read meanwhile
		if err := s.Run(ctx, m, rows, func(r Result) bool {
			if r.Verdict != Pass {
				lacks[Need(strings.TrimPrefix(r.ID, probePrefix))] = r.Reason
			}
			return true
		}); err != nil {
			return err
		}
		maps.Copy(m.Lacks, lacks)
	}
	return nil
}

// lacks says why a row cannot be run, or "".
func (m *Machine) lacks(row *Row) string {
	if row.Arch != nil && !m.runs(row.Arch) {
		return "for " + row.Arch.Name
	}
	for _, need := range slices.Concat(always, row.Needs) {
		if why := m.Lacks[need]; why != "" {
			return why
		}
	}
	return ""
}

// emulated tells the machines whose processor is QEMU's emulation (TCG), by the name that
// it gives with CPUID.
func emulated(m *Machine) bool { return m.Hypervisor == "TCGTCGTCGTCG" }

// runs tells whether there are tracees of a machine.
func (m *Machine) runs(arch *sysdeps.Arch) bool {
	switch arch {
	case sysdeps.AMD64:
		return m.Arch == "x86_64"
	case sysdeps.I386:
		return m.Arch == "x86_64" && m.Lacks[IA32] == ""
	}
	return false
}

// String returns the report, a fact a line.
func (m *Machine) String() string {
	var b strings.Builder
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, value)
		}
	}
	put("kernel", m.Release+" "+m.Arch)
	put("processor", fmt.Sprintf("%s (%d)", m.CPU, m.CPUs))
	put("hypervisor", m.Hypervisor)
	put("container", m.Container)
	put("LSMs", m.LSMs)
	if m.Yama >= 0 {
		put("Yama", strconv.Itoa(m.Yama))
	}
	put("user", fmt.Sprintf("%d, capabilities %s", m.UID, m.Caps))
	if m.Tracer != 0 {
		put("traced by", strconv.Itoa(m.Tracer))
	}
	lacks := make([]string, 0, len(m.Lacks))
	for need, why := range m.Lacks {
		if m.Lacks[Tracing] == why && need != Tracing {
			continue // it could not be tried
		}
		lacks = append(lacks, fmt.Sprintf("%s: %s", need, why))
	}
	slices.Sort(lacks)
	for _, l := range lacks {
		put("lacks", l)
	}
	return b.String()
}

// line returns the first line of a file, or "" without it.
func line(name string) string {
	b, _ := os.ReadFile(name) // "" is what there is without
	first, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(first)
}

// field returns the value behind a name and a colon in a file, or "".
func field(name, key string) string {
	b, _ := os.ReadFile(name) // "" is what there is without
	for l := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// container returns what says that this is one, or "".
func container() string {
	for _, f := range []string{"/run/.containerenv", "/.dockerenv"} {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	return line("/run/systemd/container")
}
