package ptrace

// Filled in by sonde_entry, before the runtime runs.
var (
	entryRan     bool
	entryIgnored uint64
	entryBlocked uint64
	entryFiles   [2]uint64
	entryClosed  uint64
)

func atEntry() (Inherited, bool) {
	return Inherited{
		Ignored: entryIgnored, Blocked: entryBlocked,
		FilesSoft: entryFiles[0], FilesHard: entryFiles[1], Closed: entryClosed,
	}, entryRan
}
