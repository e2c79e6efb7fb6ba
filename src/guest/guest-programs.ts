/** The programs that localvpc puts into a guest, and where. */
import { AGENT_SCRIPT } from './agent-script.ts';
import { DHCP_SCRIPT } from './dhcp-script.ts';
import { ENA_STAT_SCRIPT } from './ena-stat-script.ts';
import { LIBRARY } from './guest-paths.ts';
import { INIT_SCRIPT, POWER_OFF_SCRIPT, REBOOT_SCRIPT } from './init-script.ts';

export { BOOT_SCRIPT } from './boot-script.ts';

/** Path in the guest to text of the program. */
export const guestPrograms = (): ReadonlyMap<string, string> =>
  new Map([
    [`${LIBRARY}/init`, INIT_SCRIPT],
    [`${LIBRARY}/agent`, AGENT_SCRIPT],
    [`${LIBRARY}/dhcp`, DHCP_SCRIPT],
    ['/usr/sbin/ena-stat', ENA_STAT_SCRIPT],
    ['/usr/sbin/poweroff', POWER_OFF_SCRIPT],
    ['/usr/sbin/halt', POWER_OFF_SCRIPT],
    ['/usr/sbin/shutdown', POWER_OFF_SCRIPT],
    ['/usr/sbin/reboot', REBOOT_SCRIPT],
  ]);
