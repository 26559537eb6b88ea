package descriptor

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// socket is what stays as it is as long as a socket is there.
type socket struct {
	protocol string
	ends     string // with the protocol: "TCP:[127.0.0.1:22->127.0.0.1:4711]"; "" where it may change
}

// maxSockets bounds the sockets that are remembered.
const maxSockets = 10_000

// Forget drops what is remembered of sockets: one that is connected may have been
// given a name.
func (r *Reader) Forget() { clear(r.sockets) }

// appendSocket appends a socket's protocol and, as far as they are known, its
// ends; else its inode.
func (r *Reader) appendSocket(at string, inode uint64) bool {
	s, known := r.sockets[inode]
	if s.ends != "" {
		r.out = append(r.out, s.ends...)
		return true
	}
	if !known {
		if s.protocol = protocolOf(at); s.protocol == "" {
			return false
		}
	}
	from := len(r.out)
	if r.appendEnds(s.protocol, inode) {
		s.ends = string(r.out[from:])
	}
	if !known || s.ends != "" {
		if r.sockets == nil || len(r.sockets) >= maxSockets {
			r.sockets = make(map[uint64]socket)
		}
		r.sockets[inode] = s
	}
	return true
}

// protocolOf returns the name that the kernel has for a socket's protocol
// (sockfs_xattr_get in net/socket.c), or "".
func protocolOf(at string) string {
	var name [64]byte
	n, err := unix.Getxattr(at, "system.sockprotoname", name[:])
	if err != nil || n < 2 {
		return ""
	}
	return string(name[:n-1]) // without the NUL
}

// appendEnds appends a socket as it is shown, and tells whether it stays so.
func (r *Reader) appendEnds(protocol string, inode uint64) (stays bool) {
	r.out = append(appendEscaped(r.out, []byte(protocol)), ":["...)
	ends := len(r.out)
	switch protocol {
	case "TCP":
		stays = r.appendInet("tcp", inode)
	case "TCPv6":
		stays = r.appendInet("tcp6", inode)
	case "UDP":
		r.appendInet("udp", inode)
	case "UDPv6":
		r.appendInet("udp6", inode)
	case "UNIX": // of datagrams, or of packets: the peer may change
		r.appendUnix(inode)
	case "UNIX-STREAM":
		stays = r.appendUnix(inode)
	case "NETLINK":
		r.appendNetlink(inode)
	}
	if len(r.out) == ends {
		r.out = strconv.AppendUint(r.out, inode, 10)
	}
	r.out = append(r.out, ']')
	return stays
}

// appendInet appends the addresses of a socket, "127.0.0.1:22->127.0.0.1:4711",
// and tells whether they stay what they are: it is connected by TCP.
func (r *Reader) appendInet(table string, inode uint64) (stays bool) {
	r.tables.each(r.proc+"net/"+table, func(line []byte) bool {
		s, ok := parseInet(line)
		if !ok || s.inode != inode {
			return true
		}
		r.out = s.local.AppendTo(r.out)
		if s.remote.Port() != 0 || !s.remote.Addr().IsUnspecified() {
			r.out = s.remote.AppendTo(append(r.out, "->"...))
			stays = s.state == tcpEstablished
		}
		return false
	})
	return stays
}

// tcpEstablished is TCP_ESTABLISHED of include/net/tcp_states.h.
const tcpEstablished = 1

// appendUnix appends a socket's inode, its peer's, and its name:
// `4711->4712,"/run/x"`, and tells whether it has a peer. The kernel tells that of
// sockets of the caller's network alone; of others, the table of their network has
// the name.
func (r *Reader) appendUnix(inode uint64) (connected bool) {
	peer, name := r.diag.lookup(inode)
	if peer == 0 && len(name) == 0 && !r.sameNetwork() {
		name = r.tables.unixName(r.proc+"net/unix", inode)
	}
	if peer == 0 && len(name) == 0 {
		return false
	}
	r.out = strconv.AppendUint(r.out, inode, 10)
	if peer != 0 {
		r.out = strconv.AppendUint(append(r.out, "->"...), peer, 10)
	}
	if len(name) == 0 {
		return peer != 0
	}
	r.out = append(r.out, ',')
	if name[0] == 0 { // unix(7), abstract
		r.out, name = append(r.out, '@'), name[1:]
	}
	r.out = appendQuoted(r.out, untilNUL(name))
	return peer != 0
}

