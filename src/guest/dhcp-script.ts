/**
 * What a guest does with a DHCP lease: the script that busybox's udhcpc calls with the lease in its environment.
 *
 * The primary interface gives the default route and the resolver. Every other interface also gets a routing table of
 * its own (10000 + n for ethN), as amazon-ec2-net-utils does, so that answers leave by the interface at which they
 * were asked. The metrics 512, 522, … are unconfirmed for all versions of Amazon Linux.
 */
import { FIND_IPROUTE, LIBRARY, STATE } from './guest-paths.ts';

export const DHCP_SCRIPT = `#!${LIBRARY}/busybox sh
n=\${interface#eth}
table=$((10000 + n))
${FIND_IPROUTE}
lease=${STATE}/$interface.address

forget() {
  [ -f $lease ] || return 0
  read -r old <$lease
  ip address delete $old dev $interface 2>/dev/null
  $iproute rule delete from \${old%/*} lookup $table 2>/dev/null
  rm -f $lease
}

case $1 in
deconfig | leasefail | nak)
  forget
  ;;
bound | renew)
  [ -n "$mtu" ] && ip link set dev $interface mtu $mtu
  if [ "$(cat $lease 2>/dev/null)" != "$ip/$mask" ]; then
    forget
    ip address add $ip/$mask dev $interface
  fi
  set -- $router
  [ -n "$1" ] && ip route replace default via $1 dev $interface metric $((512 + 10 * n))
  if [ $n -gt 0 ]; then
    eval "$(ipcalc -n $ip/$mask)"
    $iproute route replace $NETWORK/$mask dev $interface table $table
    [ -n "$1" ] && $iproute route replace default via $1 dev $interface table $table
    $iproute rule delete from $ip lookup $table 2>/dev/null
    $iproute rule add from $ip lookup $table priority $table
  else
    {
      [ -n "$domain" ] && echo "search $domain"
      for server in $dns; do echo "nameserver $server"; done
    } >/etc/resolv.conf.new
    mv /etc/resolv.conf.new /etc/resolv.conf
  fi
  ip address delete 169.254.0.1/16 dev $interface 2>/dev/null
  echo $ip/$mask >$lease
  echo "localvpc: $interface has $ip/$mask" >/dev/console
  ;;
esac
exit 0
`;
