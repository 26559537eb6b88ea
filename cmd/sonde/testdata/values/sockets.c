// Sockets, addresses and names of the network.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "expect.h"

static char buf[256];
static int n;

static void addresses(void)
{
	struct in_addr four;
	struct in6_addr six;
	n = inet_pton(AF_INET, "127.0.0.1", &four);
	expect("inet_pton(AF_INET, \"127.0.0.1\", 127.0.0.1) = 1");
	n = inet_pton(AF_INET6, "2001:db8::1", &six);
	expect("inet_pton(AF_INET6, \"2001:db8::1\", 2001:db8::1) = 1");
	n = inet_pton(AF_INET, "nowhere", &four);
	expect("inet_pton(AF_INET, \"nowhere\", %p) = 0", (void *)&four);
	const char *s = inet_ntop(AF_INET6, &six, buf, sizeof buf);
	expect("inet_ntop(AF_INET6, 2001:db8::1, %p, 256) = \"2001:db8::1\"", buf);
	four.s_addr = htonl(0x0a000001);
	expect("htonl(0xa000001) = 0x100000a");
	s = inet_ntoa(four);
	expect("inet_ntoa(10.0.0.1) = \"10.0.0.1\"");
	in_addr_t word = inet_addr("10.0.0.2");
	expect("inet_addr(\"10.0.0.2\") = 10.0.0.2");
	n = inet_aton("10.0.0.3", &four);
	expect("inet_aton(\"10.0.0.3\", 10.0.0.3) = 1");
	n = htons(80);
	expect("htons(80) = 0x5000");
	n = ntohs(0x1234);
	expect("ntohs(0x1234) = 13330");
	(void)word;
}

static void internet(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f}, got;
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = 0x5000, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	socklen_t length = sizeof got;
	int on = 1, value;
	n = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	expect("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3");
	n = setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	expect("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, 1, 4) = 0");
	n = setsockopt(3, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	expect("setsockopt(3, SOL_TCP, TCP_NODELAY, 1, 4) = 0");
	n = bind(3, (struct sockaddr *)&in, sizeof in);
	expect("bind(3, { AF_INET, { 0, 127.0.0.1 } }, 16) = 0");
	n = getsockname(3, (struct sockaddr *)&got, &length);
	int port = got.sin_port >> 8 | (got.sin_port & 0xff) << 8;
	expect("getsockname(3, { AF_INET, { %d, 127.0.0.1 } }, 16) = 0", port);
	n = listen(3, 5);
	expect("listen(3, 5) = 0");
	n = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	expect("socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 4");
	n = getpeername(4, (struct sockaddr *)&got, &length);
	expect("getpeername(4, %p, 16) = -1 %s", (void *)&got, expect_error());
	length = sizeof value;
	n = getsockopt(3, SOL_SOCKET, SO_TYPE, &value, &length);
	expect("getsockopt(3, SOL_SOCKET, SO_TYPE, SOCK_STREAM, 4) = 0");
	in.sin_port = 0;
	n = socket(AF_INET, SOCK_DGRAM, 0);
	expect("socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 5");
	n = connect(-1, (struct sockaddr *)&in6, sizeof in6);
	expect("connect(-1, { AF_INET6, { 80, 0, ::1, 0 } }, 28) = -1 %s", expect_error());
	struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_ifindex = 7, .sll_hatype = ARPHRD_ETHER, .sll_pkttype = PACKET_HOST,
				   .sll_halen = 6, .sll_addr = {2, 0, 0, 0, 0xab, 5}};
	n = connect(-1, (struct sockaddr *)&link, sizeof link);
	expect("connect(-1, { AF_PACKET, { sll_protocol=0, sll_ifindex=7, sll_hatype=ARPHRD_ETHER, sll_pkttype=PACKET_HOST, sll_halen=6, "
	       "sll_addr=02:00:00:00:ab:05 } }, 20) = -1 %s", expect_error());
	n = accept(-1, NULL, NULL);
	expect("accept(-1, nil, nil) = -1 %s", expect_error());
	n = shutdown(4, SHUT_RDWR);
	expect("shutdown(4, SHUT_RDWR) = -1 %s", expect_error());
}

