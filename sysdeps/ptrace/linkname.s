// The presence of an assembly file lets the package declare functions without
// bodies on every machine: the runtime's fork brackets (fork_linux.go).
