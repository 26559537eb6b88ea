package trace

import (
	"maps"
	"slices"
	"strconv"

	"sonde/elfsym"
	"sonde/proc"
)

// readAhead reads the files of a process that is about to be attached to, and chooses
// places in them, so that this is done quickly once it is: until all breakpoints are
// planted its threads stand still, or, those that sleep and wake up, make calls that
// nobody sees. What cannot be read is told of then.
func (s *Session) readAhead(pid int) {
	if s.opt.Syscalls != nil && !s.opt.wantsFunctions() {
		return
	}
	tid := proc.LivingTask(pid)
	dir := "/proc/" + strconv.Itoa(tid)
	mappings, err := proc.Maps(tid)
	if err != nil {
		return
	}
	mem, err := openMem(dir)
	if err != nil {
		return
	}
	defer mem.close()
	exe, path := exeInode(tid), exePath(tid)
	var modules []*module
	found := findModules(mappings)
	for _, lo := range slices.Sorted(maps.Keys(found)) {
		m := found[lo]
		m.Main = m.inode == exe && m.Path == path
		if s.worthReading(m) && m.readFile(&s.files, mem, dir) == nil {
			modules = append(modules, m)
		}
	}
	wanted := Wanted{Calls: s.opt.Calls, Entries: s.opt.Entries}
	if goal := anyGoal(modules, s.opt.Libraries); s.opt.Libraries != nil {
		wanted.Reached = func(symbol string) bool { return goal(symbol) != nil }
	}
	where := &elfsym.DebugFinder{Root: dir + "/root"}
	for _, m := range modules {
		_, _ = wanted.Plan(&m.Module, m.file, m.source, where) // its symbols are known from now on
	}
}
