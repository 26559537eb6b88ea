// network.c: sockets of every kind, and what goes through them.
#include "every.h"
#include "structs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

/* i386 has accept through socketcall alone. */
#define SYS_ACCEPT 5

static long take(int fd, void *addr, void *len)
{
#ifdef __NR_accept
	return call(__NR_accept, fd, addr, len);
#else
	long args[] = {fd, (long)addr, (long)len};
	return call(__NR_socketcall, SYS_ACCEPT, args);
#endif
}

static char *address4(const struct sockaddr_in *a)
{
	return words("{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"%s\")}", ntohs(a->sin_port), inet_ntoa(a->sin_addr));
}

static char *tcp_state(const struct tcp_info *i)
{
	char *begin = words("{tcpi_state=TCP_ESTABLISHED, tcpi_ca_state=TCP_CA_Open%s", whole ? words(
		", tcpi_retransmits=%u, tcpi_probes=%u, tcpi_backoff=%u, tcpi_options=%s%s%s", i->tcpi_retransmits, i->tcpi_probes, i->tcpi_backoff,
		i->tcpi_options & TCPI_OPT_TIMESTAMPS ? "TCPI_OPT_TIMESTAMPS|" : "", i->tcpi_options & TCPI_OPT_SACK ? "TCPI_OPT_SACK|" : "",
		i->tcpi_options & TCPI_OPT_WSCALE ? "TCPI_OPT_WSCALE" : "0") : "");
	if (whole || i->tcpi_snd_wscale)
		begin = words("%s, tcpi_snd_wscale=%u", begin, i->tcpi_snd_wscale);
	if (whole || i->tcpi_rcv_wscale)
		begin = words("%s, tcpi_rcv_wscale=%u", begin, i->tcpi_rcv_wscale);
	int limited = ((unsigned char *)i)[7] & 1, refused = ((unsigned char *)i)[7] >> 1 & 3;
	if (whole || limited)
		begin = words("%s, tcpi_delivery_rate_app_limited=%d", begin, limited);
	if (whole || refused)
		begin = words("%s, tcpi_fastopen_client_fail=%d", begin, refused);
	if (!whole)
		return words("%s, tcpi_unacked=%u, tcpi_lost=%u, tcpi_rtt=%u, tcpi_rttvar=%u, tcpi_snd_cwnd=%u, tcpi_total_retrans=%u, ...}", begin,
			i->tcpi_unacked, i->tcpi_lost, i->tcpi_rtt, i->tcpi_rttvar, i->tcpi_snd_cwnd, i->tcpi_total_retrans);
	return words("%s, tcpi_rto=%u, tcpi_ato=%u, tcpi_snd_mss=%u, tcpi_rcv_mss=%u, tcpi_unacked=%u, tcpi_sacked=%u, tcpi_lost=%u, tcpi_retrans=%u, "
		"tcpi_fackets=%u, tcpi_last_data_sent=%u, tcpi_last_ack_sent=%u, tcpi_last_data_recv=%u, tcpi_last_ack_recv=%u, tcpi_pmtu=%u, "
		"tcpi_rcv_ssthresh=%u, tcpi_rtt=%u, tcpi_rttvar=%u, tcpi_snd_ssthresh=%u, tcpi_snd_cwnd=%u, tcpi_advmss=%u, tcpi_reordering=%u, "
		"tcpi_rcv_rtt=%u, tcpi_rcv_space=%u, tcpi_total_retrans=%u}", begin,
		i->tcpi_rto, i->tcpi_ato, i->tcpi_snd_mss, i->tcpi_rcv_mss, i->tcpi_unacked, i->tcpi_sacked, i->tcpi_lost, i->tcpi_retrans,
		i->tcpi_fackets, i->tcpi_last_data_sent, i->tcpi_last_ack_sent, i->tcpi_last_data_recv, i->tcpi_last_ack_recv, i->tcpi_pmtu,
		i->tcpi_rcv_ssthresh, i->tcpi_rtt, i->tcpi_rttvar, i->tcpi_snd_ssthresh, i->tcpi_snd_cwnd, i->tcpi_advmss, i->tcpi_reordering,
		i->tcpi_rcv_rtt, i->tcpi_rcv_space, i->tcpi_total_retrans);
}

