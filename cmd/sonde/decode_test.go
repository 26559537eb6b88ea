package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// otherDecodings are what Sonde writes otherwise than strace for the programs in
// testdata/decode, and why: what strace has written is made Sonde's, or both the same.
var otherDecodings = []struct {
	reason string
	line   *regexp.Regexp
	same   string
}{
	{"ids of processes, and ports that are such", regexp.MustCompile(`(nlmsg_pid|nl_pid)=\d{3,}`), "$1=PID"},
	{"addresses", regexp.MustCompile(`0x[57f][0-9a-f]{9,11}`), "ADDRESS"},
	{"what has come and gone since", regexp.MustCompile(`([rt]x_(?:packets|bytes))=\d+`), "$1=N"},
}

// decodings are the programs, and which lines are not strace's to the letter, and why.
var decodings = []struct {
	program string
	others  []otherLine
	wants   []string // lines that strace does not have
}{
	{"ipc", []otherLine{
		{"MSG_??? */, ADDRESS", "a command without a name: strace takes it for one of its last list"},
		{"mtext=", "the kernel has returned that there is no text"},
		{"SIGEV_NONE", "strace shows the signal that is not sent by its number"},
		{"QFMT_", "names that have less in common"},
		{"KEYCTL_CAPABILITIES", "no bytes: strace writes a list of none"},
	}, nil},
	{"entries", nil, nil},
	{"io_uring", []otherLine{
		{"features=IORING_FEAT", "features of later kernels"},
		{"_enter(3, 3,", "strace does not know what is submitted"},
		{"REGISTER_???", "operations of later kernels, and unknown ones by what more of their names have in common"},
		{"} => {", "what has not changed is shown once"},
		{"IO_WQ_BOUND", "numbers without their places"},
		{"IORING_ENTER_EXT_ARG, ADDRESS", "strace does not know what the bit says of the argument"},
	}, []string{
		`io_uring_enter(3, 0, 1, IORING_ENTER_GETEVENTS|IORING_ENTER_EXT_ARG, {sigmask=NULL, sigmask_sz=0, min_wait_usec=0, ts={tv_sec=1, tv_nsec=2}}, 24) = 0`,
		`io_uring_enter(3, 3 /* {opcode=IORING_OP_OPENAT, fd=AT_FDCWD, addr="/dev/null", op_flags=O_RDWR|O_CLOEXEC, user_data=0x1}, {opcode=IORING_OP_WRITE, flags=IOSQE_IO_LINK, fd=1, addr="what", off=-1, len=4, user_data=0x2}, {opcode=IORING_OP_NOP, user_data=0} */, 3, IORING_ENTER_GETEVENTS, NULL, 8) = 3`,
		`io_uring_enter(3, 3 /* {opcode=IORING_OP_WRITEV, fd=1, addr=[{iov_base="what", iov_len=4}, {iov_base=" is wr", iov_len=6}], off=-1, len=2, user_data=0}, {opcode=IORING_OP_TIMEOUT, addr={tv_sec=1, tv_nsec=5}, off=0, len=1, op_flags=IORING_TIMEOUT_ABS, user_data=0x7}, {opcode=IORING_OP_POLL_ADD, fd=0, op_flags=POLLIN, user_data=0} */, 0, 0, NULL, 8) = 3`,
	}},
	{"sockets", []otherLine{
		{`\0", `, "texts that the kernel takes as far as the first NUL"},
		{`\0\0", [16]`, "the same"},
		{"SO_KEEPALIVE, ADDRESS, 2", "what is too short is shown as bytes"},
		{"imr_interface=inet_addr(\"127.0.0.1\")}, 12", "the longer structure is shown whole"},
		{"IP_MULTICAST_IF", "an address is no number"},
		{"IPV6_ADD_MEMBERSHIP", "of two names the one that RFC 3493 has"},
		{"SOL_??", "names that have more in common; bytes of levels that strace does not know"},
		{"IP_TOS", "one byte, spelled as bytes are"},
		{"cmsg_level=SOL_IPV6", "strace does not know messages of IPv6"},
		{"nl_groups=0x000011", "strace pads the bits with zeros"},
		{"CRYPTO_ALG_???", "bits of which but a few have names"},
		{"AF_BLUETOOTH", "shown as bytes: which of its structures it is goes by the socket's protocol"},
	}, nil},
	{"system", []otherLine{
		{"BPF_PROG_GET_FD_BY_ID", "no more than the size says"},
		{"PTRACE_GET_SYSCALL_INFO", "strace shows as much as the call has returned, which is nothing"},
		{"TUNSETIFF", "strace does not know the structure"},
		{"TUNSETPERSIST", "a number that is a truth"},
		{" or ", "one name is enough"},
	}, nil},
	{"devices", []otherLine{
		{"_IOC(", "requests of later kernels"},
		{"NOTIF_RECV", "what comes out is shown once, and the call that it is about by its number"},
	}, []string{
		"ioctl(3, NS_GET_MNTNS_ID, [5]) = 0", "ioctl(3, NS_GET_ID, [5]) = 0", "ioctl(3, NS_MNT_GET_INFO, ADDRESS) = 0",
		"ioctl(3, PIDFD_GET_NET_NAMESPACE, ADDRESS) = 0", "ioctl(3, PROCMAP_QUERY, ADDRESS) = 0",
		"ioctl(3, PAGEMAP_SCAN, ADDRESS) = 0", "ioctl(3, UFFDIO_MOVE, ADDRESS) = 0",
	}},
	{"rules", []otherLine{
		{"FUTEX_32", "the later name"},
		{"BPF_TRACE_FENTRY, flags=0}, ", "strace does not know links of tracing"},
		{"BPF_ENABLE_STATS", "strace does not know what it takes"},
		{"BPF_ITER_CREATE", "the same"},
		{"BPF_LINK_DETACH", "the same"},
		{"BPF_PROG_BIND_MAP", "the same"},
	}, []string{
		`bpf(BPF_LINK_CREATE, {link_create={prog_fd=3, target_fd=0, attach_type=BPF_TRACE_FENTRY, flags=0, tracing={target_btf_id=7, cookie=0x4d}}}, 144) = 0`,
		`bpf(BPF_ENABLE_STATS, {enable_stats={type=BPF_STATS_RUN_TIME}}, 4) = 0`,
		`bpf(BPF_ITER_CREATE, {iter_create={link_fd=3, flags=0}}, 8) = 0`,
		`bpf(BPF_LINK_DETACH, {link_detach={link_fd=3}}, 4) = 0`,
		`bpf(BPF_PROG_BIND_MAP, {prog_bind_map={prog_fd=3, map_fd=4, flags=0}}, 12) = 0`,
	}},
	{"requests", []otherLine{
		{"FS_IOC_FIEMAP", "what has not changed is shown once"},
		{"VIDIOC_REQBUFS", "the same"},
		{" or ", "one name is enough"},
		{"rax=0x1, ..., rsp", "what -v would show is told of at the end"},
		{"entries=[...]", "the same"},
	}, nil},
	{"interfaces", []otherLine{
		{"IPV6_DROP_MEMBERSHIP", "of two names the one that RFC 3493 has"},
	}, nil},
	{"netlink", []otherLine{
		{"NLMSG_??? */", "strace knows the family of a socket that has a port alone"},
		{"IFLA_LINKINFO", "attributes within attributes are shown to the second level"},
		{"IPV4_DEVCONF", "numbers without their places"},
		{"{ifa_family=AF_UNSPEC, ...}", "the short message has no more"},
		{"idiag_state", "attributes with structures are shown as bytes"},
		{"nlctrl", "strace does not decode what generic netlink says"},
		{`"\x10\x00\x00\x00\x01`, "too short for a message: text like any other"},
		{"nlmsg_len=2000", "an attribute that is cut off"},
	}, nil},
}

