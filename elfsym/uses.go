package elfsym

import (
	"errors"
	"fmt"
	"sync"
)

// SiteKind tells what an instruction does with a pointer.
type SiteKind uint8

const (
	// SiteCall calls what the pointer leads to.
	SiteCall SiteKind = iota
	// SiteJump jumps there: a tail call, or a slot of the linkage table that
	// PLT leaves out for want of a name.
	SiteJump
	// SiteLoad reads the pointer otherwise: to call it later, hand it on, or
	// compare it. What is called then can only be known at the function.
	SiteLoad
	// SiteDoubtful: the bytes look as if they used the pointer, but that an
	// instruction begins there, or that its base register holds what it must,
	// could not be made sure. No probe may stand there.
	SiteDoubtful
)

var siteKindNames = [...]string{SiteCall: "call", SiteJump: "jump", SiteLoad: "load", SiteDoubtful: "doubtful"}

// String returns the kind's name in lower case.
func (k SiteKind) String() string {
	if int(k) < len(siteKindNames) {
		return siteKindNames[k]
	}
	return "unknown"
}

// Site is an instruction that reads a pointer at a function.
type Site struct {
	Addr    uint64 // link-time address of the instruction, its prefixes included; of SiteDoubtful: a guess
	Pointer uint64 // Addr of the Pointer
	Kind    SiteKind
}

// Uses is how the code of a file uses its pointers at functions.
type Uses struct {
	// Sites are sorted by Addr. What reads a pointer within a slot of PLT is
	// none; nor is what only writes it, or takes its address.
	Sites []Site
	// Relative are the pointers of kind Relative through which a site calls
	// or jumps, sorted by Addr.
	Relative []Pointer
}

// usesOnce holds the Uses of a file once they are known.
type usesOnce struct {
	mu   sync.Mutex
	uses *Uses
	err  error // of the file's contents
}

// Uses reads the file's code, at the first call, and returns how it uses the
// pointers at functions. The file is looked for at path and must be the one that
// Open has read; ErrChanged says that it is not. What is returned is not to be
// changed.
func (f *File) Uses(path string) (*Uses, error) {
	f.link()
	f.using.mu.Lock()
	defer f.using.mu.Unlock()
	if f.using.uses != nil || f.using.err != nil {
		return f.using.uses, f.using.err
	}
	uses, err := f.readUses(path)
	var format *FormatError
	if err == nil || errors.As(err, &format) {
		f.using.uses, f.using.err = uses, err
	}
	return uses, err
}

// Sites returns the Sites of Uses.
func (f *File) Sites(path string) ([]Site, error) {
	u, err := f.Uses(path)
	if err != nil {
		return nil, err
	}
	return u.Sites, nil
}

func (f *File) readUses(path string) (*Uses, error) {
	fh, size, err := f.reopen(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	u, err := f.scan(fh, size)
	if err != nil {
		return nil, fmt.Errorf("read the code of %s: %w", path, err)
	}
	return u, nil
}
