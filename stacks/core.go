package stacks

import (
	"sonde/corefile"
	"sonde/sysdeps"
)

// Core returns the stacks of a core file. Files that are not those which were mapped are
// not used; their frames are without names. What the core file lacks is told by damage.
func Core(path string, where corefile.Places, o *Options) (p *Process, damage, err error) {
	f, err := corefile.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	files := f.Files(where)
	defer files.Close()
	names := o.symbolizer(0)
	defer names.Close()
	p = &Process{PID: f.Process.PID, Core: path, Program: where.Exe}
	if p.Program == "" {
		p.Program = f.Program()
	}
	images := files.Images()
	langs := o.languages(images, f)
	langs.read(f, o.standingIn(f), &reading{limit: o.Limit, late: func() bool { return false }})
	w := walker{o: o, memory: f, images: images, names: names, langs: langs}
	for i := range f.Threads {
		th := &f.Threads[i]
		if !o.wants(th.TID) {
			continue
		}
		t := Thread{TID: th.TID, Frames: []Frame{}}
		if th.Signal != 0 {
			t.Signal = sysdeps.SignalName(th.Signal)
		}
		if nr, in := th.Regs.Syscall(); in {
			t.Syscall = systemCall(f.Arch, nr)
		}
		t.Goroutine = langs.goroutines[th.TID]
		if o.Variables.Values {
			w.vectors = vectorsOf(th)
		}
		w.walk(&th.Regs, &t)
		p.Threads = append(p.Threads, t)
	}
	p.Threads = append(p.Threads, w.walkGoroutines()...)
	for _, g := range o.Given {
		p.Threads = append(p.Threads, w.walkGiven(g, f.Arch))
	}
	w.addModules(p)
	p.Damage = append(names.Damage(), langs.damage...)
	return p, f.Damage, nil
}

// standingIn are the threads of a core file that are wanted.
func (o *Options) standingIn(f *corefile.File) (all []standing) {
	for i := range f.Threads {
		if th := &f.Threads[i]; o.wants(th.TID) {
			all = append(all, standing{th.TID, &th.Regs})
		}
	}
	return all
}
