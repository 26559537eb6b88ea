package sysdeps

// i386Parts are the parts of i386's two calls that have many, and those that have
// their arguments elsewhere: the first of mmap and select in memory, where their only
// argument says, and _llseek with the upper half of the offset before the lower. The arguments of sockets'
// calls are an array that socketcall's second leads to (net/socket.c, nargs). Those of
// IPC's stand in ipc's first, second, third, ptr and fifth (ipc/syscall.c, ksys_ipc).
var i386Parts = []whole{
	{nr: 82, entry: "old_select", parts: []part{onlyPart: inMemory("select", 5)}},
	{nr: 90, entry: "old_mmap", parts: []part{onlyPart: inMemory("mmap", 6)}},
	{nr: 140, parts: []part{onlyPart: {name: "_llseek", args: []uint8{0, 2, 1, 3, 4}}}},
	{nr: 102, mask: 1<<32 - 1, parts: []part{
		1:  ofSocket("socket", 3),
		2:  ofSocket("bind", 3),
		3:  ofSocket("connect", 3),
		4:  ofSocket("listen", 2),
		5:  ofSocket("accept", 3),
		6:  ofSocket("getsockname", 3),
		7:  ofSocket("getpeername", 3),
		8:  ofSocket("socketpair", 4),
		9:  ofSocket("send", 4),
		10: ofSocket("recv", 4),
		11: ofSocket("sendto", 6),
		12: ofSocket("recvfrom", 6),
		13: ofSocket("shutdown", 2),
		14: ofSocket("setsockopt", 5),
		15: ofSocket("getsockopt", 5),
		16: ofSocket("sendmsg", 3),
		17: ofSocket("recvmsg", 3),
		18: ofSocket("accept4", 4),
		19: ofSocket("recvmmsg", 5),
		20: ofSocket("sendmmsg", 4),
	}},
	{nr: 117, mask: 0xffff, parts: []part{
		1:  {name: "semop", args: []uint8{1, 4, 2}},
		2:  {name: "semget", args: []uint8{1, 2, 3}},
		3:  {name: "semctl", args: []uint8{1, 2, 3, memoryWord}, block: 4, length: 1},
		4:  {name: "semtimedop", args: []uint8{1, 4, 2, 5}},
		11: {name: "msgsnd", args: []uint8{1, 4, 2, 3}},
		// The first version has room for a pointer and the type behind one pointer
		// (struct ipc_kludge).
		12: {
			name: "msgrcv", args: []uint8{1, memoryWord, 2, memoryWord + 1, 3}, block: 4, length: 2,
			versioned: &part{name: "msgrcv", args: []uint8{1, 4, 2, 5, 3}},
		},
		13: {name: "msgget", args: []uint8{1, 2}},
		14: {name: "msgctl", args: []uint8{1, 2, 4}},
		21: {name: "shmat", args: []uint8{1, 4, 2}, result: 3},
		22: {name: "shmdt", args: []uint8{4}},
		23: {name: "shmget", args: []uint8{1, 2, 3}},
		24: {name: "shmctl", args: []uint8{1, 2, 4}},
	}},
}

// ofSocket returns a part of socketcall's that has n arguments.
func ofSocket(name string, n uint8) part {
	p := inMemory(name, n)
	p.block = 1
	return p
}

// inMemory returns a part that has n arguments where the first argument leads to.
func inMemory(name string, n uint8) part {
	p := part{name: name, length: n}
	for i := range n {
		p.args = append(p.args, memoryWord+i)
	}
	return p
}
