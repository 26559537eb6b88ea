package descriptor

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// maxConnected bounds the sockets whose ends are remembered.
const maxConnected = 10_000

// appendSocket appends a socket's protocol and, as far as they are known, its
// ends; else its inode.
func (r *Reader) appendSocket(at string, inode uint64) bool {
	if known, ok := r.connected[inode]; ok {
		r.out = append(r.out, known...)
		return true
	}
	// The name that the kernel has for it (sockfs_xattr_get in net/socket.c).
	var name [64]byte
	n, err := unix.Getxattr(at, "system.sockprotoname", name[:])
	if err != nil || n < 2 {
		return false
	}
	protocol := name[:n-1] // without the NUL
	from := len(r.out)
	r.out = append(appendEscaped(r.out, protocol), ":["...)
	ends := len(r.out)
	stays := false
	switch string(protocol) {
	case "TCP":
		stays = r.appendInet("tcp", inode)
	case "TCPv6":
		stays = r.appendInet("tcp6", inode)
	case "UDP":
		r.appendInet("udp", inode)
	case "UDPv6":
		r.appendInet("udp6", inode)
	case "UNIX", "UNIX-STREAM":
		r.appendUnix(inode)
	case "NETLINK":
		r.appendNetlink(inode)
	}
	if len(r.out) == ends {
		r.out = strconv.AppendUint(r.out, inode, 10)
	}
	r.out = append(r.out, ']')
	if stays {
		if r.connected == nil || len(r.connected) >= maxConnected {
			r.connected = make(map[uint64]string)
		}
		r.connected[inode] = string(r.out[from:])
	}
	return true
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
// `4711->4712,"/run/x"`. The kernel tells the peer of sockets of the caller's
// network alone; of others, the table of their network has the name.
func (r *Reader) appendUnix(inode uint64) {
	var peer uint64
	var name []byte
	if r.sameNetwork() {
		peer, name = r.diag.lookup(inode)
	} else {
		name = r.tables.unixName(r.proc+"net/unix", inode)
	}
	if peer == 0 && len(name) == 0 {
		return
	}
	r.out = strconv.AppendUint(r.out, inode, 10)
	if peer != 0 {
		r.out = strconv.AppendUint(append(r.out, "->"...), peer, 10)
	}
	if len(name) == 0 {
		return
	}
	r.out = append(r.out, ',')
	if name[0] == 0 { // unix(7), abstract
		r.out, name = append(r.out, '@'), name[1:]
	}
	r.out = appendQuoted(r.out, untilNUL(name))
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

// netlinkFamilies are the NETLINK_ constants of linux/netlink.h.
var netlinkFamilies = [...]string{
	0: "ROUTE", 1: "UNUSED", 2: "USERSOCK", 3: "FIREWALL", 4: "SOCK_DIAG", 5: "NFLOG", 6: "XFRM",
	7: "SELINUX", 8: "ISCSI", 9: "AUDIT", 10: "FIB_LOOKUP", 11: "CONNECTOR", 12: "NETFILTER",
	13: "IP6_FW", 14: "DNRTMSG", 15: "KOBJECT_UEVENT", 16: "GENERIC", 18: "SCSITRANSPORT",
	19: "ECRYPTFS", 20: "RDMA", 21: "CRYPTO", 22: "SMC",
}
