package main

// library is a row of the table: what to compile and which files to ask for
// what they export.
type library struct {
	name     string   // to choose it by
	packages []string // Debian's, whose headers are public
	// headers are patterns of path.Match below the include directories, in the
	// order in which they are included; with a "!" before it, what an earlier
	// pattern took is dropped.
	headers []string
	pkgconf string   // the name that pkg-config knows it by, if its flags matter
	flags   []string // for the compilers
	before  string   // C text before the first header
	// wideOnly says that the installed headers are for 64 bits alone: they have
	// the sizes of types written into them.
	wideOnly bool
	// text are typedefs for bytes that pointers lead to text of.
	text  []string
	files []file
}

// file is one shared object, and the shipped file that serves it.
type file struct {
	conf   string // NAME of NAME.generated.conf: the SONAME to its ".so"
	soname string
	// extra is a header of our own, in this directory: what it declares is
	// written whether the installed file exports it or not.
	extra string
	// imports are other shipped files, by the same kind of name: their functions
	// and types are this file's too.
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
	{
		name:     "zlib",
		packages: []string{"zlib1g-dev"},
		headers:  []string{"zlib.h"},
		flags:    []string{"-D_LARGEFILE64_SOURCE"},
		files:    []file{{conf: "libz.so", soname: "libz.so.1"}},
	},
	{
		name:     "openssl",
		packages: []string{"libssl-dev"},
		headers:  []string{"openssl/*", "!openssl/asn1_mac.h"},
		files: []file{
			{conf: "libcrypto.so", soname: "libcrypto.so.3"},
			{conf: "libssl.so", soname: "libssl.so.3"},
		},
	},
	{
		name:     "curl",
		packages: []string{"libcurl4-openssl-dev"},
		headers:  []string{"curl/curl.h", "curl/*"},
		flags:    []string{"-DCURL_DISABLE_TYPECHECK"},
		files:    []file{{conf: "libcurl.so", soname: "libcurl.so.4"}},
	},
	{
		name:     "sqlite",
		packages: []string{"libsqlite3-dev"},
		headers:  []string{"sqlite3.h"},
		flags:    []string{"-DSQLITE_ENABLE_COLUMN_METADATA", "-DSQLITE_ENABLE_SESSION", "-DSQLITE_ENABLE_PREUPDATE_HOOK", "-DSQLITE_ENABLE_UNLOCK_NOTIFY", "-DSQLITE_ENABLE_SNAPSHOT"},
		files:    []file{{conf: "libsqlite3.so", soname: "libsqlite3.so.0"}},
	},
	{
		name:     "ncurses",
		packages: []string{"libncurses-dev"},
		headers:  []string{"ncursesw/curses.h", "ncursesw/panel.h", "ncursesw/menu.h", "ncursesw/form.h", "ncursesw/term.h", "ncursesw/termcap.h", "ncursesw/unctrl.h", "ncursesw/term_entry.h"},
		flags:    []string{"-D_GNU_SOURCE", "-D_XOPEN_SOURCE_EXTENDED", "-DNCURSES_WIDECHAR=1", "-DNCURSES_NOMACROS"},
		files: []file{
			{conf: "libncursesw.so", soname: "libncursesw.so.6", imports: []string{"libtinfo.so"}},
			{conf: "libtinfo.so", soname: "libtinfo.so.6"},
			{conf: "libpanelw.so", soname: "libpanelw.so.6"},
			{conf: "libmenuw.so", soname: "libmenuw.so.6"},
			{conf: "libformw.so", soname: "libformw.so.6"},
		},
	},
	{
		name:     "xml2",
		packages: []string{"libxml2-dev"},
		headers:  []string{"libxml2/libxml/*"},
		pkgconf:  "libxml-2.0",
		text:     []string{"xmlChar"},
		files:    []file{{conf: "libxml2.so", soname: "libxml2.so.2"}},
	},
	{
		name:     "glib",
		packages: []string{"libglib2.0-dev"},
		headers:  []string{"glib-2.0/glib.h", "glib-2.0/glib-unix.h", "glib-2.0/glib/gstdio.h", "glib-2.0/glib/gprintf.h", "glib-2.0/glib-object.h", "glib-2.0/gobject/gvaluecollector.h", "glib-2.0/gmodule.h", "glib-2.0/gio/gio.h", "gio-unix-2.0/gio/*"},
		pkgconf:  "gio-unix-2.0",
		wideOnly: true,
		files: []file{
			{conf: "libglib-2.0.so", soname: "libglib-2.0.so.0"},
			{conf: "libgobject-2.0.so", soname: "libgobject-2.0.so.0"},
			{conf: "libgmodule-2.0.so", soname: "libgmodule-2.0.so.0"},
			{conf: "libgio-2.0.so", soname: "libgio-2.0.so.0"},
		},
	},
	{
		name:     "x11",
		packages: []string{"libx11-dev", "libxext-dev"},
		headers:  []string{"X11/Xlib.h", "X11/Xutil.h", "X11/Xresource.h", "X11/Xcms.h", "X11/XKBlib.h", "X11/Xlocale.h", "X11/ImUtil.h", "X11/Xlibint.h", "X11/extensions/Xext.h", "X11/extensions/extutil.h", "X11/extensions/*"},
		files: []file{
			{conf: "libX11.so", soname: "libX11.so.6"},
			{conf: "libXext.so", soname: "libXext.so.6"},
		},
	},
	{
		name:     "python",
		packages: []string{"libpython3.11-dev"},
		headers:  []string{"python3.*/Python.h", "python3.*/structmember.h", "python3.*/frameobject.h", "python3.*/marshal.h", "python3.*/osdefs.h", "python3.*/pyframe.h"},
		pkgconf:  "python3",
		wideOnly: true,
		files:    []file{{conf: "libpython3.so", soname: "libpython3.11.so.1.0"}},
	},
}
