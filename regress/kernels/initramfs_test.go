package main

import (
	"bytes"
	"testing"
)

// TestArchive holds an archive against what buffer-format.rst says, byte by byte. The
// fields are: inode, mode, user, group, links, time, size, the disk's and the device's
// numbers, the length of the name, and a check sum that is not looked at.
func TestArchive(t *testing.T) {
	const want = "070701" + "00000001" + "000041ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000004" + "00000000" + "dev\x00" + "\x00\x00" +
		"070701" + "00000002" + "00002180" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000005" + "00000001" + "0000000C" + "00000000" + "dev/console\x00" + "\x00\x00" +
		"070701" + "00000003" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000005" + "00000000" + "init\x00" + "\x00" + "12345\x00\x00\x00" +
		"070701" + "00000004" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "0000000B" + "00000000" + "TRAILER!!!\x00" + "\x00\x00\x00"
	var b bytes.Buffer
	if err := writeArchive(&b, []entry{
		{name: "dev", mode: kindDir | 0o755},
		{name: "dev/console", mode: kindChar | 0o600, major: 5, minor: 1},
		{name: "init", mode: kindFile | 0o755, content: []byte("12345")},
	}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != want {
		t.Errorf("%q, want\n%q", got, want)
	}
}
