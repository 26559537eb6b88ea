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
	// sized are the headers that have the sizes of 64-bit code's types written into them.
	sized []sizedHeader
	// as says what typedefs mean that C has no type for, in the language.
	as map[string]string
	// shown are the structs that pointers in calls are followed to although nobody says
	// that they are read, by their typedefs: what to call them, and what to show.
	shown map[string]shape
	// left are the structs that functions leave a pointer to, where their callers say.
	left  []string
	files []file
}

// shape is a type of the language, and its name.
type shape struct{ name, text string }

// sizedHeader is a header that each machine has its own of, and what the one of 32-bit
// code says otherwise.
type sizedHeader struct {
	path    string // where it stands, * being the machine's directory
	as      string // how it is included by 32-bit code
	replace []string
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
	imports   []string
	constants []constants
	// status is the type of int results, if they say how it went, of all but the
	// functions that the patterns take; failure is what tells that it did not go.
	status, failure string
	counts          []string
	// types are those that no function of the file mentions but its variadic ones
	// take.
	types []string
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
		files: []file{{conf: "libz.so", soname: "libz.so.1", constants: []constants{
			{name: "z_result", base: "int", take: []string{"Z_OK", "Z_STREAM_END", "Z_NEED_DICT", "Z_ERRNO", "Z_*_ERROR"}},
			{name: "z_flush", base: "int", take: []string{"Z_*_FLUSH", "Z_FINISH", "Z_BLOCK", "Z_TREES"}},
			{name: "z_level", base: "int", take: []string{"Z_*_COMPRESSION", "Z_BEST_SPEED"}},
			{name: "z_strategy", base: "int", take: []string{"Z_DEFAULT_STRATEGY", "Z_FILTERED", "Z_HUFFMAN_ONLY", "Z_RLE", "Z_FIXED"}},
		}}},
	},
	{
		name:     "openssl",
		packages: []string{"libssl-dev"},
		headers:  []string{"openssl/*", "!openssl/asn1_mac.h"},
		shown: map[string]shape{
			"CONF":                 {"CONF_handle", "struct"}, // of it there is nothing to be seen
			"OSSL_PARAM":           {"ossl_param", osslParam},
			"ASN1_STRING":          {"asn1_string", asn1String},
			"ASN1_INTEGER":         {"asn1_string", asn1String},
			"ASN1_ENUMERATED":      {"asn1_string", asn1String},
			"ASN1_BIT_STRING":      {"asn1_string", asn1String},
			"ASN1_OCTET_STRING":    {"asn1_string", asn1String},
			"ASN1_TIME":            {"asn1_string", asn1String},
			"ASN1_UTCTIME":         {"asn1_string", asn1String},
			"ASN1_GENERALIZEDTIME": {"asn1_string", asn1String},
			"ASN1_UTF8STRING":      {"asn1_string", asn1String},
			"ASN1_IA5STRING":       {"asn1_string", asn1String},
			"ASN1_PRINTABLESTRING": {"asn1_string", asn1String},
		},
		files: []file{
			{conf: "libcrypto.so", soname: "libcrypto.so.3", constants: []constants{
				{name: "nid", base: "int", take: []string{"NID_*"}},
				{name: "x509_verify_error", base: "int", take: []string{"X509_V_OK", "X509_V_ERR_*"}},
				{name: "x509_verify_result", base: "long", take: []string{"X509_V_OK", "X509_V_ERR_*"}},
				{name: "bio_ctrl", base: "int", take: []string{"BIO_CTRL_*", "BIO_C_*", "!BIO_CTRL_DGRAM*"}},
				{name: "bio_flags", base: "int", flags: true, take: []string{"BIO_FLAGS_*", "!BIO_FLAGS_RWS"}},
				{name: "openssl_init_flags", base: "uint64", flags: true, take: []string{"OPENSSL_INIT_*"}},
				{name: "evp_ctrl", base: "int", take: []string{"EVP_CTRL_*", "!EVP_CTRL_CCM*", "!EVP_CTRL_GCM*", "!EVP_CTRL_RC5*"}},
				{name: "rsa_padding", base: "int", take: []string{"RSA_*_PADDING", "!RSA_R_*"}},
				{name: "evp_pkey_type", base: "int", take: []string{"EVP_PKEY_RSA", "EVP_PKEY_RSA_PSS", "EVP_PKEY_DSA", "EVP_PKEY_DH", "EVP_PKEY_EC", "EVP_PKEY_HMAC", "EVP_PKEY_CMAC", "EVP_PKEY_HKDF", "EVP_PKEY_X25519", "EVP_PKEY_X448", "EVP_PKEY_ED25519", "EVP_PKEY_ED448"}},
			}},
			{conf: "libssl.so", soname: "libssl.so.3", constants: []constants{
				{name: "ssl_error", base: "int", take: []string{"SSL_ERROR_*"}},
				{name: "ssl_ctrl", base: "int", take: []string{"SSL_CTRL_*"}},
				{name: "ssl_options", base: "uint64", flags: true, take: []string{"SSL_OP_*"}},
				{name: "ssl_mode", base: "uint32", flags: true, take: []string{"SSL_MODE_*"}},
				{name: "ssl_verify", base: "int", flags: true, take: []string{"SSL_VERIFY_*"}},
				{name: "ssl_filetype", base: "int", take: []string{"SSL_FILETYPE_PEM", "SSL_FILETYPE_ASN1"}},
				{name: "ssl_shutdown", base: "int", flags: true, take: []string{"SSL_SENT_SHUTDOWN", "SSL_RECEIVED_SHUTDOWN"}},
				{name: "tls_version", base: "int", take: []string{"SSL3_VERSION", "TLS1_VERSION", "TLS1_1_VERSION", "TLS1_2_VERSION", "TLS1_3_VERSION", "DTLS1_VERSION", "DTLS1_2_VERSION"}},
				{name: "tlsext_nametype", base: "int", take: []string{"TLSEXT_NAMETYPE_*"}},
			}},
		},
	},
	{
		name:     "curl",
		packages: []string{"libcurl4-openssl-dev"},
		as:       map[string]string{"curl_socket_t": "fd"},
		headers:  []string{"curl/curl.h", "curl/*"},
		flags:    []string{"-DCURL_DISABLE_TYPECHECK"},
		files: []file{{conf: "libcurl.so", soname: "libcurl.so.4", types: []string{"curl_blob", "curl_lock_data"}, constants: []constants{
			{name: "curl_global_flags", base: "long", flags: true, take: []string{"CURL_GLOBAL_SSL", "CURL_GLOBAL_WIN32", "CURL_GLOBAL_ACK_EINTR"}},
			{name: "curl_pause_flags", base: "int", flags: true, take: []string{"CURLPAUSE_RECV", "CURLPAUSE_SEND"}},
		}}},
	},
	{
		name:     "sqlite",
		packages: []string{"libsqlite3-dev"},
		headers:  []string{"sqlite3.h"},
		flags:    []string{"-DSQLITE_ENABLE_COLUMN_METADATA", "-DSQLITE_ENABLE_SESSION", "-DSQLITE_ENABLE_PREUPDATE_HOOK", "-DSQLITE_ENABLE_UNLOCK_NOTIFY", "-DSQLITE_ENABLE_SNAPSHOT"},
		files: []file{{conf: "libsqlite3.so", soname: "libsqlite3.so.0", constants: []constants{
			{name: "sqlite_result", base: "int", take: []string{
				"SQLITE_OK", "SQLITE_ERROR", "SQLITE_ERROR_*", "SQLITE_INTERNAL", "SQLITE_PERM", "SQLITE_ABORT", "SQLITE_ABORT_*", "SQLITE_BUSY", "SQLITE_BUSY_*", "SQLITE_LOCKED", "SQLITE_LOCKED_*", "SQLITE_NOMEM", "SQLITE_READONLY", "SQLITE_READONLY_*", "SQLITE_INTERRUPT", "SQLITE_IOERR", "SQLITE_IOERR_*", "SQLITE_CORRUPT", "SQLITE_CORRUPT_*", "SQLITE_NOTFOUND", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_CANTOPEN_*", "SQLITE_PROTOCOL", "SQLITE_SCHEMA", "SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_*", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_NOLFS", "SQLITE_AUTH", "SQLITE_AUTH_USER", "SQLITE_RANGE", "SQLITE_NOTADB", "SQLITE_NOTICE", "SQLITE_NOTICE_*", "SQLITE_WARNING", "SQLITE_WARNING_*", "SQLITE_ROW", "SQLITE_DONE", "SQLITE_OK_*",
			}},
			{name: "sqlite_open_flags", base: "int", flags: true, take: []string{"SQLITE_OPEN_*"}},
			{name: "sqlite_prepare_flags", base: "uint", flags: true, take: []string{"SQLITE_PREPARE_*"}},
			{name: "sqlite_column", base: "int", take: []string{"SQLITE_INTEGER", "SQLITE_FLOAT", "SQLITE_TEXT", "SQLITE_BLOB", "SQLITE_NULL"}},
			{name: "sqlite_config", base: "int", take: []string{"SQLITE_CONFIG_*"}},
			{name: "sqlite_dbconfig", base: "int", take: []string{"SQLITE_DBCONFIG_*", "!SQLITE_DBCONFIG_MAX"}},
			{name: "sqlite_status", base: "int", take: []string{"SQLITE_STATUS_*"}},
			{name: "sqlite_dbstatus", base: "int", take: []string{"SQLITE_DBSTATUS_*", "!SQLITE_DBSTATUS_MAX"}},
			{name: "sqlite_stmtstatus", base: "int", take: []string{"SQLITE_STMTSTATUS_*"}},
			{name: "sqlite_limit", base: "int", take: []string{"SQLITE_LIMIT_*"}},
			{name: "sqlite_fcntl", base: "int", take: []string{"SQLITE_FCNTL_*"}},
			{name: "sqlite_checkpoint", base: "int", take: []string{"SQLITE_CHECKPOINT_*"}},
			{name: "sqlite_function_flags", base: "int", flags: true, take: []string{"SQLITE_DETERMINISTIC", "SQLITE_DIRECTONLY", "SQLITE_SUBTYPE", "SQLITE_INNOCUOUS"}},
			{name: "sqlite_trace_flags", base: "uint", flags: true, take: []string{"SQLITE_TRACE_*"}},
			{name: "sqlite_encoding", base: "uchar", take: []string{"SQLITE_UTF8", "SQLITE_UTF16LE", "SQLITE_UTF16BE", "SQLITE_UTF16", "SQLITE_ANY"}},
		}}},
	},
	{
		name:     "ncurses",
		packages: []string{"libncurses-dev"},
		headers:  []string{"ncursesw/curses.h", "ncursesw/panel.h", "ncursesw/menu.h", "ncursesw/form.h", "ncursesw/term.h", "ncursesw/termcap.h", "ncursesw/unctrl.h", "ncursesw/term_entry.h"},
		flags:    []string{"-D_GNU_SOURCE", "-D_XOPEN_SOURCE_EXTENDED", "-DNCURSES_WIDECHAR=1", "-DNCURSES_NOMACROS", "-DGCC_PRINTF", "-DGCC_SCANF", "-DGCC_NORETURN=__attribute__((noreturn))"},
		as:       map[string]string{"chtype": "hex(uint)", "attr_t": "curses_attributes", "mmask_t": "curses_mouse"},
		files: []file{
			{
				conf: "libncursesw.so", soname: "libncursesw.so.6", imports: []string{"libtinfo.so"},
				status: "curses_status", failure: "fails(-1)",
				counts: []string{"get[abcmp]*", "*getch", "alloc_pair*", "find_pair*", "is_*", "mouseinterval*", "get_escdelay*", "wgetdelay", "winchnstr", "winchstr", "inchnstr", "inchstr", "*innstr", "*instr", "*innwstr"},
				constants: []constants{
					{name: "curses_status", base: "int", take: []string{"ERR", "OK"}},
					{name: "curses_key", base: "int", take: []string{"KEY_*", "!KEY_MIN", "!KEY_MAX"}},
					{name: "curses_attributes", base: "uint", flags: true, take: []string{"A_*", "!A_CHARTEXT", "!A_ATTRIBUTES", "!A_COLOR", "!A_NORMAL"}},
					{name: "curses_mouse", base: "uint", flags: true, take: []string{"BUTTON[1-5]_*", "BUTTON_*", "REPORT_MOUSE_POSITION"}},
					{name: "curses_color", base: "short", take: []string{"COLOR_*", "!COLOR_PAIR*"}},
				},
			},
			{
				conf: "libtinfo.so", soname: "libtinfo.so.6", status: "curses_status", failure: "fails(-1)",
				counts:    []string{"tgetflag*", "tgetnum*", "tgetent*", "tigetflag*", "tigetnum*", "baudrate*", "curs_set*", "is_*", "key_defined*", "_nc_*", "tputs*"},
				constants: []constants{{name: "curses_status", base: "int", take: []string{"ERR", "OK"}}},
			},
			{
				conf: "libpanelw.so", soname: "libpanelw.so.6", status: "curses_status", failure: "fails(-1)",
				counts:    []string{"panel_hidden"},
				constants: []constants{{name: "curses_status", base: "int", take: []string{"ERR", "OK"}}},
			},
			{
				conf: "libmenuw.so", soname: "libmenuw.so.6", status: "eti_status", failure: "fails(!0)",
				counts:    []string{"item_count", "item_index", "item_opts", "menu_opts", "menu_pad", "menu_request_by_name", "scale_menu", "top_row"},
				constants: []constants{{name: "eti_status", base: "int", take: []string{"E_*"}}},
			},
			{
				conf: "libformw.so", soname: "libformw.so.6", status: "eti_status", failure: "fails(!0)",
				counts:    []string{"field_count", "field_index", "field_just", "field_pad", "form_page", "form_request_by_name", "form_opts", "field_opts"},
				constants: []constants{{name: "eti_status", base: "int", take: []string{"E_*"}}},
			},
		},
	},
	{
		name:     "xml2",
		packages: []string{"libxml2-dev"},
		headers:  []string{"libxml2/libxml/*"},
		pkgconf:  "libxml-2.0",
		as:       map[string]string{"xmlChar": "char"},
		shown: map[string]shape{
			"xmlDoc":  {"xml_doc", "struct"}, // the roots of it do not tell more than its address
			"xmlNode": {"xml_node", "struct(hide(addr) _private, xmlElementType type, string name, hide(array(addr, 12)))"},
			"xmlAttr": {"xml_attr", "struct(hide(addr) _private, xmlElementType type, string name, hide(array(addr, 9)))"},
		},
		files: []file{{conf: "libxml2.so", soname: "libxml2.so.2", types: []string{"xmlParserOption", "xmlSaveOption", "htmlParserOption"}}},
	},
	{
		name:     "glib",
		packages: []string{"libglib2.0-dev"},
		headers:  []string{"glib-2.0/glib.h", "glib-2.0/glib-unix.h", "glib-2.0/glib/gstdio.h", "glib-2.0/glib/gprintf.h", "glib-2.0/glib-object.h", "glib-2.0/gobject/gvaluecollector.h", "glib-2.0/gmodule.h", "glib-2.0/gio/gio.h", "gio-unix-2.0/gio/*"},
		pkgconf:  "gio-unix-2.0",
		as:       map[string]string{"gboolean": "bool(int)", "gunichar": "char32", "gunichar2": "char16", "GType": "g_type"},
		left:     []string{"GError"},
		sized: []sizedHeader{{path: "/usr/lib/*/glib-2.0/include/glibconfig.h", as: "glibconfig.h", replace: []string{
			"signed long gint64;", "signed long long gint64;", "unsigned long guint64;", "unsigned long long guint64;",
			"signed long gssize;", "signed int gssize;", "unsigned long gsize;", "unsigned int gsize;",
			"signed long gintptr;", "signed int gintptr;", "unsigned long guintptr;", "unsigned int guintptr;",
			"GLIB_SIZEOF_VOID_P 8", "GLIB_SIZEOF_VOID_P 4", "GLIB_SIZEOF_LONG   8", "GLIB_SIZEOF_LONG   4",
			"GLIB_SIZEOF_SIZE_T 8", "GLIB_SIZEOF_SIZE_T 4", "GLIB_SIZEOF_SSIZE_T 8", "GLIB_SIZEOF_SSIZE_T 4",
		}}},
		files: []file{
			{conf: "libglib-2.0.so", soname: "libglib-2.0.so.0"},
			{conf: "libgobject-2.0.so", soname: "libgobject-2.0.so.0", constants: []constants{
				{name: "g_type", base: "hex(ulong)", take: []string{"G_TYPE_INVALID", "G_TYPE_NONE", "G_TYPE_INTERFACE", "G_TYPE_CHAR", "G_TYPE_UCHAR", "G_TYPE_BOOLEAN", "G_TYPE_INT", "G_TYPE_UINT", "G_TYPE_LONG", "G_TYPE_ULONG", "G_TYPE_INT64", "G_TYPE_UINT64", "G_TYPE_ENUM", "G_TYPE_FLAGS", "G_TYPE_FLOAT", "G_TYPE_DOUBLE", "G_TYPE_STRING", "G_TYPE_POINTER", "G_TYPE_BOXED", "G_TYPE_PARAM", "G_TYPE_OBJECT", "G_TYPE_VARIANT"}},
			}},
			{conf: "libgmodule-2.0.so", soname: "libgmodule-2.0.so.0"},
			{conf: "libgio-2.0.so", soname: "libgio-2.0.so.0"},
		},
	},
	{
		name:     "x11",
		packages: []string{"libx11-dev", "libxext-dev", "x11proto-dev"},
		as: map[string]string{
			"Atom": "x_atom", "Window": "hex(ulong)", "Drawable": "hex(ulong)", "Pixmap": "hex(ulong)", "Cursor": "hex(ulong)",
			"Colormap": "hex(ulong)", "Font": "hex(ulong)", "XID": "hex(ulong)", "KeySym": "hex(ulong)", "VisualID": "hex(ulong)",
		},
		headers: []string{"X11/Xlib.h", "X11/Xutil.h", "X11/Xresource.h", "X11/Xatom.h", "X11/Xcms.h", "X11/XKBlib.h", "X11/Xlocale.h", "X11/ImUtil.h", "X11/Xlibint.h", "X11/extensions/Xext.h", "X11/extensions/extutil.h", "X11/extensions/*", "!X11/extensions/*proto.h", "!X11/extensions/*str.h", "!X11/extensions/xf86dga.h", "!X11/extensions/XKBsrv.h"},
		files: []file{
			{conf: "libX11.so", soname: "libX11.so.6", constants: []constants{
				{name: "x_event_mask", base: "long", flags: true, take: []string{"KeyPressMask", "KeyReleaseMask", "ButtonPressMask", "ButtonReleaseMask", "EnterWindowMask", "LeaveWindowMask", "PointerMotionMask", "PointerMotionHintMask", "Button?MotionMask", "ButtonMotionMask", "KeymapStateMask", "ExposureMask", "VisibilityChangeMask", "StructureNotifyMask", "ResizeRedirectMask", "SubstructureNotifyMask", "SubstructureRedirectMask", "FocusChangeMask", "PropertyChangeMask", "ColormapChangeMask", "OwnerGrabButtonMask"}},
				{name: "x_event_type", base: "int", take: []string{"KeyPress", "KeyRelease", "ButtonPress", "ButtonRelease", "MotionNotify", "EnterNotify", "LeaveNotify", "FocusIn", "FocusOut", "KeymapNotify", "Expose", "GraphicsExpose", "NoExpose", "VisibilityNotify", "CreateNotify", "DestroyNotify", "UnmapNotify", "MapNotify", "MapRequest", "ReparentNotify", "ConfigureNotify", "ConfigureRequest", "GravityNotify", "ResizeRequest", "CirculateNotify", "CirculateRequest", "PropertyNotify", "SelectionClear", "SelectionRequest", "SelectionNotify", "ColormapNotify", "ClientMessage", "MappingNotify", "GenericEvent"}},
				{name: "x_atom", base: "ulong", take: []string{"XA_*", "!XA_LAST_PREDEFINED"}},
				{name: "x_image_format", base: "int", take: []string{"XYBitmap", "XYPixmap", "ZPixmap"}},
				{name: "x_prop_mode", base: "int", take: []string{"PropModeReplace", "PropModePrepend", "PropModeAppend"}},
				{name: "x_window_class", base: "uint", take: []string{"CopyFromParent", "InputOutput", "InputOnly"}},
				{name: "x_grab_mode", base: "int", take: []string{"GrabModeSync", "GrabModeAsync"}},
				{name: "x_grab_status", base: "int", take: []string{"GrabSuccess", "AlreadyGrabbed", "GrabInvalidTime", "GrabNotViewable", "GrabFrozen"}},
				{name: "x_error", base: "int", take: []string{"Success", "Bad[A-Z]*"}},
			}},
			{conf: "libXext.so", soname: "libXext.so.6"},
		},
	},
	{
		name:     "python",
		packages: []string{"libpython3.11-dev"},
		headers:  []string{"python3.*/Python.h", "python3.*/structmember.h", "python3.*/frameobject.h", "python3.*/marshal.h", "python3.*/osdefs.h", "python3.*/pyframe.h"},
		pkgconf:  "python3",
		as:       map[string]string{"Py_UCS4": "char32", "Py_UCS2": "char16"},
		// Objects of which the value is not known by the names of their types: tp_name is
		// the first field of a type behind the head that objects of variable size have.
		shown: map[string]shape{
			"PyObject":     {"py_object", "pyobject(bare(struct(hide(long) ob_refcnt, py_type* ob_type)))"},
			"PyTypeObject": {"py_type", "bare(struct(hide(long) ob_refcnt, hide(addr) ob_type, hide(long) ob_size, typename tp_name))"},
		},
		sized: []sizedHeader{{path: "/usr/include/*/python3.11/pyconfig.h", as: "i386-linux-gnu/python3.11/pyconfig.h", replace: []string{
			"ALIGNOF_LONG 8", "ALIGNOF_LONG 4", "ALIGNOF_SIZE_T 8", "ALIGNOF_SIZE_T 4", "SIZEOF_LONG 8", "SIZEOF_LONG 4",
			"SIZEOF_LONG_DOUBLE 16", "SIZEOF_LONG_DOUBLE 12", "SIZEOF_PTHREAD_T 8", "SIZEOF_PTHREAD_T 4", "SIZEOF_SIZE_T 8", "SIZEOF_SIZE_T 4",
			"SIZEOF_TIME_T 8", "SIZEOF_TIME_T 4", "SIZEOF_UINTPTR_T 8", "SIZEOF_UINTPTR_T 4", "SIZEOF_VOID_P 8", "SIZEOF_VOID_P 4",
		}}},
		files: []file{{conf: "libpython3.so", soname: "libpython3.11.so.1.0"}},
	},
	{
		name:     "selinux",
		packages: []string{"libselinux1-dev"},
		headers:  []string{"selinux/*"},
		files:    []file{{conf: "libselinux.so", soname: "libselinux.so.1"}},
	},
	{
		name:     "pcre2",
		packages: []string{"libpcre2-dev"},
		headers:  []string{"pcre2.h"},
		flags:    []string{"-DPCRE2_CODE_UNIT_WIDTH=8"},
		as:       map[string]string{"PCRE2_UCHAR8": "char"},
		files: []file{{
			conf: "libpcre2-8.so", soname: "libpcre2-8.so.0",
			constants: []constants{
				{name: "pcre2_error", base: "int", take: []string{"PCRE2_ERROR_*"}},
				{name: "pcre2_info", base: "uint32", take: []string{"PCRE2_INFO_*"}},
				{name: "pcre2_config_what", base: "uint32", take: []string{"PCRE2_CONFIG_*"}},
				{name: "pcre2_compile_options", base: "uint32", flags: true, take: []string{
					"PCRE2_ANCHORED", "PCRE2_NO_UTF_CHECK", "PCRE2_ENDANCHORED", "PCRE2_ALLOW_EMPTY_CLASS", "PCRE2_ALT_*", "PCRE2_AUTO_CALLOUT", "PCRE2_CASELESS", "PCRE2_DOLLAR_ENDONLY", "PCRE2_DOTALL", "PCRE2_DUPNAMES", "PCRE2_EXTENDED", "PCRE2_FIRSTLINE", "PCRE2_MATCH_UNSET_BACKREF", "PCRE2_MULTILINE", "PCRE2_NEVER_*", "PCRE2_NO_AUTO_*", "PCRE2_NO_DOTSTAR_ANCHOR", "PCRE2_NO_START_OPTIMIZE", "PCRE2_UCP", "PCRE2_UNGREEDY", "PCRE2_UTF", "PCRE2_USE_OFFSET_LIMIT", "PCRE2_LITERAL", "PCRE2_MATCH_INVALID_UTF",
				}},
				{name: "pcre2_match_options", base: "uint32", flags: true, take: []string{
					"PCRE2_ANCHORED", "PCRE2_ENDANCHORED", "PCRE2_NO_UTF_CHECK", "PCRE2_NOTBOL", "PCRE2_NOTEOL", "PCRE2_NOTEMPTY", "PCRE2_NOTEMPTY_ATSTART", "PCRE2_PARTIAL_SOFT", "PCRE2_PARTIAL_HARD", "PCRE2_NO_JIT", "PCRE2_COPY_MATCHED_SUBJECT",
				}},
				{name: "pcre2_jit_options", base: "uint32", flags: true, take: []string{"PCRE2_JIT_COMPLETE", "PCRE2_JIT_PARTIAL_*", "PCRE2_JIT_INVALID_UTF"}},
			},
		}},
	},
	{
		name:     "acl",
		packages: []string{"libacl1-dev", "libattr1-dev"},
		headers:  []string{"sys/acl.h", "acl/libacl.h", "attr/*"},
		as:       map[string]string{"acl_tag_t": "acl_tag", "acl_type_t": "acl_kind", "acl_perm_t": "acl_perms"},
		files: []file{
			{conf: "libacl.so", soname: "libacl.so.1", constants: []constants{
				{name: "acl_tag", base: "int", take: []string{"ACL_UNDEFINED_TAG", "ACL_USER_OBJ", "ACL_USER", "ACL_GROUP_OBJ", "ACL_GROUP", "ACL_MASK", "ACL_OTHER"}},
				{name: "acl_kind", base: "uint", take: []string{"ACL_TYPE_ACCESS", "ACL_TYPE_DEFAULT"}},
				{name: "acl_perms", base: "uint", flags: true, take: []string{"ACL_READ", "ACL_WRITE", "ACL_EXECUTE"}},
				{name: "acl_which", base: "int", take: []string{"ACL_FIRST_ENTRY", "ACL_NEXT_ENTRY"}},
			}},
			{conf: "libattr.so", soname: "libattr.so.1"},
		},
	},
	{
		name:     "cap",
		packages: []string{"libcap-dev"},
		headers:  []string{"sys/capability.h"},
		as:       map[string]string{"cap_value_t": "capability"},
		files: []file{{conf: "libcap.so", soname: "libcap.so.2", constants: []constants{
			{name: "capability", base: "int", take: []string{"CAP_*", "!CAP_LAST_CAP", "!CAP_MODE*", "!CAP_LIB*", "!CAP_PROP*", "!CAP_*MASK*", "!CAP_*VALID*", "!CAP_IAB*", "!CAP_TO*", "!CAP_DIFF*", "!CAP_EFF*", "!CAP_PERM*", "!CAP_INH*", "!CAP_SET", "!CAP_CLEAR"}},
		}}},
	},
	{
		name:     "expat",
		packages: []string{"libexpat1-dev"},
		headers:  []string{"expat.h"},
		as:       map[string]string{"XML_Bool": "bool(uchar)"},
		files:    []file{{conf: "libexpat.so", soname: "libexpat.so.1"}},
	},
	{
		name:     "lzma",
		packages: []string{"liblzma-dev"},
		headers:  []string{"lzma.h"},
		shown:    map[string]shape{"lzma_filter": {"lzma_filter_options", "struct(enum[uint64](LZMA_FILTER_DELTA=3, LZMA_FILTER_X86=4, LZMA_FILTER_POWERPC=5, LZMA_FILTER_IA64=6, LZMA_FILTER_ARM=7, LZMA_FILTER_ARMTHUMB=8, LZMA_FILTER_SPARC=9, LZMA_FILTER_ARM64=10, LZMA_FILTER_LZMA2=0x21, LZMA_FILTER_LZMA1=0x4000000000000001, LZMA_VLI_UNKNOWN=-1) id, addr options)"}},
		files:    []file{{conf: "liblzma.so", soname: "liblzma.so.5"}},
	},
	{
		name:     "bzip2",
		packages: []string{"libbz2-dev"},
		headers:  []string{"bzlib.h"},
		files: []file{{conf: "libbz2.so", soname: "libbz2.so.1.0", constants: []constants{
			{name: "bz_result", base: "int", take: []string{"BZ_OK", "BZ_*_OK", "BZ_STREAM_END", "BZ_*_ERROR*", "BZ_UNEXPECTED_EOF", "BZ_OUTBUFF_FULL"}},
			{name: "bz_action", base: "int", take: []string{"BZ_RUN", "BZ_FLUSH", "BZ_FINISH"}},
		}}},
	},
	{
		name:     "zstd",
		packages: []string{"libzstd-dev"},
		headers:  []string{"zstd.h", "zdict.h", "zstd_errors.h"},
		files:    []file{{conf: "libzstd.so", soname: "libzstd.so.1"}},
	},
	{
		name:     "readline",
		packages: []string{"libreadline-dev"},
		headers:  []string{"readline/readline.h", "readline/history.h", "readline/keymaps.h", "readline/tilde.h"},
		files: []file{
			{conf: "libreadline.so", soname: "libreadline.so.8"},
			{conf: "libhistory.so", soname: "libhistory.so.8"},
		},
	},
}

