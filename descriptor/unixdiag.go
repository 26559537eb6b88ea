package descriptor

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// unixDiag asks the kernel for Unix sockets by their inodes, sock_diag(7).
type unixDiag struct {
	fd     int
	state  int8 // of fd: it is not open yet, open, or cannot be
	answer [4096]byte
}

const (
	diagClosed int8 = iota
	diagOpen
	diagRefused
)

// What linux/sock_diag.h and linux/unix_diag.h have, and x/sys has not.
const (
	sockDiagByFamily = 20      // SOCK_DIAG_BY_FAMILY
	showName         = 1       // UDIAG_SHOW_NAME
	showPeer         = 4       // UDIAG_SHOW_PEER
	attrName         = 0       // UNIX_DIAG_NAME
	attrPeer         = 2       // UNIX_DIAG_PEER
	diagRequestSize  = 16 + 24 // struct nlmsghdr, struct unix_diag_req
	diagAnswerSize   = 16 + 16 // struct nlmsghdr, struct unix_diag_msg
)

// lookup returns the inode of a socket's peer, 0 if it has none, and its name, nil
// likewise: valid until the next lookup.
func (d *unixDiag) lookup(inode uint64) (peer uint64, name []byte) {
	if inode != uint64(uint32(inode)) || !d.open() {
		return 0, nil
	}
	var req [diagRequestSize]byte
	order := binary.NativeEndian
	order.PutUint32(req[0:], diagRequestSize)
	order.PutUint16(req[4:], sockDiagByFamily)
	order.PutUint16(req[6:], unix.NLM_F_REQUEST)
	req[16] = unix.AF_UNIX
	order.PutUint32(req[20:], ^uint32(0)) // in any state
	order.PutUint32(req[24:], uint32(inode))
	order.PutUint32(req[28:], showName|showPeer)
	order.PutUint64(req[32:], ^uint64(0)) // whatever its cookie
	if unix.Sendto(d.fd, req[:], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}) != nil {
		return 0, nil
	}
	// The answer is there when the request has been sent (sock_diag_rcv in
	// net/core/sock_diag.c).
	n, _, err := unix.Recvfrom(d.fd, d.answer[:], unix.MSG_DONTWAIT)
	if err != nil {
		return 0, nil
	}
	return parseUnixDiag(d.answer[:n], uint32(inode))
}

// open opens the socket, once.
func (d *unixDiag) open() bool {
	if d.state == diagClosed {
		d.state = diagRefused
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
		if err != nil {
			return false
		}
		d.fd, d.state = fd, diagOpen
	}
	return d.state == diagOpen
}

// parseUnixDiag reads the answer: a header, the socket, and attributes.
func parseUnixDiag(p []byte, inode uint32) (peer uint64, name []byte) {
	order := binary.NativeEndian
	if len(p) < diagAnswerSize || order.Uint16(p[4:]) != sockDiagByFamily || order.Uint32(p[20:]) != inode {
		return 0, nil // an error: there is none such
	}
	p = p[diagAnswerSize:min(len(p), max(diagAnswerSize, int(order.Uint32(p))))]
	for len(p) >= unix.SizeofRtAttr {
		size, kind := int(order.Uint16(p)), order.Uint16(p[2:])
		if size < unix.SizeofRtAttr || size > len(p) {
			break
		}
		data := p[unix.SizeofRtAttr:size]
		switch {
		case kind == attrName:
			name = data
		case kind == attrPeer && len(data) == 4:
			peer = uint64(order.Uint32(data))
		}
		p = p[min(len(p), (size+unix.RTA_ALIGNTO-1)&^(unix.RTA_ALIGNTO-1)):]
	}
	return peer, name
}
