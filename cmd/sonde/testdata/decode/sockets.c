/* Sockets: options with structures, control messages, addresses of all families. */
#include "decode.h"
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

static struct msghdr m;

static void send_control(int level, int type, const void *data, int len)
{
	static union { char room[200]; struct cmsghdr h; } u;
	u.h = (struct cmsghdr){ CMSG_LEN(len), level, type };
	memcpy(CMSG_DATA(&u.h), data, len);
	m.msg_control = &u;
	m.msg_controllen = CMSG_SPACE(len);
	call(__NR_sendmsg, 3, &m, 0);
}

int main(void)
{
	struct iovec iov = { "text", 4 };
	m = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	struct linger linger = { 1, 5 };
	struct timeval tv = { 2, 3 };
	struct timespec ts[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
	struct ucred cred = { 1, 2, 3 };
	struct ip_mreqn mreqn = { { 0x010000e0 }, { 0x0100007f }, 0 };
	struct in_pktinfo pkt = { 0, { 0x0100007f }, { 0x0100007f } };
	struct in6_pktinfo pkt6 = { IN6ADDR_LOOPBACK_INIT, 0 };
	struct ipv6_mreq mreq6 = { IN6ADDR_LOOPBACK_INIT, 0 };
	struct packet_mreq pmreq = { 1, PACKET_MR_PROMISC, 6, { 1, 2, 3, 4, 5, 6 } };
	struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0, 1), BPF_STMT(BPF_RET | BPF_K, -1), BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog filter = { KNOWN(code), code };
	int one = 1, fds[3] = { 0, 1, 2 };
	static char room[300] = "eth0";
	socklen_t len;
	getpid();
	pretend();

	call(__NR_setsockopt, 3, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_DETACH_FILTER, 0, 0);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_TIMESTAMPING, &one, 4);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_KEEPALIVE, &one, 4);
	call(__NR_setsockopt, 3, SOL_SOCKET, SO_KEEPALIVE, room, 2);
	call(__NR_setsockopt, 3, SOL_IP, IP_ADD_MEMBERSHIP, &mreqn, 8);
	call(__NR_setsockopt, 3, SOL_IP, IP_ADD_MEMBERSHIP, &mreqn, sizeof mreqn);
	call(__NR_setsockopt, 3, SOL_IP, IP_MULTICAST_IF, &mreqn.imr_address, 4);
	call(__NR_setsockopt, 3, SOL_IP, IP_MTU_DISCOVER, &one, 4);
	call(__NR_setsockopt, 3, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6, sizeof mreq6);
	call(__NR_setsockopt, 3, SOL_TCP, TCP_CONGESTION, "cubic", 5);
	call(__NR_setsockopt, 3, SOL_TCP, TCP_NODELAY, &one, 4);
	call(__NR_setsockopt, 3, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &pmreq, sizeof pmreq);
	call(__NR_setsockopt, 3, SOL_PACKET, PACKET_RX_RING, ts, 16);
	call(__NR_setsockopt, 3, SOL_PACKET, PACKET_VERSION, &one, 4);
	call(__NR_setsockopt, 3, 77, 5, &one, 4);
	len = sizeof linger, call(__NR_getsockopt, 3, SOL_SOCKET, SO_LINGER, &linger, &len);
	len = sizeof cred, call(__NR_getsockopt, 3, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	len = sizeof tv, call(__NR_getsockopt, 3, SOL_SOCKET, SO_RCVTIMEO, &tv, &len);
	len = 4, call(__NR_getsockopt, 3, SOL_SOCKET, SO_ERROR, &one, &len);
	len = 4, call(__NR_getsockopt, 3, SOL_SOCKET, SO_TYPE, &one, &len);
	one = 2;
	len = 4, call(__NR_getsockopt, 3, SOL_SOCKET, SO_DOMAIN, &one, &len);
	one = 6;
	len = 4, call(__NR_getsockopt, 3, SOL_SOCKET, SO_PROTOCOL, &one, &len);
	len = 8, call(__NR_getsockopt, 3, SOL_SOCKET, SO_PEERGROUPS, fds, &len);
	len = 16, call(__NR_getsockopt, 3, SOL_TCP, TCP_CONGESTION, room, &len);

	send_control(SOL_SOCKET, SCM_RIGHTS, fds, sizeof fds);
	send_control(SOL_SOCKET, SCM_CREDENTIALS, &cred, sizeof cred);
	send_control(SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof tv);
	send_control(SOL_SOCKET, SCM_TIMESTAMPNS, ts, sizeof *ts);
	send_control(SOL_SOCKET, SCM_TIMESTAMPING, ts, sizeof ts);
	send_control(SOL_IP, IP_PKTINFO, &pkt, sizeof pkt);
	send_control(SOL_IP, IP_TTL, &one, 4);
	send_control(SOL_IP, IP_TOS, &one, 1);
	send_control(SOL_IP, IP_ORIGDSTADDR, &(struct sockaddr_in){ AF_INET, 80, { 1 } }, 16);
	send_control(SOL_IPV6, IPV6_PKTINFO, &pkt6, sizeof pkt6);
	send_control(77, 5, "abc", 3);

	struct sockaddr_ll ll = { AF_PACKET, htons(ETH_P_IP), 0, 1, PACKET_HOST, 6, { 1, 2, 3, 4, 5, 6 } };
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 80 };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 12, .nl_groups = 0x11 };
	struct sockaddr_alg alg = { .salg_family = AF_ALG, .salg_type = "hash", .salg_feat = 1, .salg_name = "sha1" };
	struct sockaddr_in6 in6 = { AF_INET6, htons(80), htonl(5), IN6ADDR_LOOPBACK_INIT, 0 };
	struct { unsigned short family, psm; unsigned char addr[6]; unsigned short cid; unsigned char type; } l2 = { AF_BLUETOOTH, 1, { 1, 2, 3, 4, 5, 6 }, 7, 1 };
	struct { unsigned short family, dev, channel; } hci = { AF_BLUETOOTH, 1, 3 };
	call(__NR_bind, 3, &ll, sizeof ll);
	call(__NR_bind, 3, &vm, sizeof vm);
	call(__NR_bind, 3, &nl, sizeof nl);
	call(__NR_bind, 3, &alg, sizeof alg);
	call(__NR_bind, 3, &in6, sizeof in6);
	call(__NR_bind, 3, &l2, sizeof l2);
	call(__NR_bind, 3, &hci, sizeof hci);
	return 0;
}
