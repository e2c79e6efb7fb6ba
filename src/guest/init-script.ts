/**
 * Process 1 of a guest: starts the agent, collects orphans, and ends the guest when it is asked to.
 *
 * The signals are those of busybox's init: USR1 and USR2 power off, TERM reboots. The end itself is reboot(2), which
 * in a process namespace kills process 1 with INT (power off) or HUP (reboot), so that whoever waits for it knows
 * which it was (pid_namespaces(7)).
 */
import { LIBRARY } from './guest-paths.ts';

export const INIT_SCRIPT = `#!${LIBRARY}/busybox sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=linux
# When memory runs out, a guest goes before the programs of the machine.
echo 500 >/proc/self/oom_score_adj
end() {
  trap '' USR1 USR2 TERM HUP INT
  echo "localvpc: $1: stopping all processes"
  kill -TERM -1 2>/dev/null
  tries=0
  # Its own sleep is the one process left besides this one.
  while set -- "$1" /proc/[0-9]*; [ $# -gt 2 ] && [ $tries -lt 60 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
  kill -KILL -1 2>/dev/null
  sync
  exec ${LIBRARY}/busybox "$1" -f
}
trap 'end poweroff' USR1 USR2
trap 'end reboot' TERM
trap '' HUP INT
echo booted >&3
exec 3>&- 4<&0 </dev/null
cd /
echo "localvpc: $(hostname) boots"
${LIBRARY}/agent <&4 4<&- &
exec 4<&-
# wait collects orphans as well as the own child; without a child it would return at once.
while :; do
  sleep 2147483647 &
  wait $!
done
`;

/** poweroff, halt and shutdown for a guest without systemd. */
export const POWER_OFF_SCRIPT = `#!${LIBRARY}/busybox sh
# Ends this instance: the operating system's shutdown, as EC2 sees it.
case "$*" in *-r*) kill -TERM 1 ;; *-c*) ;; *) kill -USR2 1 ;; esac
`;

/** reboot for a guest without systemd. */
export const REBOOT_SCRIPT = `#!${LIBRARY}/busybox sh
kill -TERM 1
`;
