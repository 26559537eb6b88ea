package elfsym

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// linkerCache is /etc/ld.so.cache: where ldconfig(8) has found libraries.
type linkerCache struct {
	entries map[string][]cacheEntry // by name, in the order of the file
	levels  []string                // subdirectories of glibc-hwcaps, by number
}

type cacheEntry struct {
	flags int32  // the machine
	hwcap uint64 // what the processor must have
	path  string
}

// The layout of the file (sysdeps/generic/dl-cache.h in glibc). The new format
// may stand alone or behind the old one, whose readers stop before it.
const (
	cacheMagicOld = "ld.so-1.7.0"
	cacheMagicNew = "glibc-ld.so.cache1.1"

	cacheHeaderOld = 16 // magic, padding, number of entries
	cacheHeaderNew = 48
	cacheEntryOld  = 12 // flags, name, path
	cacheEntryNew  = 24 // and system version, hwcap

	cacheExtMagic  = 0xeaa42174
	cacheExtHWCaps = 1 // tag of the section with the names of levels
	cacheExtBit    = 1 << 62
	cacheExtMask   = ^uint64(1023 << 32) // but for the level, in bits 32 to 41
)

// cacheAnyMachine marks libraries that belong to no certain C library, of
// whatever machine (FLAG_ELF).
const cacheAnyMachine = 1

// parseLinkerCache reads the contents of a cache.
func parseLinkerCache(data []byte) (*linkerCache, error) {
	if !strings.HasPrefix(string(data[:min(len(data), len(cacheMagicOld))]), cacheMagicOld) {
		return parseNewCache(data)
	}
	if len(data) < cacheHeaderOld {
		return nil, &FormatError{0, "a cache of libraries that is cut short"}
	}
	n := uint64(binary.LittleEndian.Uint32(data[cacheHeaderOld-4:]))
	end := cacheHeaderOld + n*cacheEntryOld
	if end > uint64(len(data)) {
		return nil, &FormatError{cacheHeaderOld, fmt.Sprintf("%d libraries in a cache of %d bytes", n, len(data))}
	}
	// Aligned for its 64-bit fields, to 4 or 8 bytes depending on the
	// machine that ldconfig ran on.
	for _, align := range []uint64{8, 4} {
		if at := (end + align - 1) / align * align; at < uint64(len(data)) {
			if c, err := parseNewCache(data[at:]); err == nil {
				return c, nil
			}
		}
	}
	return parseCacheEntries(data[cacheHeaderOld:end], cacheEntryOld, string(data[end:]))
}

// parseNewCache reads the new format, in which offsets count from its start.
func parseNewCache(data []byte) (*linkerCache, error) {
	if len(data) < cacheHeaderNew || string(data[:len(cacheMagicNew)]) != cacheMagicNew {
		return nil, &FormatError{0, "not a cache of libraries"}
	}
	n := uint64(binary.LittleEndian.Uint32(data[20:]))
	end := cacheHeaderNew + n*cacheEntryNew
	if end > uint64(len(data)) {
		return nil, &FormatError{20, fmt.Sprintf("%d libraries in a cache of %d bytes", n, len(data))}
	}
	const bigEndian = 3
	if data[28]&3 == bigEndian {
		return nil, &FormatError{28, "a cache of libraries for a big-endian machine"}
	}
	text := string(data)
	c, err := parseCacheEntries(data[cacheHeaderNew:end], cacheEntryNew, text)
	if err != nil {
		return nil, err
	}
	if at := binary.LittleEndian.Uint32(data[32:]); at != 0 {
		if c.levels, err = parseCacheLevels(data, uint64(at), text); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// parseCacheEntries reads entries whose names are at offsets of text.
func parseCacheEntries(p []byte, size int, text string) (*linkerCache, error) {
	le := binary.LittleEndian
	c := &linkerCache{entries: make(map[string][]cacheEntry, len(p)/size)}
	for off := 0; off+size <= len(p); off += size {
		e := p[off:][:size]
		name, ok := nameAt(text, uint64(le.Uint32(e[4:])))
		path, ok2 := nameAt(text, uint64(le.Uint32(e[8:])))
		if !ok || !ok2 {
			return nil, &FormatError{uint64(off), "the name of a library outside of the cache"}
		}
		entry := cacheEntry{flags: int32(le.Uint32(e)), path: path}
		if size == cacheEntryNew {
			entry.hwcap = le.Uint64(e[16:])
		}
		c.entries[name] = append(c.entries[name], entry)
	}
	return c, nil
}

// maxCacheLevels caps the names of levels; ldconfig knows a handful.
const maxCacheLevels = 1 << 10

// parseCacheLevels reads the extension: a directory of sections, of which one
// has the offsets of the levels' names.
func parseCacheLevels(data []byte, at uint64, text string) ([]string, error) {
	le := binary.LittleEndian
	bad := func(off uint64) error { return &FormatError{off, "a damaged extension of the cache of libraries"} }
	if at > uint64(len(data)) || uint64(len(data))-at < 8 || le.Uint32(data[at:]) != cacheExtMagic {
		return nil, bad(at)
	}
	const sectionSize = 16 // tag, flags, offset, size
	n := uint64(le.Uint32(data[at+4:]))
	if n > (uint64(len(data))-at-8)/sectionSize {
		return nil, bad(at)
	}
	for i := range n {
		s := data[at+8+i*sectionSize:][:sectionSize]
		if le.Uint32(s) != cacheExtHWCaps {
			continue
		}
		off, size := uint64(le.Uint32(s[8:])), uint64(le.Uint32(s[12:]))
		if off > uint64(len(data)) || size > uint64(len(data))-off || size/4 > maxCacheLevels {
			return nil, bad(off)
		}
		var levels []string
		for p := data[off:][:size]; len(p) >= 4; p = p[4:] {
			level, ok := nameAt(text, uint64(le.Uint32(p)))
			if !ok {
				return nil, bad(off)
			}
			levels = append(levels, level)
		}
		return levels, nil
	}
	return nil, nil
}

// lookup returns the path that ld.so takes of those that the cache has for a
// name: the one for the best level that the processor reaches, else the one for
// any processor (search_cache in elf/dl-cache.c). Entries for features that
// glibc before 2.37 knew by bits are passed over. It is "" where there is none.
func (c *linkerCache) lookup(name string, machine int32, levels []string) string {
	if c == nil {
		return ""
	}
	best, path := len(levels), ""
	for _, e := range c.entries[name] {
		if e.flags != machine && e.flags != cacheAnyMachine {
			continue
		}
		if e.hwcap&cacheExtMask&^(1<<32-1) == cacheExtBit {
			if i := uint64(uint32(e.hwcap)); i < uint64(len(c.levels)) {
				if rank := slices.Index(levels, c.levels[i]); rank >= 0 && rank < best {
					best, path = rank, e.path
				}
			}
			continue
		}
		if e.hwcap == 0 && path == "" {
			path = e.path
		}
	}
	return path
}
