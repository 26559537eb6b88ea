// Package descriptor owns what the file descriptors of a process lead to, in the
// spelling of strace -y and -yy.
//
// It is read anew each time it is asked for. What a descriptor leads to changes in
// ways that no tracer sees: other processes rename and remove files and put
// descriptors into tables that they share, io_uring opens and closes without a
// system call, a peer connects. Only a TCP socket keeps its two ends once it is
// connected, and those alone are remembered, by inode.
package descriptor
