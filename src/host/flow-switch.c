/*
 * The flow switch: what a NIC with SR-IOV does in hardware, as two eBPF programs on Linux devices.
 *
 * `representor` runs on what a guest's virtual function sends, as it arrives at the function's representor. Frames of a
 * flow that the fabric has decided about are rewritten, counted and put into the receiver's function, and no user space
 * sees them. All others go to the fabric by the interface's slow path, a TAP device. `slow_path` runs on what the fabric
 * writes there and puts it into the guest's function.
 *
 * What a flow's frames must look like is what fabric/flow-cache.ts demands; every doubt is a miss, and the fabric decides.
 * The fabric writes slots through mapped memory: a slot holds while its epoch is the network's and its connections are
 * in the generation in which they were, so one store of the fabric's takes away what it revokes. Layout of slots: as in
 * fabric/flow-slots.ts. Nothing is included, so that clang alone builds this file.
 *
 * A flow whose rates are limited names token buckets of the fabric's, and passes while all of them have been lent as much
 * as a frame takes (fabric/loans.ts). A frame for which there is too little goes to the fabric, which lets it wait, and so
 * do all frames of its flow behind it, until the slow path is empty: none overtakes another.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define OFTEN(condition) __builtin_expect(!!(condition), 1)
#define SELDOM(condition) __builtin_expect(!!(condition), 0)

/* struct __sk_buff of linux/bpf.h, as far as it is used. */
struct skb {
	u32 len;
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol;
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
	u32 tc_index;
	u32 cb[5];
	u32 hash;
	u32 tc_classid;
	u32 data;
	u32 data_end;
	u32 napi_id;
	u32 family;
	u32 remote_ip4;
	u32 local_ip4;
	u32 remote_ip6[4];
	u32 local_ip6[4];
	u32 remote_port;
	u32 local_port;
	u32 data_meta;
	u64 flow_keys;
	u64 tstamp;
	u32 wire_len;
	u32 gso_segs;
	u64 sk;
	u32 gso_size;
};

/* Helpers by their numbers in linux/bpf.h. */
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static u64 (*const ktime_ns)(void) = (void *)5;
static long (*const store_bytes)(struct skb *skb, u32 offset, const void *from, u32 length, u64 flags) = (void *)9;
static long (*const replace_l3)(struct skb *skb, u32 offset, u64 from, u64 to, u64 size) = (void *)10;
static long (*const replace_l4)(struct skb *skb, u32 offset, u64 from, u64 to, u64 flags) = (void *)11;
static long (*const redirect)(u32 ifindex, u64 flags) = (void *)23;
static long (*const change_type)(struct skb *skb, u32 type) = (void *)32;
static long (*const pull_data)(struct skb *skb, u32 length) = (void *)39;
static long (*const redirect_peer)(u32 ifindex, u64 flags) = (void *)155;

#define TC_SHOT 2
#define PACKET_HOST 0
#define PACKET_OTHERHOST 3
#define PSEUDO_HEADER 0x10
#define MARK_MANGLED_0 0x20

/* Kinds and flags of maps in linux/bpf.h. */
#define HASH 1
#define ARRAY 2
#define NO_PREALLOC 1
#define MMAPABLE (1 << 10)

/* As iproute2 and early libbpf describe maps; read by host/elf-object.ts. */
struct map {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
};

/* What a frame must show: 14 words. */
struct flow_key {
	u32 ifindex;
	/* Protocol, and 4 or 6 in the second byte. */
	u32 protocol;
	u32 macs[3];
	u32 ports;
	u32 source[4];
	u32 destination[4];
};

/* A connection or translation as the fabric knows it: touched is the kernel's clock in milliseconds, 0 for never. */
struct record {
	u32 generation;
	u32 touched;
};

/* A thing that a flow belongs to, in the generation in which it holds; index -1 for none. */
struct bond {
	int index;
	u32 generation;
	u32 timeout_ms;
};

/* What is written into a frame; addresses and ports only where `kinds` says so. */
struct rewrite {
	u32 macs[3];
	u32 source;
	u32 destination;
	u32 ports;
	u32 kinds;
};

/* Most token buckets that limit a flow; as the name of one: bit 15 where it is of packets, not bytes. */
#define MOST_LIMITS 9
#define OF_PACKETS 0x8000

/*
 * What is done with a flow's frames: 32 words. The first 20 and the limits are the fabric's, the rest the program's.
 * `is_behind`: some of the flow's frames may still be on the slow path.
 */
