/* Interfaces of the network by their numbers, wherever such stand; protocols of sockets. */
#include "decode.h"
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { none = 7003 };

static void sockets(void)
{
	static const int kinds[][3] = {
		{ AF_PACKET, SOCK_DGRAM, 8 }, { AF_CAN, SOCK_RAW, 1 }, { AF_BLUETOOTH, SOCK_RAW, 3 }, { AF_UNIX, SOCK_STREAM, 7 },
		{ AF_INET, SOCK_STREAM, 262 }, { AF_NETLINK, SOCK_RAW, 77 }, { AF_VSOCK, SOCK_STREAM, 1 },
	};
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
		call(__NR_socket, kinds[i][0], kinds[i][1], kinds[i][2]);
}

static void addresses(void)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = 1 };
	struct sockaddr_in6 six = { AF_INET6, htons(9), 0, { .s6_addr = { 0xfe, 0x80, [15] = 1 } }, 1 };
	struct packet_mreq member = { .mr_ifindex = 1, .mr_type = PACKET_MR_PROMISC, .mr_alen = 6, .mr_address = { 1, 2, 3, 4, 5, 6 } };
	struct ipv6_mreq group = { { .s6_addr = { 0xff, 2, [15] = 1 } }, 1 };
	struct sockaddr_in four = { AF_INET, htons(9), { htonl(INADDR_LOOPBACK) } };

	call(__NR_bind, -1, &ll, sizeof ll);
	ll.sll_halen = 8;
	memcpy(ll.sll_addr, "\1\0\253\20\0\0\0\1", 8);
	call(__NR_bind, -1, &ll, sizeof ll);
	call(__NR_bind, -1, &ll, 12);
	ll.sll_ifindex = none;
	call(__NR_bind, -1, &ll, sizeof ll);
	for (int size = 15; size <= 28; size += 3)
		call(__NR_connect, -1, &six, size);
	call(__NR_connect, -1, &six, 28);
	for (int size = 14; size <= 16; size++)
		call(__NR_connect, -1, &four, size);
	call(__NR_setsockopt, -1, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member, sizeof member);
	call(__NR_setsockopt, -1, SOL_IPV6, IPV6_DROP_MEMBERSHIP, &group, sizeof group);
}

static void ask(int fd, int type, const void *body, int size)
{
	static char answer[1 << 15];
	struct { struct nlmsghdr h; char body[64]; } m = { { NLMSG_LENGTH(size), type, NLM_F_REQUEST | NLM_F_DUMP } };
	struct iovec to = { answer, sizeof answer };
	struct sockaddr_nl from;
	struct msghdr in = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &to, .msg_iovlen = 1 };
	memcpy(m.body, body, size);
	call(__NR_sendto, fd, &m, m.h.nlmsg_len, 0, 0, 0);
	call(__NR_recvmsg, fd, &in, 0);
	while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0)
		;
}

static void routing(void)
{
	struct sockaddr_nl name = { AF_NETLINK };
	struct rtmsg route = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_LOCAL };
	struct ifaddrmsg address = { .ifa_family = AF_INET, .ifa_index = 1 };
	struct fib_rule_hdr rule = { .family = AF_INET, .table = RT_TABLE_MAIN, .action = FR_ACT_TO_TBL, .flags = FIB_RULE_INVERT };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	bind(fd, (void *)&name, sizeof name);
	ask(fd, RTM_GETADDR, &address, sizeof address);
	ask(fd, RTM_GETROUTE, &route, sizeof route);
	ask(fd, RTM_GETRULE, &rule, sizeof rule);
}

int main(void)
{
	call(__NR_getpid);
	sockets();
	addresses();
	routing();
	return 0;
}