// untilNUL cuts a name where a NUL is: programs that bind with the size of a
// sockaddr_un have names full of them.
func untilNUL(name []byte) []byte {
	for i, c := range name {
		if c == 0 {
			return name[:i]
		}
	}
	return name
}

// sameNetwork tells whether the thread at hand is in the network namespace that
// Sonde is in.
func (r *Reader) sameNetwork() bool {
	var own, its unix.Stat_t
	return unix.Stat("/proc/thread-self/ns/net", &own) == nil && unix.Stat(r.proc+"ns/net", &its) == nil &&
		own.Dev == its.Dev && own.Ino == its.Ino
}

// appendNetlink appends the family of a netlink socket, and its port: "ROUTE:4711".
func (r *Reader) appendNetlink(inode uint64) {
	r.tables.each(r.proc+"net/netlink", func(line []byte) bool {
		s, ok := parseNetlink(line)
		if !ok || s.inode != inode {
			return true
		}
		if s.family < uint64(len(netlinkFamilies)) && netlinkFamilies[s.family] != "" {
			r.out = append(r.out, netlinkFamilies[s.family]...)
		} else {
			r.out = strconv.AppendUint(r.out, s.family, 10)
		}
		r.out = strconv.AppendUint(append(r.out, ':'), s.port, 10)
		return false
	})
}

// Netlink returns the family of the netlink socket that a descriptor of a thread is
// (linux/netlink.h): -1 if it is none, or who knows of which. It is plain if it is there
// and certainly none.
func (r *Reader) Netlink(tid int, fd int32) (family int, plain bool) {
	if fd < 0 {
		return -1, false
	}
	r.proc = "/proc/" + strconv.Itoa(tid) + "/"
	at := r.proc + "fd/" + strconv.Itoa(int(fd))
	var name [64]byte
	switch n, err := unix.Getxattr(at, "system.sockprotoname", name[:]); {
	case err == unix.EOPNOTSUPP || err == unix.ENODATA: // it is no socket
		return -1, true
	case err != nil:
		return -1, false
	case string(name[:n]) != "NETLINK\x00":
		return -1, true
	}
	var st unix.Stat_t
	if unix.Stat(at, &st) != nil {
		return -1, false
	}
	family = -1
	r.tables.each(r.proc+"net/netlink", func(line []byte) bool {
		s, ok := parseNetlink(line)
		if ok && s.inode == st.Ino && s.family <= maxNetlink {
			family = int(s.family)
		}
		return family < 0
	})
	if family < 0 {
		family = unboundNetlink(tid, fd)
	}
	return family, false
}

// unboundNetlink is Netlink for a socket that has no port yet: it is in no table until
// something is sent. A descriptor of our own for it tells (pidfd_getfd(2)).
func unboundNetlink(tid int, fd int32) int {
	socket, err := duplicate(tid, fd)
	if err != nil {
		return -1
	}
	defer unix.Close(socket)
	family, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_PROTOCOL)
	if err != nil || family < 0 || family > maxNetlink {
		return -1
	}
	return family
}

// maxNetlink is how many families there may be (MAX_LINKS of linux/netlink.h).
const maxNetlink = 32

// netlinkFamilies are the NETLINK_ constants of linux/netlink.h.
var netlinkFamilies = [...]string{
	0: "ROUTE", 1: "UNUSED", 2: "USERSOCK", 3: "FIREWALL", 4: "SOCK_DIAG", 5: "NFLOG", 6: "XFRM",
	7: "SELINUX", 8: "ISCSI", 9: "AUDIT", 10: "FIB_LOOKUP", 11: "CONNECTOR", 12: "NETFILTER",
	13: "IP6_FW", 14: "DNRTMSG", 15: "KOBJECT_UEVENT", 16: "GENERIC", 18: "SCSITRANSPORT",
	19: "ECRYPTFS", 20: "RDMA", 21: "CRYPTO", 22: "SMC",
}