struct slot {
	u32 epoch;
	u32 out_ifindex;
	struct rewrite to;
	u32 mtu;
	u32 hops;
	struct bond sent;
	struct bond received;
	struct bond translation;
	u64 packets;
	u64 bytes;
	u32 used;
	/* Numbers of loans, the first 0 behind the last one; and the sum of their generations. */
	u16 limits[MOST_LIMITS + 1];
	u32 limit_generations;
	u32 is_behind;
};

/* A token bucket of the fabric's: `used` is counted up here, to no more than `limit`, which the fabric moves. */
struct loan {
	u32 limit;
	u32 used;
	u32 generation;
	u32 unused;
};

/* A slow path: frames that were sent to the fabric by it, and those that the fabric has done with. */
struct slow_path {
	u32 sent;
	u32 handled;
};

#define REWRITES_ADDRESSES 1
#define REWRITES_PORTS 2
#define SLOW_PATHS (1 << 14)

SECTION("maps") struct map flows = { HASH, sizeof(struct flow_key), 4, 1 << 17, NO_PREALLOC };
SECTION("maps") struct map slots = { ARRAY, 4, sizeof(struct slot), 1 << 17, MMAPABLE };
SECTION("maps") struct map connections = { ARRAY, 4, sizeof(struct record), 1 << 18, MMAPABLE };
SECTION("maps") struct map translations = { ARRAY, 4, sizeof(struct record), 1 << 17, MMAPABLE };
/* One entry: the network's epoch. */
SECTION("maps") struct map control = { ARRAY, 4, 64, 1, MMAPABLE };
/* Of a representor its slow path, of a slow path its representor. */
SECTION("maps") struct map links = { HASH, 4, 4, 1 << 14, NO_PREALLOC };
SECTION("maps") struct map loans = { ARRAY, 4, sizeof(struct loan), 1 << 15, MMAPABLE };
/* By the lower bits of the representor's number: two that share an entry are counted together, which is as good. */
SECTION("maps") struct map slow_paths = { ARRAY, 4, sizeof(struct slow_path), SLOW_PATHS, MMAPABLE };

#define ETHERNET 14
#define IPV4 20
#define IPV6 40
#define TCP 6
#define UDP 17
#define TCP_HEADER 20
#define UDP_HEADER 8
/* SYN, FIN and RST. */
#define STATE_CHANGING 0x07

#define at16(bytes, offset) (*(u16 *)((u8 *)(bytes) + (offset)))
#define at32(bytes, offset) (*(u32 *)((u8 *)(bytes) + (offset)))
#define swapped(word) __builtin_bswap16(word)

INLINE int miss(struct skb *skb)
{
	u32 ifindex = skb->ifindex;
	u32 entry = ifindex & (SLOW_PATHS - 1);
	struct slow_path *path = map_lookup(&slow_paths, &entry);
	if (path)
		__sync_fetch_and_add(&path->sent, 1);
	u32 *link = map_lookup(&links, &ifindex);
	if (!link)
		return TC_SHOT;
	return redirect(*link, 0);
}

/* True when the fabric has done with every frame that was sent to it from here. */
INLINE int is_slow_path_empty(struct skb *skb)
{
	u32 entry = skb->ifindex & (SLOW_PATHS - 1);
	struct slow_path *path = map_lookup(&slow_paths, &entry);
	return path && *(volatile u32 *)&path->sent == *(volatile u32 *)&path->handled;
}

/*
 * Takes a frame from what the fabric has lent of the flow's limits. Two processors may take the last of a loan both: then
 * more is used than there was, which the fabric finds in the count, as the debt of a bucket.
 */
INLINE int is_within_limits(struct slot *slot, struct skb *skb, u32 bytes, u32 packets)
{
	struct loan *taken[MOST_LIMITS] = {};
	u32 generations = 0;

	if (slot->is_behind && !is_slow_path_empty(skb))
		return 0;
#pragma unroll
	for (int limit = 0; limit < MOST_LIMITS; limit++) {
		u32 name = slot->limits[limit];
		u32 number = name & (OF_PACKETS - 1);
		/* To go on here would double the ways that the kernel follows before it loads this: 3 s instead of 0.1. */
		if (!name)
			break;
		struct loan *loan = map_lookup(&loans, &number);
		if (!loan)
			return 0;
		u32 left = *(volatile u32 *)&loan->limit - *(volatile u32 *)&loan->used;
		if ((int)(left - (name & OF_PACKETS ? packets : bytes)) < 0)
			return 0;
		generations += *(volatile u32 *)&loan->generation;
		taken[limit] = loan;
	}
	/* Another flow's bucket has this number now. */
	if (generations != slot->limit_generations)
		return 0;
#pragma unroll
	for (int limit = 0; limit < MOST_LIMITS; limit++)
		if (taken[limit])
			__sync_fetch_and_add(&taken[limit]->used, slot->limits[limit] & OF_PACKETS ? packets : bytes);
	if (slot->is_behind)
		slot->is_behind = 0;
	return 1;
}