static void local(void)
{
	int pair[2];
	struct sockaddr_un un = {AF_UNIX, "/nowhere/at/all"};
	n = close(5), n = close(4), n = close(3);
	expect("close(5) = 0");
	expect("close(4) = 0");
	expect("close(3) = 0");
	n = socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	expect("socketpair(AF_UNIX, SOCK_DGRAM, 0, [ 3, 4 ]) = 0");
	n = connect(3, (struct sockaddr *)&un, sizeof un);
	expect("connect(3, { AF_UNIX, \"/nowhere/at/all\" }, 110) = -1 %s", expect_error());
	n = send(3, "to send", 7, MSG_DONTWAIT | MSG_NOSIGNAL);
	expect("send(3, \"to send\", 7, MSG_DONTWAIT|MSG_NOSIGNAL) = 7");
	n = recv(4, buf, sizeof buf, MSG_DONTWAIT);
	expect("recv(4, \"to send\", 256, MSG_DONTWAIT) = 7");
	n = recv(4, buf, sizeof buf, MSG_DONTWAIT);
	expect("recv(4, %p, 256, MSG_DONTWAIT) = -1 %s", buf, expect_error());
	n = sendto(3, "dg", 2, 0, NULL, 0);
	expect("sendto(3, \"dg\", 2, 0, nil, 0) = 2");
	n = recvfrom(4, buf, sizeof buf, MSG_PEEK, NULL, NULL);
	expect("recvfrom(4, \"dg\", 256, MSG_PEEK, nil, nil) = 2");
	struct iovec parts[2] = {{"one", 3}, {"two", 3}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	n = sendmsg(3, &message, 0);
	expect("sendmsg(3, { msg_name=nil, msg_namelen=0, msg_iov=[ { \"one\", 3 }, { \"two\", 3 } ], msg_iovlen=2, "
	       "msg_control=nil, msg_controllen=0, msg_flags=0 }, 0) = 6");
	n = recv(4, buf, sizeof buf, 0);
	expect("recv(4, \"dg\", 256, 0) = 2");
	struct iovec into = {buf, sizeof buf};
	message.msg_iov = &into;
	message.msg_iovlen = 1;
	n = recvmsg(4, &message, 0);
	expect("recvmsg(4, { msg_name=nil, msg_namelen=0, msg_iov=[ { \"onetwo\", 256 } ], msg_iovlen=1, "
	       "msg_control=nil, msg_controllen=0, msg_flags=0 }, 0) = 6");
}

static void names(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
	n = getaddrinfo("127.0.0.1", "80", &hints, &found);
	expect("getaddrinfo(\"127.0.0.1\", \"80\", { ai_flags=AI_NUMERICHOST|AI_NUMERICSERV, ai_family=AF_INET, ai_socktype=SOCK_STREAM, "
	       "ai_protocol=IPPROTO_IP, ai_addr=nil, ai_canonname=nil, ... }, "
	       "{ ai_flags=AI_NUMERICHOST|AI_NUMERICSERV, ai_family=AF_INET, ai_socktype=SOCK_STREAM, ai_protocol=IPPROTO_TCP, "
	       "ai_addr={ AF_INET, { 80, 127.0.0.1 } }, ai_canonname=nil, ... }) = 0");
	n = getnameinfo(found->ai_addr, found->ai_addrlen, buf, 64, buf + 64, 32, NI_NUMERICHOST | NI_NUMERICSERV);
	expect("getnameinfo({ AF_INET, { 80, 127.0.0.1 } }, 16, \"127.0.0.1\", 64, \"80\", 32, NI_NUMERICHOST|NI_NUMERICSERV) = 0");
	freeaddrinfo(found);
	expect("freeaddrinfo(%p) = <void>", (void *)found);
	n = getaddrinfo("not a number", NULL, &hints, &found);
	expect("getaddrinfo(\"not a number\", nil, { ai_flags=AI_NUMERICHOST|AI_NUMERICSERV, ai_family=AF_INET, ai_socktype=SOCK_STREAM, "
	       "ai_protocol=IPPROTO_IP, ai_addr=nil, ai_canonname=nil, ... }, %p) = EAI_NONAME",
	       (void *)&found);
	const char *s = gai_strerror(EAI_NONAME);
	expect("gai_strerror(EAI_NONAME) = \"Name or service not known\"");
	struct protoent *protocol = getprotobyname("tcp");
	if (protocol)
		expect("getprotobyname(\"tcp\") = { \"tcp\", [ \"TCP\" ], 6 }");
	else
		expect("getprotobyname(\"tcp\") = nil");
	n = if_nametoindex("none");
	expect("if_nametoindex(\"none\") = 0 %s", expect_error());
	n = gethostname(buf, sizeof buf);
	expect("gethostname(\"%s\", 256) = 0", buf);
	(void)s;
}

int main(void)
{
	addresses();
	internet();
	local();
	names();
	return 0;
}
