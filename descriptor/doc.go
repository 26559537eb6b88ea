// Package descriptor owns what the file descriptors of a process lead to, in the
// spelling of strace -y and -yy; of which family a socket of netlink is, by which its
// messages are read; and which entries wait in the queue of an io_uring.
//
// It is read anew each time it is asked for. What a descriptor leads to changes in
// ways that no tracer sees: other processes rename and remove files and put
// descriptors into tables that they share, io_uring opens and closes without a
// system call, a peer connects. Asking the kernel for one costs a tenth of what the
// stop does at which it is asked for.
//
// Only of sockets is anything remembered, by inode: the protocol, which stays, and
// both ends of streams, TCP's and Unix's, once they are connected. A Unix one may be
// given a name even then, by bind(2), upon which Forget is due. And Plain is for whoever
// sees all that closes descriptors: those that need not be asked whether they are netlink's.
package descriptor
