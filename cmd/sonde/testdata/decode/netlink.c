/* Messages of netlink: what is asked for is made up, what is answered is the kernel's. */
#include "decode.h"
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/neighbour.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char answer[32768];

static void ask(int fd, void *m, size_t len)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	sendto(fd, m, len, 0, (void *)&to, sizeof to);
}

static void hear(int fd)
{
	struct sockaddr_nl from;
	struct iovec iov = { answer, sizeof answer };
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1 };
	recvmsg(fd, &m, MSG_DONTWAIT);
}

static void *attribute(void *at, int type, const void *data, int len)
{
	struct rtattr *a = at;
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	return (char *)at + RTA_SPACE(len);
}

int main(void)
{
	int route = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int diag = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	int generic = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	struct { struct nlmsghdr h; struct ifinfomsg i; char room[200]; } link = { { NLMSG_LENGTH(sizeof link.i), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1 }, { .ifi_family = AF_UNSPEC } };
	struct { struct nlmsghdr h; struct ifaddrmsg i; char room[200]; } addr = { { NLMSG_LENGTH(sizeof addr.i), RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 2 }, { .ifa_family = AF_INET } };
	struct { struct nlmsghdr h; struct rtmsg i; char room[200]; } rt = { { NLMSG_LENGTH(sizeof rt.i), RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 3 }, { .rtm_family = AF_INET } };
	struct { struct nlmsghdr h; struct ndmsg i; char room[200]; } nd = { { NLMSG_LENGTH(sizeof nd.i), RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, 4 }, { .ndm_family = AF_INET, .ndm_ifindex = 1, .ndm_state = NUD_PERMANENT } };
	struct { struct nlmsghdr h; struct rtgenmsg i; } gen = { { NLMSG_LENGTH(sizeof gen.i), RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 5 }, { AF_UNSPEC } };
	struct { struct nlmsghdr h; struct genlmsghdr i; char room[200]; } genl = { { NLMSG_LENGTH(sizeof genl.i), GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_DUMP, 6 }, { CTRL_CMD_GETFAMILY, 1 } };
	struct { struct nlmsghdr h; struct inet_diag_req_v2 i; } inet = { { NLMSG_LENGTH(sizeof inet.i), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 7 }, { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = 1 << 10, .idiag_ext = 2 } };
	struct { struct nlmsghdr h; struct unix_diag_req i; } un = { { NLMSG_LENGTH(sizeof un.i), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 8 }, { .sdiag_family = AF_UNIX, .udiag_states = 1 << 10, .udiag_ino = 77, .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER, .udiag_cookie = { -1, -1 } } };
	struct { struct nlmsghdr a; struct nlmsghdr b; } two = { { 16, NLMSG_NOOP, 0, 1, 2 }, { 16, NLMSG_DONE, NLM_F_MULTI, 1, 2 } };
	unsigned index = 1;
	struct in_addr local;
	inet_aton("127.0.0.1", &local);
	unsigned char mac[6] = { 1, 2, 3, 4, 5, 6 };
	void *end;
	getpid();

	ask(route, &link, link.h.nlmsg_len);
	hear(route);
	hear(route);
	ask(route, &addr, addr.h.nlmsg_len);
	hear(route);
	hear(route);
	ask(route, &rt, rt.h.nlmsg_len);
	hear(route);
	hear(route);
	ask(route, &gen, gen.h.nlmsg_len);
	recvfrom(route, answer, sizeof answer, MSG_DONTWAIT, 0, 0);
	hear(route);
	ask(diag, &inet, inet.h.nlmsg_len);
	hear(diag);
	ask(diag, &un, un.h.nlmsg_len);
	hear(diag);
	recvfrom(diag, answer, sizeof answer, MSG_DONTWAIT, 0, 0);
	ask(generic, &genl, genl.h.nlmsg_len);
	recvfrom(generic, answer, 200, MSG_DONTWAIT, 0, 0);
	link.h.nlmsg_type = 77;
	link.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	ask(route, &link, link.h.nlmsg_len);
	hear(route);

	pretend();
	link.h.nlmsg_type = RTM_NEWLINK;
	link.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK;
	link.i.ifi_type = 1;
	link.i.ifi_index = 1;
	link.i.ifi_flags = IFF_UP | IFF_RUNNING;
	link.i.ifi_change = 1;
	end = attribute(&link.room, IFLA_IFNAME, "dummy0", 7);
	end = attribute(end, IFLA_MTU, &(unsigned){ 1500 }, 4);
	end = attribute(end, IFLA_ADDRESS, mac, 6);
	end = attribute(end, IFLA_EXT_MASK, &(unsigned){ 1 }, 4);
	link.h.nlmsg_len = (char *)end - (char *)&link;
	ask(route, &link, link.h.nlmsg_len);
	char inet6[100], families[120];
	end = attribute(inet6, IFLA_INET6_FLAGS, &(unsigned){ 0x80000010 }, 4);
	end = attribute(end, IFLA_INET6_CACHEINFO, &(struct ifla_cacheinfo){ 1, 2, 3, 4 }, 16);
	end = attribute(end, IFLA_INET6_TOKEN, &in6addr_loopback, 16);
	end = attribute(end, IFLA_INET6_ADDR_GEN_MODE, &(char){ IN6_ADDR_GEN_MODE_NONE }, 1);
	end = attribute(families, AF_INET6, inet6, (char *)end - inet6);
	end = attribute(&link.room, IFLA_AF_SPEC, families, (char *)end - families);
	link.h.nlmsg_len = (char *)end - (char *)&link;
	ask(route, &link, link.h.nlmsg_len);
	addr.h.nlmsg_type = RTM_NEWADDR;
	addr.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_REPLACE;
	addr.i.ifa_prefixlen = 8;
	addr.i.ifa_flags = IFA_F_PERMANENT;
	addr.i.ifa_index = 1;
	end = attribute(&addr.room, IFA_LOCAL, &local, 4);
	end = attribute(end, IFA_LABEL, "lo", 3);
	addr.h.nlmsg_len = (char *)end - (char *)&addr;
	ask(route, &addr, addr.h.nlmsg_len);
	rt.h.nlmsg_type = RTM_DELROUTE;
	rt.h.nlmsg_flags = NLM_F_REQUEST;
	rt.i.rtm_dst_len = 8;
	rt.i.rtm_table = RT_TABLE_MAIN;
	rt.i.rtm_protocol = RTPROT_BOOT;
	rt.i.rtm_type = RTN_UNICAST;
	end = attribute(&rt.room, RTA_DST, &local, 4);
	end = attribute(end, RTA_OIF, &index, 4);
	end = attribute(end, RTA_PRIORITY, &(unsigned){ 5 }, 4);
	rt.h.nlmsg_len = (char *)end - (char *)&rt;
	ask(route, &rt, rt.h.nlmsg_len);
	end = attribute(&nd.room, NDA_DST, &local, 4);
	end = attribute(end, NDA_LLADDR, mac, 6);
	nd.h.nlmsg_len = (char *)end - (char *)&nd;
	ask(route, &nd, nd.h.nlmsg_len);
	end = attribute(&genl.room, CTRL_ATTR_FAMILY_NAME, "nl80211", 8);
	genl.h.nlmsg_len = (char *)end - (char *)&genl;
	genl.h.nlmsg_flags = NLM_F_REQUEST;
	ask(generic, &genl, genl.h.nlmsg_len);
	ask(route, &two, sizeof two);
	ask(route, &two, 10);
	link.h.nlmsg_len = 2000;
	ask(route, &link, 40);
	return 0;
}