// otherLine is part of a line of strace's that Sonde has otherwise.
type otherLine struct{ part, reason string }

// TestDecodesAsStrace has programs make system calls with arguments of every kind: what
// Sonde writes must be what strace does.
func TestDecodesAsStrace(t *testing.T) {
	strace := testkit.Need(t, "strace")
	sonde := testkit.Sonde(t)
	for _, d := range decodings {
		for _, options := range [][]string{{"-v"}, {}} {
			t.Run(strings.Join(append([]string{d.program}, options...), " "), func(t *testing.T) {
				program := testkit.Build(t, "testdata/decode/"+d.program+".c", "-w")
				dir := t.TempDir()
				theirs := decoded(t, dir, program, append([]string{strace}, options...))
				ours := decoded(t, dir, program, append([]string{sonde, "-L", "-S"}, options...))
				if len(ours) != len(theirs) {
					t.Fatalf("%d lines, and %d of strace", len(ours), len(theirs))
				}
				for _, line := range d.wants {
					if !slices.Contains(ours, line) {
						t.Errorf("want %s", line)
					}
				}
				for i := range ours {
					if ours[i] != theirs[i] && !otherwise(theirs[i], d.others) {
						t.Errorf("Sonde  %s\nstrace %s", ours[i], theirs[i])
					}
				}
			})
		}
	}
}

func otherwise(line string, others []otherLine) bool {
	for _, o := range others {
		if strings.Contains(line, o.part) {
			return true
		}
	}
	return false
}

// decoded returns the system calls of a program from its first getpid on.
func decoded(t *testing.T, dir, program string, tracer []string) []string {
	t.Helper()
	trace := filepath.Join(dir, "trace")
	args := append(tracer, "-o", trace, program)
	checkExit(t, testkit.Command{Args: args, Dir: dir, Trace: trace}.Run(t), 0)
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(strings.ReplaceAll(string(data), "@SYS(", "("), "\ngetpid()")
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "+++") {
			continue
		}
		line = regexp.MustCompile(`\) +=`).ReplaceAllString(strings.TrimSuffix(line, "\n"), ") =")
		for _, o := range otherDecodings {
			line = o.line.ReplaceAllString(line, o.same)
		}
		lines = append(lines, line)
	}
	return lines[1:]
}
