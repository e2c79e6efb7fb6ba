/**
 * `ena-stat`: what `ethtool -i` and `ethtool -S` show of an ENA device on AWS, in a guest whose device is another.
 *
 * It asks the metadata service, over the interface that it is asked about or the first one. ethtool(8) itself is left as
 * the machine has it.
 */
import { LIBRARY } from './guest-paths.ts';

export const ENA_STAT_SCRIPT = `#!${LIBRARY}/busybox sh
case "$1" in
-h | --help)
  echo 'usage: ena-stat [INTERFACE]: driver and counters of a network interface (default: eth0)'
  exit
  ;;
esac
dev=\${1:-eth0}
mac=$(cat /sys/class/net/$dev/address 2>/dev/null)
[ -n "$mac" ] || { echo "ena-stat: there is no interface $dev" >&2; exit 1; }

# request METHOD PATH HEADER: the body of the answer; fails unless the status is 200.
request() {
  printf '%s %s HTTP/1.0\\r\\nHost: 169.254.169.254\\r\\n%s\\r\\n\\r\\n' "$1" "$2" "$3" |
    ${LIBRARY}/busybox nc -w 3 169.254.169.254 80 2>/dev/null | {
    read -r version status rest
    [ "$status" = 200 ] && sed '1,/^\\r*$/d'
  }
}

token=$(request PUT /latest/api/token 'X-aws-ec2-metadata-token-ttl-seconds: 60')
request GET /localvpc/ena/$mac "X-aws-ec2-metadata-token: $token" && echo && exit
echo 'ena-stat: the metadata service does not answer' >&2
exit 1
`;
