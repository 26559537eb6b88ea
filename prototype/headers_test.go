package prototype_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"sonde/prototype"
)

// headersOf returns the headers that the comments of a shipped file name, which
// come before what they define.
func headersOf(text string) []string {
	var headers []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "#") {
			headers = append(headers, regexp.MustCompile(`[a-z/_]+\.h\b`).FindAllString(line, -1)...)
		}
	}
	return headers
}

// program compiles a C program of lines in main, which may use what the headers
// that there are define, and returns what it prints, line by line.
func program(t *testing.T, headers, lines []string, flags ...string) []string {
	t.Helper()
	var c strings.Builder
	c.WriteString("#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n#include <sys/types.h>\n")
	for _, h := range headers {
		fmt.Fprintf(&c, "#if __has_include(<%s>)\n#include <%s>\n#endif\n", h, h)
	}
	c.WriteString("int main(void)\n{\n")
	for _, line := range lines {
		c.WriteString(line + "\n")
	}
	c.WriteString("return 0;\n}\n")
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "p.c"), filepath.Join(dir, "p")
	if err := os.WriteFile(source, []byte(c.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("gcc", append(flags, "-w", "-o", binary, source)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%.3000s", cmd, err, out)
	}
	out, err := exec.Command(binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	var printed []string
	for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
		printed = append(printed, s.Text())
	}
	return printed
}

func shippedFile(t *testing.T, name string) (*prototype.File, string) {
	t.Helper()
	path := filepath.Join("shipped", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, errs := prototype.Parse(path, string(text))
	for _, e := range errs {
		t.Error(e)
	}
	return f, string(text)
}

// TestConstants compares the names in constants.conf with the values that the
// headers define, where they define them.
func TestConstants(t *testing.T) {
	f, text := shippedFile(t, "constants.conf")
	values := make(map[string]uint64)
	var lines []string
	for _, name := range f.Types() {
		typ := f.Type(name)
		if typ == nil || typ.Names == nil {
			t.Errorf("%s is neither an enum nor a set", name)
			continue
		}
		for _, n := range typ.Names.Known {
			if !regexp.MustCompile(`^[A-Za-z_]\w*$`).MatchString(n.Name) {
				continue
			}
			if v, ok := values[n.Name]; ok && v != n.Value {
				t.Errorf("%s is %d in %s, and %d elsewhere", n.Name, n.Value, name, v)
			}
			values[n.Name] = n.Value
		}
	}
	for name := range values {
		lines = append(lines, fmt.Sprintf("#ifdef %s\nprintf(\"%s %%lld\\n\", (long long)%s);\n#endif", name, name, name))
	}
	sort.Strings(lines)
	compared := 0
	// O_LARGEFILE is 0 in 64-bit programs, where the kernel sets it; F_GETLK and its
	// like have two numbers; a name for the end of a range is not a value.
	differ := regexp.MustCompile(`^(O_LARGEFILE|F_(GETLK|SETLK|SETLKW)64|SIGRTMIN)$`)
	for _, line := range program(t, headersOf(text), lines) {
		name, number, _ := strings.Cut(line, " ")
		got, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if compared++; uint32(got) != uint32(values[name]) && !differ.MatchString(name) {
			t.Errorf("%s is %#x in the headers, and not %#x", name, got, values[name])
		}
	}
	if compared*10 < len(values)*8 {
		t.Errorf("the headers define %d of %d names", compared, len(values))
	}
}

// kernelHeaders are those that have most of the names in syscalls-constants.conf, and
// that one unit can include all of.
var kernelHeaders = strings.Fields(`
	asm/prctl.h fcntl.h linux/aio_abi.h linux/bpf.h linux/capability.h linux/falloc.h
	linux/futex.h linux/genetlink.h linux/if_addr.h linux/if_arp.h linux/if_ether.h
	linux/if_link.h linux/if_packet.h linux/inet_diag.h linux/io_uring.h linux/kcmp.h
	linux/kexec.h linux/keyctl.h linux/landlock.h linux/magic.h linux/memfd.h
	linux/mempolicy.h linux/module.h linux/neighbour.h linux/netlink.h linux/perf_event.h
	linux/prctl.h linux/quota.h linux/reboot.h linux/rtnetlink.h linux/seccomp.h
	linux/securebits.h linux/sock_diag.h linux/userfaultfd.h sys/epoll.h sys/fanotify.h
	sys/inotify.h sys/ioctl.h sys/mman.h sys/mount.h sys/msg.h sys/personality.h sys/poll.h
	sys/resource.h sys/sem.h sys/shm.h sys/socket.h sys/stat.h sys/statvfs.h sys/swap.h
	sys/timex.h sys/wait.h sys/xattr.h sched.h signal.h time.h unistd.h`)

// TestSystemConstants compares the names in syscalls-constants.conf with the values
// that the kernel's headers define, where they define them.
func TestSystemConstants(t *testing.T) {
	f, _ := shippedFile(t, "syscalls-constants.conf")
	values := make(map[string][]uint64)
	for _, name := range f.Types() {
		if typ := f.Type(name); typ != nil && typ.Names != nil {
			for _, n := range typ.Names.Known {
				if regexp.MustCompile(`^[A-Za-z_]\w*$`).MatchString(n.Name) {
					values[n.Name] = append(values[n.Name], n.Value)
				}
			}
		}
	}
	var lines []string
	sized := regexp.MustCompile(`^(BLKTRACESETUP|FS_IOC_FIEMAP|TC\w+2|TIOC[GS]ISO7816)$`) // by structs of further headers
	for name := range values {
		if !sized.MatchString(name) {
			lines = append(lines, fmt.Sprintf("#ifdef %s\nprintf(\"%s %%lld\\n\", (long long)%s);\n#endif", name, name, name))
		}
	}
	sort.Strings(lines)
	compared := 0
	differ := regexp.MustCompile(`^(O_LARGEFILE|F_(GETLK|SETLK|SETLKW)64|SIGRTMIN)$`) // as for constants.conf
	for _, line := range program(t, kernelHeaders, lines) {
		name, number, _ := strings.Cut(line, " ")
		got, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		same := func(v uint64) bool { return uint32(v) == uint32(got) }
		if compared++; !slices.ContainsFunc(values[name], same) && !differ.MatchString(name) {
			t.Errorf("%s is %#x in the headers, and not %#x", name, got, values[name])
		}
	}
	if compared*5 < len(values)*2 { // the others are enumerators, which #ifdef does not know
		t.Errorf("the headers define %d of %d names", compared, len(values))
	}
}

// TestTypes compares the sizes of the types in types.conf, and where their fields
// lie, with what the compiler makes of the headers, for 64 and 32 bits.
func TestTypes(t *testing.T) {
	f, text := shippedFile(t, "types.conf")
	for _, m := range []struct {
		flag  string
		model *prototype.Model
	}{{"-m64", prototype.LP64}, {"-m32", prototype.ILP32}} {
		t.Run(m.flag, func(t *testing.T) { testTypes(t, f, text, m.flag, m.model) })
	}
}

// What is in types.conf and no header has, at least not by that name, or differently.
var notInHeaders = map[string]string{
	"epoll_data":      "a union in C",
	"file_handle":     "ends with an array of unknown size",
	"if_flags_word":   "",
	"open_flags_word": "",
	"rlimit64_value":  "",
	"rlimit_value":    "",
	"signal_set":      "",
	"statx_mode":      "",
	"comparison_fn_t": "",
	"caddr_t":         "",
	"sigset_t":        "words, not a number",
	"siginfo_t":       "padded to 128 bytes",
	"sockaddr":        "its data as that of each family",
	"inotify_event":   "ends with an array of unknown size",
	"link_map":        "the dynamic linker has more in it",
	"printf_info":     "",
}

func testTypes(t *testing.T, f *prototype.File, text, flag string, model *prototype.Model) {
	var lines []string
	want := make(map[string]int)
	for _, name := range f.Types() {
		typ := f.Type(name)
		if typ == nil {
			t.Errorf("%s cannot be read", name)
			continue
		}
		if _, ok := notInHeaders[name]; ok {
			continue
		}
		typ = typ.Settled(model)
		structure := typ.Kind == prototype.Struct || typ.Kind == prototype.Union
		c := name
		if tag, ok := spelled[name]; ok {
			c = tag
		} else if structure && !strings.HasSuffix(name, "_t") {
			c = "struct " + name
		}
		if structure && !typ.Complete {
			continue
		}
		want[name] = typ.SizeOf(model)
		lines = append(lines, fmt.Sprintf(`printf("%s %%d\n", (int)sizeof(%s));`, name, c))
		for i, field := range typ.Fields {
			slot := typ.Layout(model).Fields[i]
			if field.Name == "" || slot.Bits > 0 {
				continue
			}
			key := name + "." + field.Name
			want[key] = slot.Offset
			lines = append(lines, fmt.Sprintf(`printf("%s %%d\n", (int)offsetof(%s, %s));`, key, c, field.Name))
		}
	}
	for _, line := range program(t, headersOf(text), lines, flag) {
		name, number, _ := strings.Cut(line, " ")
		if got := strconv.Itoa(want[name]); got != number {
			t.Errorf("%s: %s in C, and not %s", name, number, got)
		}
	}
}

// spelled are types that in C are neither a word with _t nor a struct of that tag.
var spelled = map[string]string{
	"Dl_info": "Dl_info", "ENTRY": "ENTRY", "fd_set": "fd_set",
	"in6_addr": "struct in6_addr", "sigval": "union sigval",
}
