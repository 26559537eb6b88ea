package proc

import (
	"cmp"
	"maps"
	"slices"
)

// Hold stops all threads of a process, calls with, and has those go on that it has
// stopped. with is given the threads that stand still, by their ids: all but those that
// end, and one that waits for its vfork's child. Their registers can be read, as long as
// nobody kills them.
func (tr *Tracer) Hold(p *Process, with func(threads []*Thread) error) error {
	threads := slices.SortedFunc(maps.Values(p.threads), func(a, b *Thread) int { return cmp.Compare(a.TID, b.TID) })
	var moving []*Thread
	for _, th := range threads {
		if th.state != stopped && !tr.queued(th.TID) {
			moving = append(moving, th)
		}
	}
	err := tr.gather(threads)
	defer func() {
		for _, th := range moving {
			if th.state == stopped && !tr.queued(th.TID) {
				tr.goOn(th)
			}
		}
	}()
	if err != nil {
		return err
	}
	return with(slices.DeleteFunc(threads, func(th *Thread) bool { return !th.parked }))
}
