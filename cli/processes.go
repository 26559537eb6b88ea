package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ErrNoSuch says that no process is as it was asked for.
var ErrNoSuch = errors.New("there is no such process")

// ByExecutable returns the processes, by number, whose executable has a name: a path, or
// the last part of one. This program is not among them.
func ByExecutable(name string) ([]int, error) {
	all, err := processesWith(func(dir string) bool {
		exe, err := os.Readlink(dir + "/exe")
		if errors.Is(err, fs.ErrPermission) { // of others the kernel tells 15 bytes of the name alone
			comm, _ := os.ReadFile(dir + "/comm")
			return strings.TrimSuffix(string(comm), "\n") == name[:min(len(name), 15)]
		}
		exe = strings.TrimSuffix(exe, " (deleted)")
		return err == nil && (exe == name || path.Base(exe) == name)
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("processes of %s: %w", Quote(name), ErrNoSuch)
	}
	return all, err
}

// cgroupRoot is where control groups are mostly mounted.
const cgroupRoot = "/sys/fs/cgroup"

// ByCgroup returns the processes in a control group and the groups below it, by number. The
// group is named as in /proc/PID/cgroup, or by its directory. This program is not among
// them.
func ByCgroup(group string) ([]int, error) {
	want := path.Clean("/" + strings.TrimPrefix(group, cgroupRoot))
	all, err := processesWith(func(dir string) bool {
		text, err := os.ReadFile(dir + "/cgroup")
		return err == nil && inCgroup(string(text), want)
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("processes of the control group %s: %w", Quote(group), ErrNoSuch)
	}
	return all, err
}

// inCgroup reads lines "ID:CONTROLLERS:PATH" (cgroups(7)), of which version 1 has a
// directory for each set of controllers.
func inCgroup(text, want string) bool {
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, its, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		if below(its, want) {
			return true
		}
		if controllers == "" {
			controllers = "unified" // systemd's name for version 2 beside version 1
		}
		for c := range strings.SplitSeq(controllers, ",") {
			if c = strings.TrimPrefix(c, "name="); below(path.Join("/", c, its), want) {
				return true
			}
		}
	}
	return false
}

// below tells whether a path is another one or below it.
func below(its, want string) bool {
	return its == want || strings.HasPrefix(its, strings.TrimSuffix(want, "/")+"/")
}

// processesWith returns the processes whose directory in /proc fits, but this one.
func processesWith(fits func(dir string) bool) (all []int, err error) {
	d, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	for _, name := range entries {
		if pid, err := strconv.Atoi(name); err == nil && pid != os.Getpid() && fits("/proc/"+name) {
			all = append(all, pid)
		}
	}
	slices.Sort(all)
	return all, nil
}
