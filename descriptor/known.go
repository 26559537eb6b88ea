package descriptor

// Plain is a set of descriptors of a process that are known to be no sockets of netlink:
// all but a few that anything is sent to or received from. To ask the kernel each time
// would cost a system call a message. The zero value is empty.
//
// A descriptor leaves the set when it is closed (Remove, Clear). One that is closed unseen,
// as io_uring(7) can, and becomes a socket of netlink has its messages shown as bytes.
type Plain struct{ words []uint64 }

// maxPlain is the first descriptor that is not remembered.
const maxPlain = 1 << 16

// Has tells whether a descriptor is in the set.
func (p *Plain) Has(fd int32) bool {
	return fd >= 0 && int(fd/64) < len(p.words) && p.words[fd/64]>>(fd%64)&1 != 0
}

// Add puts a descriptor into the set.
func (p *Plain) Add(fd int32) {
	if fd < 0 || fd >= maxPlain {
		return
	}
	for int(fd/64) >= len(p.words) {
		p.words = append(p.words, 0)
	}
	p.words[fd/64] |= 1 << (fd % 64)
}

// Remove takes a descriptor out of the set.
func (p *Plain) Remove(fd int32) {
	if p.Has(fd) {
		p.words[fd/64] &^= 1 << (fd % 64)
	}
}

// Clear empties the set.
func (p *Plain) Clear() { clear(p.words) }
