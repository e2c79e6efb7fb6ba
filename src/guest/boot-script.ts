/**
 * The first program of a guest: it runs in the guest's new namespaces, still sees the room's files, and leaves them.
 *
 * Plain sh for a static busybox that runs its own applets. Arguments: the root (an overlay with /dev mounted), the
 * host name. It says `ready` on descriptor 3 as soon as the namespaces are there, so that the room can put the
 * interfaces in while the rest goes on; process 1 says `booted` there once it heeds signals.
 */
import { LIBRARY } from './guest-paths.ts';

export const BOOT_SCRIPT = `
# The fabric answers for every address and knows who has it: a kernel that waits for duplicates and routers only waits.
for setting in dad_transmits router_solicitation_delay; do
  echo 0 >/proc/sys/net/ipv6/conf/default/$setting
done 2>/dev/null
echo ready >&3
set -e
root=$1
hostname "$2"
ulimit -u 4096
ulimit -c 0
# A mount that came from a namespace with more rights is locked; its copy of our own is not, and can become the root.
mount -o rbind "$root" "$root"
cd "$root"
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys 2>/dev/null || :
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777,size=256m,nr_inodes=65536 shm dev/shm
mount -t tmpfs -o nosuid,nodev,mode=0755,size=64m,nr_inodes=65536 run run
mount -t tmpfs -o nosuid,nodev,mode=1777,size=256m,nr_inodes=65536 tmp tmp
mkdir run/localvpc run/lock run/old-root
pivot_root . run/old-root
cd /
umount -l /run/old-root
rmdir /run/old-root
exec ${LIBRARY}/busybox sh ${LIBRARY}/init
`;
