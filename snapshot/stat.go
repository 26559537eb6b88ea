package snapshot

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// stat are fields of /proc/PID/stat and /proc/PID/task/TID/stat (proc_pid_stat(5)).
type stat struct {
	name                       string
	ppid, pgrp, sid            int
	flags                      uint64
	user, system               time.Duration
	childrenUser, childrenSyst time.Duration
	nice                       int
}

// userHz is how many ticks /proc counts to a second on every machine that Sonde knows
// (USER_HZ, asm/param.h).
const userHz = 100

// readStat reads such a file. The name in it may hold anything, a parenthesis too.
func readStat(path string) (stat, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return stat{}, err
	}
	open, shut := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || shut < open {
		return stat{}, fmt.Errorf("read %s: odd text %q", path, text)
	}
	f := bytes.Fields(text[shut+1:])
	number := func(n int) int64 { // by proc_pid_stat(5), where the state is 3
		if n-3 >= len(f) {
			return 0
		}
		v, _ := strconv.ParseInt(string(f[n-3]), 10, 64)
		return v
	}
	ticks := func(n int) time.Duration { return time.Duration(number(n)) * (time.Second / userHz) }
	return stat{
		name: string(text[open+1 : shut]),
		ppid: int(number(4)), pgrp: int(number(5)), sid: int(number(6)), flags: uint64(number(9)),
		user: ticks(14), system: ticks(15), childrenUser: ticks(16), childrenSyst: ticks(17),
		nice: int(number(19)),
	}, nil
}
