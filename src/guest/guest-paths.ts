/** Where localvpc's own programs lie inside a guest. */

/** Folder of the programs. */
export const LIBRARY = '/usr/lib/localvpc';
/** Folder of what the programs remember until the guest ends. */
export const STATE = '/run/localvpc';
/** Sets $iproute to iproute2's ip: busybox's knows no table above 1023. */
export const FIND_IPROUTE =
  'for iproute in /sbin/ip /usr/sbin/ip /bin/ip /usr/bin/ip; do [ -x $iproute ] && break; done';

/** Alias of a network device of the machine that a guest has whole: the agent leaves it as it is. */
export const HANDED_ALIAS = 'localvpc:passthrough';