// ossl_param(3): data is what its type says.
const osslParam = "struct(string key, " +
	"enum[uint](OSSL_PARAM_INTEGER=1, OSSL_PARAM_UNSIGNED_INTEGER=2, OSSL_PARAM_REAL=3, OSSL_PARAM_UTF8_STRING=4, " +
	"OSSL_PARAM_OCTET_STRING=5, OSSL_PARAM_UTF8_PTR=6, OSSL_PARAM_OCTET_PTR=7) data_type, " +
	"choose(data_type; 4: string; 6: string*; 5: buffer[data_size]; else: addr) data, size_t data_size, " +
	"verbose(enum[size_t](OSSL_PARAM_UNMODIFIED=-1)) return_size)"

// asn1String is what all strings, numbers and times of ASN.1 are (openssl/asn1.h).
const asn1String = "struct(hide(int) length, " +
	"enum(V_ASN1_INTEGER=2, V_ASN1_BIT_STRING=3, V_ASN1_OCTET_STRING=4, V_ASN1_ENUMERATED=10, V_ASN1_UTF8STRING=12, " +
	"V_ASN1_SEQUENCE=16, V_ASN1_PRINTABLESTRING=19, V_ASN1_T61STRING=20, V_ASN1_IA5STRING=22, V_ASN1_UTCTIME=23, " +
	"V_ASN1_GENERALIZEDTIME=24, V_ASN1_VISIBLESTRING=26, V_ASN1_UNIVERSALSTRING=28, V_ASN1_BMPSTRING=30, " +
	"V_ASN1_NEG_INTEGER=0x102, V_ASN1_NEG_ENUMERATED=0x10a) type, buffer[length] data, hide(long) flags)"
