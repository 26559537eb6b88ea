package descriptor

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// tables reads the tables of sockets in /proc/PID/net, proc_pid_net(5).
type tables struct {
	in *bufio.Reader
}

// maxLine bounds a line; that of a Unix socket has a name of up to 108 bytes.
const maxLine = 4096

// maxFields is how many of a line's words are looked at.
const maxFields = 10

// each calls f with the lines of a table until it returns false.
func (t *tables) each(path string, f func(line []byte) bool) {
	file, err := openTable(path)
	if err != nil {
		return
	}
	defer unix.Close(int(file))
	if t.in == nil {
		t.in = bufio.NewReaderSize(nil, maxLine)
	}
	t.in.Reset(file)
	defer t.in.Reset(nil)
	for {
		line, err := t.in.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull: // no line that is known: f says so
		case err != nil && (err != io.EOF || len(line) == 0):
			return
		}
		if !f(line) {
			return
		}
	}
}

// tableFile is a table that is open. An os.File would ask whether it can be polled,
// each time.
type tableFile int

func openTable(path string) (tableFile, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return tableFile(fd), err
}

// Read is io.Reader's.
func (f tableFile) Read(p []byte) (int, error) {
	n, err := unix.Read(int(f), p)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// inetSocket is a line of tcp, tcp6, udp or udp6.
type inetSocket struct {
	local, remote netip.AddrPort
	state         uint64
	inode         uint64
}

// parseInet reads such a line: "sl: local remote st tx:rx tr:when retrnsmt uid
// timeout inode ..." (tcp4_seq_show in net/ipv4/tcp_ipv4.c).
func parseInet(line []byte) (s inetSocket, ok bool) {
	var fields [maxFields][]byte
	if split(line, fields[:]) < len(fields) {
		return s, false
	}
	var err error
	if s.inode, err = strconv.ParseUint(string(fields[9]), 10, 64); err != nil || s.inode == 0 {
		return s, false
	}
	if s.state, err = strconv.ParseUint(string(fields[3]), 16, 8); err != nil {
		return s, false
	}
	if s.local, ok = parseAddrPort(fields[1]); !ok {
		return s, false
	}
	s.remote, ok = parseAddrPort(fields[2])
	return s, ok
}

// parseAddrPort reads an address and a port in base 16. The address is in the
// network's order, and printed as numbers of 32 bits of the machine's.
func parseAddrPort(text []byte) (_ netip.AddrPort, ok bool) {
	host, port, ok := bytes.Cut(text, []byte(":"))
	if !ok || len(host) != 8 && len(host) != 32 {
		return netip.AddrPort{}, false
	}
	var raw [16]byte
	n, err := hex.Decode(raw[:], host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < n; i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	number, err := strconv.ParseUint(string(port), 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	addr, _ := netip.AddrFromSlice(raw[:n])
	return netip.AddrPortFrom(addr, uint16(number)), true
}

// netlinkSocket is a line of netlink.
type netlinkSocket struct{ family, port, inode uint64 }

// parseNetlink reads such a line: "sk Eth Pid Groups Rmem Wmem Dump Locks Drops
// Inode" (netlink_native_seq_show in net/netlink/af_netlink.c).
func parseNetlink(line []byte) (s netlinkSocket, ok bool) {
	var fields [maxFields][]byte
	if split(line, fields[:]) < len(fields) {
		return s, false
	}
	var errs [3]error
	s.family, errs[0] = strconv.ParseUint(string(fields[1]), 10, 32)
	s.port, errs[1] = strconv.ParseUint(string(fields[2]), 10, 32)
	s.inode, errs[2] = strconv.ParseUint(string(fields[9]), 10, 64)
	return s, errs == [3]error{} && s.inode != 0
}

// unixName returns the name of a Unix socket, an abstract one with the NUL that it
// begins with.
func (t *tables) unixName(path string, inode uint64) (name []byte) {
	t.each(path, func(line []byte) bool {
		ino, text, ok := parseUnix(line)
		if ok && ino == inode {
			name = bytes.Clone(text)
			return false
		}
		return true
	})
	if len(name) > 0 && name[0] == '@' {
		name[0] = 0 // as the table shows it (unix_seq_show in net/unix/af_unix.c)
	}
	return name
}

// parseUnix reads a line of unix: "Num: RefCount Protocol Flags Type St Inode
// Path". The path may have blanks, and may not be there.
func parseUnix(line []byte) (inode uint64, path []byte, ok bool) {
	var fields [7][]byte
	if split(line, fields[:]) < len(fields) {
		return 0, nil, false
	}
	inode, err := strconv.ParseUint(string(fields[6]), 10, 64)
	if err != nil {
		return 0, nil, false
	}
	// What is behind the inode: fields[6] is a part of line.
	behind := line[cap(line)-cap(fields[6])+len(fields[6]):]
	path = bytes.TrimSuffix(bytes.TrimPrefix(behind, []byte(" ")), []byte("\n"))
	return inode, path, true
}

// split cuts a line into words, as many as there is room for, and returns their
// number.
func split(line []byte, fields [][]byte) int {
	n := 0
	for i := 0; i < len(line) && n < len(fields); {
		if isBlank(line[i]) {
			i++
			continue
		}
		from := i
		for i < len(line) && !isBlank(line[i]) {
			i++
		}
		fields[n] = line[from:i]
		n++
	}
	return n
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }
