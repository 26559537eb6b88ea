package main

// library is a row of the table: what to compile and which files to ask for
// what they export.
type library struct {
	name     string   // of the files in prototype/shipped, for the arguments
	packages []string // Debian's, whose headers are public
	// headers are patterns of path.Match below the include directories; with
	// a "!" before it, what an earlier pattern took is dropped.
	headers []string
	pkgconf string   // the name that pkg-config knows it by, if its flags matter
	flags   []string // for the compilers
	before  string   // C text before the first header
	files   []file
}

// file is one shared object, and the shipped file that serves it.
type file struct {
	conf   string // NAME of NAME.generated.conf: the SONAME to its ".so"
	soname string
	// extra is a header of our own, in this directory: what it declares is
	// written whether the installed file exports it or not.
	extra string
	// imports are other shipped files, by the same kind of name.
	imports []string
}

var libraries = []*library{
	{
		name:     "libc",
		packages: []string{"libc6-dev", "libcrypt-dev"},
		headers:  []string{"*", "*/*", "!bits/*", "!finclude/*", "!scsi/*", "!gnu/stubs*", "!gnu/lib-names*", "!regexp.h", "!sys/elf.h", "!sys/vm86.h"},
		flags:    []string{"-D_GNU_SOURCE"},
		files: []file{
			{conf: "libc.so", soname: "libc.so.6", extra: "libc.h"},
			{conf: "libm.so", soname: "libm.so.6", extra: "libm.h"},
			{conf: "libresolv.so", soname: "libresolv.so.2"},
			{conf: "libcrypt.so", soname: "libcrypt.so.1"},
			{conf: "libthread_db.so", soname: "libthread_db.so.1"},
			{conf: "ld-linux-x86-64.so", soname: "ld-linux-x86-64.so.2", extra: "ld.h"},
		},
	},
}