INLINE int holds(void *records, struct bond *bond, u32 now)
{
	u32 index = bond->index;
	if ((int)index < 0)
		return 1;
	struct record *record = map_lookup(records, &index);
	if (!record || *(volatile u32 *)&record->generation != bond->generation)
		return 0;
	/* Another processor's clock may be a little ahead. */
	return (int)(now - record->touched) < (int)bond->timeout_ms;
}

INLINE void touch(void *records, struct bond *bond, u32 now)
{
	u32 index = bond->index;
	if ((int)index < 0)
		return;
	struct record *record = map_lookup(records, &index);
	if (record && record->touched != now)
		record->touched = now;
}

/* True for a header of 20 bytes whose checksum is right. */
INLINE int has_ipv4_checksum(u8 *header)
{
	u64 sum = (u64)at32(header, 0) + at32(header, 4) + at32(header, 8) + at32(header, 12) + at32(header, 16);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

INLINE void replace_address(struct skb *skb, u32 field, u32 from, u32 to, u32 checksum, u64 flags)
{
	if (from == to)
		return;
	replace_l4(skb, checksum, from, to, flags | PSEUDO_HEADER | 4);
	replace_l3(skb, ETHERNET + 10, from, to, 4);
	store_bytes(skb, ETHERNET + field, &to, 4, 0);
}

INLINE void translate(struct skb *skb, struct flow_key *key, struct rewrite *to)
{
	u32 checksum = ETHERNET + IPV4 + ((u8)key->protocol == TCP ? 16 : 6);
	u64 flags = (u8)key->protocol == TCP ? 0 : MARK_MANGLED_0;
	replace_address(skb, 12, key->source[0], to->source, checksum, flags);
	replace_address(skb, 16, key->destination[0], to->destination, checksum, flags);
	if (!(to->kinds & REWRITES_PORTS) || key->ports == to->ports)
		return;
	u32 ports = to->ports;
	replace_l4(skb, checksum, key->ports, ports, flags | 4);
	store_bytes(skb, ETHERNET + IPV4, &ports, 4, 0);
}

/* A NAT gateway counts a hop. */
INLINE void count_hop(struct skb *skb, u32 before, u8 hops)
{
	/* Time to live is the first byte of its word, protocol the second. */
	u16 after = before - hops;
	replace_l3(skb, ETHERNET + 10, before & 0xffff, after, 2);
	store_bytes(skb, ETHERNET + 8, &after, 1, 0);
}

SECTION("tc") int representor(struct skb *skb)
{
	struct flow_key key = {};
	u8 *data = (u8 *)(u64)skb->data;
	u8 *end = (u8 *)(u64)skb->data_end;
	u32 length, transport, hop_word = 0;

	if (skb->vlan_present)
		return miss(skb);
	if (data + ETHERNET + IPV6 + TCP_HEADER > end) {
		/* Headers that lie elsewhere, or a short frame; for the latter this does nothing. */
		u32 wanted = ETHERNET + IPV6 + TCP_HEADER;
		pull_data(skb, skb->len < wanted ? skb->len : wanted);
		data = (u8 *)(u64)skb->data;
		end = (u8 *)(u64)skb->data_end;
	}
	if (data + ETHERNET + IPV4 + UDP_HEADER > end)
		return miss(skb);
	if (OFTEN(at16(data, 12) == swapped(0x0800))) {
		u8 *ip = data + ETHERNET;
		if (ip[0] != 0x45 || (at16(ip, 6) & swapped(0x3fff)) || !has_ipv4_checksum(ip))
			return miss(skb);
		length = swapped(at16(ip, 2));
		key.protocol = 4 << 8 | ip[9];
		key.source[0] = at32(ip, 12);
		key.destination[0] = at32(ip, 16);
		hop_word = at16(ip, 8);
		transport = IPV4;
	} else if (at16(data, 12) == swapped(0x86dd)) {
		u8 *ip = data + ETHERNET;
		if (data + ETHERNET + IPV6 + UDP_HEADER > end || ip[0] >> 4 != 6)
			return miss(skb);
		length = IPV6 + swapped(at16(ip, 4));
		key.protocol = 6 << 8 | ip[6];
		for (int word = 0; word < 4; word++) {
			key.source[word] = at32(ip, 8 + 4 * word);
			key.destination[word] = at32(ip, 24 + 4 * word);
		}
		transport = IPV6;
	} else
		return miss(skb);
	if (length > skb->len - ETHERNET)
		return miss(skb);

	u8 *upper = data + ETHERNET + transport;
	u32 headers;
	if ((u8)key.protocol == TCP) {
		if (upper + TCP_HEADER > end || length < transport + TCP_HEADER || upper[13] & STATE_CHANGING)
			return miss(skb);
		u32 header = (upper[12] >> 4) * 4;
		headers = transport + (header < TCP_HEADER ? TCP_HEADER : header);
	} else if ((u8)key.protocol == UDP) {
		if (upper + UDP_HEADER > end || length < transport + UDP_HEADER)
			return miss(skb);
		headers = transport + UDP_HEADER;
	} else
		return miss(skb);
	key.ports = at32(upper, 0);
	key.macs[0] = at32(data, 0);
	key.macs[1] = at32(data, 4);
	key.macs[2] = at32(data, 8);
	key.ifindex = skb->ifindex;

	u32 *number = map_lookup(&flows, &key);
	if (!number)
		return miss(skb);
	struct slot *slot = map_lookup(&slots, number);
	u32 zero = 0;
	u32 *network_epoch = map_lookup(&control, &zero);
	if (!slot || !network_epoch)
		return miss(skb);
	u32 epoch = *(volatile u32 *)&slot->epoch;
	if (epoch == 0 || epoch != *(volatile u32 *)network_epoch)
		return miss(skb);

	u32 segment = skb->gso_size;
	u32 on_wire = segment && headers + segment < length ? headers + segment : length;
	u32 hops = slot->hops;
	if (on_wire > slot->mtu || (hops && (u8)hop_word <= hops))
		return miss(skb);
	/* Never 0, which says never. */
	u32 now = (u32)(ktime_ns() / 1000000) | 1;
	struct bond sent = slot->sent, received = slot->received, translation = slot->translation;
	if (!holds(&connections, &sent, now) || !holds(&connections, &received, now) ||
	    !holds(&translations, &translation, now))
		return miss(skb);
	u32 out_ifindex = slot->out_ifindex;
	struct rewrite to = slot->to;
	/* Written anew meanwhile: what was read may be of two decisions. */
	if (*(volatile u32 *)&slot->epoch != epoch)
		return miss(skb);

	u32 segments = 1;
	if (segment && length > headers)
		segments = (length - headers + segment - 1) / segment;
	u32 bytes = length + (segments - 1) * headers;
	/* Seven limits cost 70 to 100 ns; without the hint flows that have none paid 15 of their 130 as well. */
	if (SELDOM(slot->limits[0]) && !is_within_limits(slot, skb, bytes, segments)) {
		slot->is_behind = 1;
		return miss(skb);
	}
	touch(&connections, &sent, now);
	touch(&connections, &received, now);
	touch(&translations, &translation, now);
	__sync_fetch_and_add(&slot->packets, segments);
	__sync_fetch_and_add(&slot->bytes, bytes);
	if (slot->used != now)
		slot->used = now;

	if (to.kinds)
		translate(skb, &key, &to);
	if (hops)
		count_hop(skb, hop_word, hops);
	store_bytes(skb, 0, to.macs, 12, 0);
	/* The representor has another MAC than the frame is for; the function behind it has that one. */
	if (skb->pkt_type == PACKET_OTHERHOST)
		change_type(skb, PACKET_HOST);
	return redirect_peer(out_ifindex, 0);
}

SECTION("tc") int slow_path(struct skb *skb)
{
	u32 ifindex = skb->ifindex;
	u32 *link = map_lookup(&links, &ifindex);
	if (!link)
		return TC_SHOT;
	if (skb->pkt_type == PACKET_OTHERHOST)
		change_type(skb, PACKET_HOST);
	return redirect_peer(*link, 0);
}

SECTION("license") char licence_of_programs[] = "GPL";
