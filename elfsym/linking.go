package elfsym

import "sync"

// linking is whether a File has yet to read what links it to others.
type linking struct {
	lazy bool
	once sync.Once
}

// link reads what was left for later.
func (f *File) link() {
	if !f.linking.lazy {
		return
	}
	f.linking.once.Do(func() {
		from, size, err := f.reopen(f.Path)
		if err != nil {
			return
		}
		defer from.Close()
		whole, err := Parse(from, size)
		if err != nil {
			return
		}
		f.names, f.versions, f.symbols = whole.names, whole.versions, whole.symbols
		f.targets, f.pointers, f.gotBase, f.slots = whole.targets, whole.pointers, whole.gotBase, whole.slots
	})
}
