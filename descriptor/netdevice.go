package descriptor

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// netDevices asks for the names of network interfaces, netdevice(7).
type netDevices struct {
	fd    int
	state int8 // of fd, as of unixDiag's
	name  []byte
}

// NetDevice returns the name that a network interface has for a thread, by its number:
// nil where there is none, or the thread is in another network namespace than Sonde.
// It is valid until the next NetDevice.
func (r *Reader) NetDevice(tid int, index uint32) []byte {
	r.proc = "/proc/" + strconv.Itoa(tid) + "/"
	if !r.sameNetwork() || !r.devices.open() {
		return nil
	}
	request, err := unix.NewIfreq("")
	if err != nil {
		return nil
	}
	request.SetUint32(index)
	if unix.IoctlIfreq(r.devices.fd, unix.SIOCGIFNAME, request) != nil {
		return nil
	}
	r.devices.name = append(r.devices.name[:0], request.Name()...)
	return r.devices.name
}

// open opens the socket, once: any will do.
func (d *netDevices) open() bool {
	if d.state == diagClosed {
		d.state = diagRefused
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return false
		}
		d.fd, d.state = fd, diagOpen
	}
	return d.state == diagOpen
}
