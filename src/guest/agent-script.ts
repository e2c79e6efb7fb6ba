/**
 * The guest agent: keeps the guest's interfaces and addresses as the metadata service says, and runs user data.
 *
 * It reads one line at a time from its standard input, which the room writes to: `boot` once when the interfaces are
 * there, `refresh` whenever interfaces or addresses have changed, `static INTERFACE ADDRESS GATEWAY RANGE…` instead of DHCP for the host outside every VPC, `local INTERFACE RANGE…` for ranges that are all its own, and `static6 INTERFACE ADDRESS RANGE…` after it. Nothing in a guest is trusted, this
 * least of all: what it does badly, the guest suffers and nobody else.
 */
import { FIND_IPROUTE, HANDED_ALIAS, LIBRARY, STATE } from './guest-paths.ts';
import { SSH_SERVER_FUNCTIONS, START_SSH_SERVER } from './ssh-server-script.ts';

export const AGENT_SCRIPT = `#!${LIBRARY}/busybox sh
cd ${STATE} || exit 1
${FIND_IPROUTE}

# request METHOD PATH HEADER: the body of the answer; fails unless the status is 200.
request() {
  printf '%s %s HTTP/1.0\\r\\nHost: 169.254.169.254\\r\\n%s\\r\\n\\r\\n' "$1" "$2" "$3" |
    nc -w 3 169.254.169.254 80 >$answer 2>/dev/null
  status=
  read -r version status rest <$answer || return 1
  [ "$status" = 200 ] || return 1
  sed '1,/^\\r*$/d' $answer
}

answer=answer
authenticate() {
  token=$(request PUT /latest/api/token 'X-aws-ec2-metadata-token-ttl-seconds: 21600')
}

metadata() {
  request GET "$1" "X-aws-ec2-metadata-token: $token"
}

# A device of the machine that was handed over whole is no business of the VPC's: it has its addresses.
interfaces() {
  for dev in $(ip -o link show | sed -n 's/^[0-9]*: \\(eth[0-9]*\\)[@:].*/\\1/p'); do
    grep -qs '^${HANDED_ALIAS}' /sys/class/net/$dev/ifalias || echo $dev
  done
}

# Interfaces that came get a DHCP client, those that went lose theirs and their rules.
follow_interfaces() {
  present=" $(echo $(interfaces)) "
  for dev in $present; do
    [ -f $dev.client ] && kill -0 $(cat $dev.client) 2>/dev/null && continue
    ip link set dev $dev up
    udhcpc -f -i $dev -s ${LIBRARY}/dhcp -O mtu -t 20 -T 1 -A 1 -x hostname:$(hostname) </dev/null >/dev/null 2>&1 &
    echo $! >$dev.client
  done
  for file in *.client; do
    dev=\${file%.client}
    case $present in *" $dev "*) continue ;; esac
    [ -f $file ] || continue
    kill $(cat $file) 2>/dev/null
    table=$((10000 + \${dev#eth}))
    while $iproute rule delete lookup $table 2>/dev/null; do :; done
    while $iproute -6 rule delete lookup $table 2>/dev/null; do :; done
    rm -f $file $dev.address $dev.secondary $dev.ipv6 $dev.prefix4 $dev.prefix6
    echo "localvpc: $dev is gone"
  done
}

# leased INTERFACE TRIES: waits until the interface has its address, 20 ms a try.
leased() {
  tries=0
  until [ -f $1.address ]; do
    tries=$((tries + 1))
    [ $tries -gt $2 ] && return 1
    [ -f $1.client ] || return 1
    usleep 20000
  done
}

# An IPv6-only subnet leases no IPv4 address: there the services are asked from a link-local one.
reachable() {
  [ -f link-local ] && authenticate && return
  rounds=0
  until leased eth0 25; do
    rounds=$((rounds + 1))
    [ $rounds -gt 40 ] && return 1
    [ -n "$($iproute -6 route show default dev eth0 2>/dev/null)" ] || continue
    $iproute address replace 169.254.0.1/16 dev eth0 scope link
    authenticate || continue
    echo 'nameserver fd00:ec2::253' >/etc/resolv.conf
    touch link-local
    return
  done
  authenticate
}

# IPv6 addresses are leased by DHCPv6, for which busybox has no client; the metadata service lists the same ones. A client
# that is installed (dhclient -6) is not used: it waits up to a second before it asks (RFC 8415, 18.2.1), leases one address
# where Amazon Linux too has the others from the metadata service, and guests would differ by what a machine has. The kernel takes the default route and the subnet's block from the router's advertisement.
follow_ipv6() {
  of=/latest/meta-data/network/interfaces/macs/$2
  metadata $of/ipv6s >ipv6.wanted || [ "$status" = 404 ] || return
  wanted=$(cat ipv6.wanted)
  touch $1.ipv6
  for address in $(cat $1.ipv6); do
    case " $(echo $wanted) " in *" $address "*) continue ;; esac
    ip -6 address delete $address/128 dev $1 2>/dev/null
    $iproute -6 rule delete from $address lookup $3 2>/dev/null
    echo "localvpc: $1 lost $address"
  done
  : >ipv6.new
  [ -n "$wanted" ] && [ $3 -gt 10000 ] && route_ipv6 $1 $of $3
  for address in $wanted; do
    echo $address >>ipv6.new
    grep -qx $address $1.ipv6 && continue
    $iproute -6 address add $address/128 dev $1 nodad
    [ $3 -gt 10000 ] && $iproute -6 rule add from $address lookup $3 priority $3
    echo "localvpc: $1 has $address"
  done
  mv ipv6.new $1.ipv6
}

# Answers leave by the interface at which they were asked; whatever has the choice leaves by the first one.
route_ipv6() {
  echo 0 >/proc/sys/net/ipv6/conf/$1/accept_ra_defrtr
  $iproute -6 route delete default dev $1 proto ra 2>/dev/null
  $iproute -6 route replace default via fe80:ec2::1 dev $1 metric $((1024 + $3 - 10000))
  $iproute -6 route replace default via fe80:ec2::1 dev $1 table $3
  for block in $(metadata $2/subnet-ipv6-cidr-blocks); do $iproute -6 route replace $block dev $1 table $3; done
}

# follow_prefixes INTERFACE PATH TABLE FAMILY: addresses of a prefix are for who hands them out in the guest, to containers
# for instance. As amazon-ec2-net-utils has it, what is sent from them leaves by the interface that has the prefix.
follow_prefixes() {
  metadata $2/ipv$4-prefix >prefix.wanted || [ "$status" = 404 ] || return
  wanted=$(cat prefix.wanted)
  touch $1.prefix$4
  for prefix in $(cat $1.prefix$4); do
    case " $(echo $wanted) " in *" $prefix "*) continue ;; esac
    $iproute -$4 rule delete from $prefix lookup $3 2>/dev/null
    echo "localvpc: $1 lost $prefix"
  done
  : >prefix.new
  for prefix in $wanted; do
    echo $prefix >>prefix.new
    grep -qx $prefix $1.prefix$4 && continue
    $iproute -$4 rule add from $prefix lookup $3 priority $3
    echo "localvpc: $1 has $prefix"
  done
  mv prefix.new $1.prefix$4
}

# Secondary private IPv4 addresses are not in the lease: they are added as the metadata service lists them.
follow_addresses() {
  reachable || return
  for dev in $(interfaces); do
    mac=$(ip -o link show dev $dev | sed -n 's/.*link.ether \\([0-9a-f:]*\\).*/\\1/p')
    table=$((10000 + \${dev#eth}))
    follow_ipv6 $dev $mac $table
    if [ $table -gt 10000 ]; then
      for family in 4 6; do follow_prefixes $dev /latest/meta-data/network/interfaces/macs/$mac $table $family; done
    fi
    wanted=$(metadata /latest/meta-data/network/interfaces/macs/$mac/local-ipv4s) || continue
    leased $dev 100 || continue
    read -r primary <$dev.address
    touch $dev.secondary
    for address in $(cat $dev.secondary); do
      case " $(echo $wanted) " in *" $address "*) continue ;; esac
      ip address delete $address/32 dev $dev 2>/dev/null
      $iproute rule delete from $address lookup $table 2>/dev/null
      echo "localvpc: $dev lost $address"
    done
    : >secondary.new
    for address in $wanted; do
      [ $address = \${primary%/*} ] && continue
      echo $address >>secondary.new
      grep -qx $address $dev.secondary && continue
      ip address add $address/32 dev $dev
      [ $table -gt 10000 ] && $iproute rule add from $address lookup $table priority $table
      echo "localvpc: $dev has $address as well"
    done
    mv secondary.new $dev.secondary
  done
}

# As cloud-init does it: at the first boot of a root file system only, as root, and only what begins with #!.
user_data() {
  folder=/var/lib/cloud/instance
  [ -e $folder/sem/config_scripts_user ] && return
  answer=answer.user-data
  mkdir -p $folder/scripts $folder/sem
  tries=0
  until metadata /latest/user-data >$folder/user-data.txt; do
    tries=$((tries + 1))
    [ "$status" = 404 ] && break
    [ $tries -gt 60 ] && echo 'localvpc: the metadata service does not answer; user data has not run' && return
    sleep 1
    authenticate
  done
  touch $folder/sem/config_scripts_user
  [ -s $folder/user-data.txt ] || return
  case $(head -c 2 $folder/user-data.txt) in
  '#!')
    cp $folder/user-data.txt $folder/scripts/part-001
    chmod 700 $folder/scripts/part-001
    # The pipe stays open as long as a program that the script left behind: the last word is said inside.
    {
      ( cd / && exec $folder/scripts/part-001 </dev/null 2>&1 )
      echo "localvpc: user data has run, with status $?"
    } | tee -a /var/log/cloud-init-output.log
    ;;
  *) echo "localvpc: user data is kept in $folder/user-data.txt and not run: only scripts (#!) are" ;;
  esac
}
${SSH_SERVER_FUNCTIONS}
while read -r command first second rest; do
  case $command in
  boot)
    ip link set dev lo up
    follow_interfaces
    follow_addresses
    ${START_SSH_SERVER}
    user_data &
    ;;
  refresh)
    follow_interfaces
    follow_addresses
    ;;
  static)
    ip link set dev lo up
    ip link set dev $first up
    set -- $rest
    ip address add $second/32 dev $first
    gateway=$1
    shift
    ip route add $gateway/32 dev $first
    for range in "$@"; do ip route add $range via $gateway dev $first; done
    ;;
  local)
    for range in $second $rest; do ip address add $range dev lo; done
    ;;
  static6)
    $iproute -6 address add $second/128 dev $first nodad
    for range in $rest; do $iproute -6 route add $range via fe80:ec2::1 dev $first; done
    ;;
  esac
done
`;
