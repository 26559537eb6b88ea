package descriptor

import "testing"

// linesOfTables are lines as the kernel of a little-endian machine writes them.
var linesOfTables = []string{
	"   0: 0100007F:8F5B 0200007F:0016 01 00000000:00000000 00:00000000 00000000  1000        0 10459405 1 0000000000000000 100 0 0 10 0\n",
	"   1: 00000000000000000000000001000000:941F 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n",
	"0000000000000000 0   19957      00000111 0        0        0        2        0        10459459\n",
	"0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b\n",
	"0000000000000000: 00000003 00000000 00000000 0001 03 4712\n",
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
}

func TestLines(t *testing.T) {
	s, ok := parseInet([]byte(linesOfTables[0]))
	if !ok || s.local.String() != "127.0.0.1:36699" || s.remote.String() != "127.0.0.2:22" || s.state != tcpEstablished || s.inode != 10459405 {
		t.Errorf("tcp: %+v %v", s, ok)
	}
	s, ok = parseInet([]byte(linesOfTables[1]))
	if !ok || s.local.String() != "[::1]:37919" || s.remote.String() != "[::]:0" || s.state != 10 || s.inode != 4711 {
		t.Errorf("tcp6: %+v %v", s, ok)
	}
	if s, ok := parseNetlink([]byte(linesOfTables[2])); !ok || s != (netlinkSocket{0, 19957, 10459459}) {
		t.Errorf("netlink: %+v %v", s, ok)
	}
	if inode, path, ok := parseUnix([]byte(linesOfTables[3])); !ok || inode != 4711 || string(path) != "/run/a b" {
		t.Errorf("unix: %d %q %v", inode, path, ok)
	}
	if inode, path, ok := parseUnix([]byte(linesOfTables[4])); !ok || inode != 4712 || len(path) > 0 {
		t.Errorf("unix without a name: %d %q %v", inode, path, ok)
	}
	head := []byte(linesOfTables[5])
	if _, ok := parseInet(head); ok {
		t.Error("the head of a table is taken for a socket")
	}
}

// FuzzLine reads lines that no kernel writes.
func FuzzLine(f *testing.F) {
	for _, line := range linesOfTables {
		f.Add([]byte(line))
	}
	f.Add([]byte("0: 0:0 0:0 0 0 0 0 0 0 1"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if s, ok := parseInet(line); ok && (!s.local.IsValid() || !s.remote.IsValid() || s.inode == 0) {
			t.Errorf("%q: %+v", line, s)
		}
		if s, ok := parseNetlink(line); ok && s.inode == 0 {
			t.Errorf("%q: %+v", line, s)
		}
		if _, path, ok := parseUnix(line); ok && len(path) > len(line) {
			t.Errorf("%q: %q", line, path)
		}
	})
}

// FuzzUnixDiag reads answers that no kernel gives.
func FuzzUnixDiag(f *testing.F) {
	f.Add([]byte("\x40\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x01\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x06\x00\x00\x00ab\x00\x00\x08\x00\x02\x00\x02\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, name := parseUnixDiag(answer, 1); len(name) > len(answer) {
			t.Errorf("%q: %q", answer, name)
		}
	})
}

func TestUnixDiag(t *testing.T) {
	answer := []byte("\x28\x00\x00\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x01\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x06\x00\x00\x00ab\x00\x00\x08\x00\x02\x00\x02\x00\x00\x00")
	if peer, name := parseUnixDiag(answer, 1); peer != 0 || string(name) != "ab" {
		t.Errorf("an answer of %d bytes that says 40: peer %d, name %q", len(answer), peer, name)
	}
	answer[0] = byte(len(answer))
	if peer, name := parseUnixDiag(answer, 1); peer != 2 || string(name) != "ab" {
		t.Errorf("peer %d, name %q, want 2, ab", peer, name)
	}
	if peer, name := parseUnixDiag(answer, 3); peer != 0 || name != nil {
		t.Errorf("of another socket: peer %d, name %q", peer, name)
	}
}
