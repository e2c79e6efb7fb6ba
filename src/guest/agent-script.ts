/**
 * The guest agent: keeps the guest's interfaces and addresses as the metadata service says, and runs user data.
 *
 * It reads one line at a time from its standard input, which the room writes to: `boot` once when the interfaces are
 * there, `refresh` whenever interfaces or addresses have changed, `static INTERFACE ADDRESS GATEWAY RANGE…` instead of DHCP for the host outside every VPC. Nothing in a guest is trusted, this
 * least of all: what it does badly, the guest suffers and nobody else.
 */
import { FIND_IPROUTE, LIBRARY, STATE } from './guest-paths.ts';
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

interfaces() {
  ip -o link show | sed -n 's/^[0-9]*: \\(eth[0-9]*\\)[@:].*/\\1/p'
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
    rm -f $file $dev.address $dev.secondary
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

# Secondary private IPv4 addresses are not in the lease: they are added as the metadata service lists them.
follow_addresses() {
  leased eth0 1000 && authenticate || return
  for dev in $(interfaces); do
    leased $dev 100 || continue
    mac=$(ip -o link show dev $dev | sed -n 's/.*link.ether \\([0-9a-f:]*\\).*/\\1/p')
    wanted=$(metadata /latest/meta-data/network/interfaces/macs/$mac/local-ipv4s) || continue
    read -r primary <$dev.address
    table=$((10000 + \${dev#eth}))
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
  esac
done
`;