// connected is a connection over the loopback interface: every call that makes one.
static void stream(void)
{
	struct sockaddr_in here = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}}, peer;
	socklen_t size = sizeof here;
	long server, client, taken, n;
	char text[64];

	server = call(__NR_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	want("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = %s", result(server));
	n = call(__NR_bind, server, &here, sizeof here);
	want("bind(%ld, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = %s", server, result(n));
	n = call(__NR_listen, server, 5);
	want("listen(%ld, 5) = %s", server, result(n));
	n = call(__NR_getsockname, server, &here, &size);
	want("getsockname(%ld, %s, [16]) = %s", server, address4(&here), result(n));
	client = call(__NR_socket, AF_INET, SOCK_STREAM, 0);
	want("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = %s", result(client));
	n = call(__NR_connect, client, &here, sizeof here);
	want("connect(%ld, %s, 16) = %s", client, address4(&here), result(n));
	size = sizeof peer + 4;
	taken = take(server, &peer, &size);
	want("accept(%ld, %s, [20 => 16]) = %s", server, address4(&peer), result(taken));
	size = sizeof peer;
	n = call(__NR_getpeername, taken, &peer, &size);
	want("getpeername(%ld, %s, [16]) = %s", taken, address4(&peer), result(n));
	struct tcp_info info;
	size = sizeof info;
	n = call(__NR_getsockopt, client, SOL_TCP, TCP_INFO, &info, &size);
	want("getsockopt(%ld, SOL_TCP, TCP_INFO, %s, [%d]) = %s", client, tcp_state(&info), (int)sizeof info, result(n));
	n = call(__NR_sendto, client, "hello\n", 6, MSG_NOSIGNAL, NULL, 0);
	want("sendto(%ld, \"hello\\n\", 6, MSG_NOSIGNAL, NULL, 0) = %s", client, result(n));
	n = call(__NR_recvfrom, taken, text, sizeof text, MSG_PEEK, NULL, NULL);
	want("recvfrom(%ld, \"hello\\n\", %zu, MSG_PEEK, NULL, NULL) = %s", taken, sizeof text, result(n));
	n = call(__NR_shutdown, client, SHUT_WR);
	want("shutdown(%ld, SHUT_WR) = %s", client, result(n));
	close(client);
	client = call(__NR_socket, AF_INET, SOCK_STREAM, 0);
	call(__NR_connect, client, &here, sizeof here);
	n = call(__NR_accept4, server, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	want("accept4(%ld, NULL, NULL, SOCK_CLOEXEC|SOCK_NONBLOCK) = %s", server, result(n));
}

static void options(void)
{
	long fd = socket(AF_INET, SOCK_STREAM, 0), n;
	int one = 1, got = 0;
	socklen_t size = sizeof got;
	struct linger linger = {1, 7};

	n = call(__NR_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	want("setsockopt(%ld, SOL_SOCKET, SO_REUSEADDR, [1], 4) = %s", fd, result(n));
	n = call(__NR_setsockopt, fd, SOL_TCP, TCP_NODELAY, &one, sizeof one);
	want("setsockopt(%ld, SOL_TCP, TCP_NODELAY, [1], 4) = %s", fd, result(n));
	n = call(__NR_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	want("setsockopt(%ld, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=7}, 8) = %s", fd, result(n));
	size = sizeof linger;
	n = call(__NR_getsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, &size);
	want("getsockopt(%ld, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=7}, [8]) = %s", fd, result(n));
	size = sizeof got;
	n = call(__NR_getsockopt, fd, SOL_SOCKET, SO_SNDBUF, &got, &size);
	want("getsockopt(%ld, SOL_SOCKET, SO_SNDBUF, [%d], [4]) = %s", fd, got, result(n));
	n = call(__NR_getsockopt, fd, SOL_IP, IP_TTL, &got, &size);
	want("getsockopt(%ld, SOL_IP, IP_TTL, [%d], [4]) = %s", fd, got, result(n));
	n = call(__NR_getsockopt, fd, SOL_SOCKET, SO_TYPE, &got, &size);
	want("getsockopt(%ld, SOL_SOCKET, SO_TYPE, [%d], [4]) = %s", fd, got, result(n));
	close(fd);
}

static char *address6(const struct sockaddr_in6 *a)
{
	char text[64];
	inet_ntop(AF_INET6, &a->sin6_addr, text, sizeof text);
	return words("{sa_family=AF_INET6, sin6_port=htons(%d), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"%s\", &sin6_addr), sin6_scope_id=%u}",
		     ntohs(a->sin6_port), ntohl(a->sin6_flowinfo), text, a->sin6_scope_id);
}

// Datagrams of IPv6 need no such address to be there: what fails shows as much.
static void datagrams(void)
{
	struct sockaddr_in6 to = {AF_INET6, htons(9), htonl(5), IN6ADDR_LOOPBACK_INIT, 7003};
	long fd = call(__NR_socket, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP), n;

	want("socket(AF_INET6, SOCK_DGRAM|SOCK_NONBLOCK, IPPROTO_UDP) = %s", result(fd));
	n = call(__NR_sendto, fd, "six", 3, MSG_DONTWAIT, &to, sizeof to);
	want("sendto(%ld, \"six\", 3, MSG_DONTWAIT, %s, 28) = %s", fd, address6(&to), result(n));
	to.sin6_scope_id = 0;
	n = call(__NR_connect, fd, &to, sizeof to);
	want("connect(%ld, %s, 28) = %s", fd, address6(&to), result(n));
}

static void local(void)
{
	struct sockaddr_un name = {AF_UNIX, "socket"}, from;
	struct sockaddr_un abstract = {AF_UNIX, "\0sonde-every"};
	int pair[2], passed[2] = {1, 2};
	socklen_t size;
	char text[32], more[32];
	long a, b, n;

	n = call(__NR_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
	want("socketpair(AF_UNIX, SOCK_SEQPACKET, 0, [%d, %d]) = %s", pair[0], pair[1], result(n));
	a = call(__NR_socket, AF_UNIX, SOCK_DGRAM, 0);
	want("socket(AF_UNIX, SOCK_DGRAM, 0) = %s", result(a));
	n = call(__NR_bind, a, &name, offsetof(struct sockaddr_un, sun_path) + sizeof "socket");
	want("bind(%ld, {sa_family=AF_UNIX, sun_path=\"socket\"}, 9) = %s", a, result(n));
	b = call(__NR_socket, AF_UNIX, SOCK_DGRAM, 0);
	n = call(__NR_bind, b, &abstract, offsetof(struct sockaddr_un, sun_path) + 12);
	want("bind(%ld, {sa_family=AF_UNIX, sun_path=@\"sonde-every\"}, 14) = %s", b, result(n));
	n = call(__NR_sendto, b, "to a path", 9, 0, &name, offsetof(struct sockaddr_un, sun_path) + sizeof "socket");
	want("sendto(%ld, \"to a path\", 9, 0, {sa_family=AF_UNIX, sun_path=\"socket\"}, 9) = %s", b, result(n));
	size = sizeof from;
	n = call(__NR_recvfrom, a, text, sizeof text, MSG_DONTWAIT, &from, &size);
	want("recvfrom(%ld, \"to a path\", 32, MSG_DONTWAIT, {sa_family=AF_UNIX, sun_path=@\"sonde-every\"}, [110 => 14]) = %s", a, result(n));
	unlink("socket");
	close(a);
	close(b);

	union { struct cmsghdr head; char room[CMSG_SPACE(2 * sizeof(int))]; } control;
	struct iovec out[2] = {{"one", 3}, {"two", 3}}, in[1] = {{text, sizeof text}};
	struct msghdr m = {NULL, 0, out, 2, &control, sizeof control, 0};
	control.head = (struct cmsghdr){CMSG_LEN(sizeof passed), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.head), passed, sizeof passed);
	n = call(__NR_sendmsg, pair[0], &m, MSG_EOR);
	want("sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}, {iov_base=\"two\", iov_len=3}], msg_iovlen=2, "
	     "msg_control=[{cmsg_len=%zu, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[1, 2]}], msg_controllen=%zu, msg_flags=0}, MSG_EOR) = %s",
	     pair[0], (size_t)CMSG_LEN(8), sizeof control, result(n));
	m = (struct msghdr){NULL, 0, in, 1, &control, sizeof control, 0};
	n = call(__NR_recvmsg, pair[1], &m, MSG_CMSG_CLOEXEC);
	memcpy(passed, CMSG_DATA(&control.head), sizeof passed);
	want("recvmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"onetwo\", iov_len=32}], msg_iovlen=1, "
	     "msg_control=[{cmsg_len=%zu, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[%d, %d]}], msg_controllen=%zu, msg_flags=MSG_CMSG_CLOEXEC}, MSG_CMSG_CLOEXEC) = %s",
	     pair[1], (size_t)CMSG_LEN(8), passed[0], passed[1], (size_t)m.msg_controllen, result(n));

	struct iovec first = {"first", 5}, second = {"second", 6}, to[2] = {{text, sizeof text}, {more, sizeof more}};
	struct mmsghdr many[2] = {{{NULL, 0, &first, 1, NULL, 0, 0}, 0}, {{NULL, 0, &second, 1, NULL, 0, 0}, 0}};
	n = call(__NR_sendmmsg, pair[0], many, 2, MSG_DONTWAIT);
	want("sendmmsg(%d, [{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"first\", iov_len=5}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}, "
	     "{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"second\", iov_len=6}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=6}], 2, MSG_DONTWAIT) = %s",
	     pair[0], result(n));
	struct mmsghdr got[2] = {{{NULL, 0, &to[0], 1, NULL, 0, 0}, 0}, {{NULL, 0, &to[1], 1, NULL, 0, 0}, 0}};
	struct { long sec, nsec; } soon = {1, 2};
	n = call(__NR_recvmmsg, pair[1], got, 2, MSG_DONTWAIT, &soon);
	char *both = "[{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"first\", iov_len=32}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}, "
		     "{msg_hdr={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"second\", iov_len=32}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=6}]";
	want("recvmmsg(%d, %s, 2, MSG_DONTWAIT, {tv_sec=1, tv_nsec=2}) = %s (left {tv_sec=%ld, tv_nsec=%ld})", pair[1], both, result(n), soon.sec, soon.nsec);
#ifdef __i386__
	struct { int64_t sec, nsec; } later = {3, 4};
	call(__NR_sendmmsg, pair[0], many, 2, MSG_DONTWAIT);
	n = call(__NR_recvmmsg_time64, pair[1], got, 2, MSG_DONTWAIT, &later);
	want("recvmmsg_time64(%d, %s, 2, MSG_DONTWAIT, {tv_sec=3, tv_nsec=4}) = %s (left {tv_sec=%lld, tv_nsec=%lld})", pair[1], both, result(n),
	     (long long)later.sec, (long long)later.nsec);
#endif
}

static void netlink(void)
{
	struct sockaddr_nl name = {AF_NETLINK, 0, 0, 5};
	long fd, n;

	fd = call(__NR_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	want("socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = %s", result(fd));
	n = call(__NR_bind, fd, &name, sizeof name);
	want("bind(%ld, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=0x5}, 12) = %s", fd, result(n));
}

#ifdef __i386__
// socketcall(2) is told as the calls that it makes.
static void multiplexed(void)
{
	int pair[2];
	char text[8];
	long make[] = {AF_UNIX, SOCK_STREAM, 0, (long)pair}, n;

	n = call(__NR_socketcall, 8, make);
	want("socketpair(AF_UNIX, SOCK_STREAM, 0, [%d, %d]) = %s", pair[0], pair[1], result(n));
	long send[] = {pair[0], (long)"abc", 3, MSG_NOSIGNAL};
	n = call(__NR_socketcall, 9, send);
	want("send(%d, \"abc\", 3, MSG_NOSIGNAL) = %s", pair[0], result(n));
	long receive[] = {pair[1], (long)text, sizeof text, 0};
	n = call(__NR_socketcall, 10, receive);
	want("recv(%d, \"abc\", 8, 0) = %s", pair[1], result(n));
	long down[] = {pair[1], SHUT_RDWR};
	n = call(__NR_socketcall, 13, down);
	want("shutdown(%d, SHUT_RDWR) = %s", pair[1], result(n));
	n = call(__NR_socketcall, 99, down);
	want("socketcall(0x63 /* SYS_??? */, %p) = %s", (void *)down, result(n));
}
#endif

int main(int argc, char **argv)
{
	begin(argc, argv);
	stream();
	options();
	datagrams();
	local();
	netlink();
#ifdef __i386__
	multiplexed();
#endif
	return done();
}
