package cxx

import "sonde/prototype"

// enums are the enumerations of the standard library that its functions take, by
// their names in namespace std, with the names that programs write. libc++ has
// integers in place of those of streams.
var enums = map[string]*prototype.Type{
	// bits/ios_base.h
	"_Ios_Openmode": flagSet(4, "app", 1, "ate", 2, "binary", 4, "in", 8, "out", 16, "trunc", 32, "noreplace", 64),
	"_Ios_Iostate":  flagSet(4, "goodbit", 0, "badbit", 1, "eofbit", 2, "failbit", 4),
	"_Ios_Seekdir":  enum(4, 0, "beg", "cur", "end"),
	"_Ios_Fmtflags": flagSet(
		4, "boolalpha", 0x1, "dec", 0x2, "fixed", 0x4, "hex", 0x8, "internal", 0x10, "left", 0x20, "oct", 0x40, "right", 0x80,
		"scientific", 0x100, "showbase", 0x200, "showpoint", 0x400, "showpos", 0x800, "skipws", 0x1000, "unitbuf", 0x2000, "uppercase", 0x4000,
	),

	"memory_order":         enum(4, 0, "relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"),
	"cv_status":            enum(4, 0, "no_timeout", "timeout"),
	"future_status":        enum(4, 0, "ready", "timeout", "deferred"),
	"future_errc":          enum(4, 1, "future_already_retrieved", "promise_already_satisfied", "no_state", "broken_promise"),
	"launch":               flagSet(4, "async", 1, "deferred", 2),
	"io_errc":              enum(4, 1, "stream"),
	"errc":                 {Kind: prototype.Int, Size: 4, Lens: prototype.Errno},
	"chars_format":         flagSet(4, "scientific", 1, "fixed", 2, "hex", 4),
	"ios_base::event":      enum(4, 0, "erase_event", "imbue_event", "copyfmt_event"),
	"codecvt_base::result": enum(4, 0, "ok", "partial", "error", "noconv"),
	"time_base::dateorder": enum(4, 0, "no_order", "dmy", "mdy", "ymd", "ydm"),
	"regex_constants::error_type": enum(
		4, 0, "error_collate", "error_ctype", "error_escape", "error_backref", "error_brack", "error_paren", "error_brace",
		"error_badbrace", "error_range", "error_space", "error_badrepeat", "error_complexity", "error_stack",
	),
	"streamoff":   {Kind: prototype.Int, Size: 8},
	"byte":        {Kind: prototype.Int, Size: 1, Unsigned: true, Lens: prototype.Hex},
	"align_val_t": sizeType,

	// bits/fs_fwd.h
	"filesystem::file_type": enum(1, -1, "not_found", "none", "regular", "directory", "symlink", "block", "character", "fifo", "socket", "unknown"),
	"filesystem::copy_options": flagSet(
		2, "none", 0, "skip_existing", 1, "overwrite_existing", 2, "update_existing", 4, "recursive", 8,
		"copy_symlinks", 16, "skip_symlinks", 32, "directories_only", 64, "create_symlinks", 128, "create_hard_links", 256,
	),
	"filesystem::perms":             {Kind: prototype.Int, Size: 4, Unsigned: true, Lens: prototype.Oct},
	"filesystem::perm_options":      flagSet(4, "replace", 1, "add", 2, "remove", 4, "nofollow", 8),
	"filesystem::directory_options": flagSet(1, "none", 0, "follow_directory_symlink", 1, "skip_permission_denied", 2),
}

// enum is an enumeration of size bytes whose values follow one another.
func enum(size int, first int64, names ...string) *prototype.Type {
	n := &prototype.Names{}
	for i, name := range names {
		value := uint64(first+int64(i)) & (1<<(8*size) - 1)
		n.Known = append(n.Known, prototype.Name{Name: name, Value: value, Mask: ^uint64(0)})
	}
	return &prototype.Type{Kind: prototype.Int, Size: size, Names: n}
}

// flagSet is a set of flags in size bytes: names, each with its bit. One for no
// bit at all stands for the empty set.
func flagSet(size int, namesAndBits ...any) *prototype.Type {
	n := &prototype.Names{Set: true}
	for i := 0; i+1 < len(namesAndBits); i += 2 {
		bit := uint64(namesAndBits[i+1].(int))
		mask := bit
		if bit == 0 {
			mask = ^uint64(0)
		}
		n.Known = append(n.Known, prototype.Name{Name: namesAndBits[i].(string), Value: bit, Mask: mask})
	}
	return &prototype.Type{Kind: prototype.Int, Size: size, Unsigned: true, Names: n}
}
