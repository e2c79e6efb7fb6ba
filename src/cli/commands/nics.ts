/** `localvpc nics`: how frames of each running interface travel, what was asked for, and why. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { type DescribedNic, nics } from '../contract.ts';
import { WIDTH, wrap } from '../style.ts';

const HELP = `
An interface is mediated (the fabric sees every frame), offloaded (the fabric
decides a flow once, the kernel then switches it), or passthrough (a network
device of this machine that one instance has alone; its frames never come to the
fabric, so no group, ACL, route or flow log applies to them). An interface that
is captured or mirrored is mediated meanwhile; under --rates the fabric has the
frames that exceed them.

The tag localvpc:nic of an interface, or of its instance, chooses when the guest
starts or gets the interface: mediated, sriov, or passthrough:DEVICE. Without
one, "localvpc up --nic" and the instance's type and image decide.

Examples:
  $ localvpc nics
  $ localvpc nics --json | jq '.[].path'
`;

export const nicsCommand = (context: () => Context): Command =>
  new Command('nics')
    .description('show how interfaces go to their guests, and why')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { endpoint, print } = context();
      const all = await endpoint.get('nics', nics);
      for (const line of json ? [JSON.stringify(all, null, 2)] : nicsLines(all)) print(line);
    });

/** Each interface below its instance, in 80 columns. */
export function nicsLines(all: readonly DescribedNic[]): readonly string[] {
  if (all.length === 0) return ['No guest has an interface now.'];
  const instances = [...new Set(all.map(({ instanceId }) => instanceId))];
  return instances.flatMap((instanceId) => {
    const own = all.filter((nic) => nic.instanceId === instanceId);
    const name = own[0]?.instanceName ?? '';
    return [`${instanceId}${name === '' ? '' : ` (${name})`}`, ...own.flatMap(nicLines)];
  });
}

function nicLines(nic: DescribedNic): readonly string[] {
  const { deviceIndex, interfaceId, mode, modeWhy, path, pathWhy, mediated } = nic;
  const frames = mediated ? `${mediated.fromGuest} frames out, ${mediated.toGuest} in` : 'no frame is seen';
  const why = wrap(`${mode} because ${modeWhy}; ${path} because ${pathWhy}`, WIDTH - 8);
  return [`  eth${deviceIndex}  ${interfaceId}  ${path}, ${frames}`, ...why.map((line) => `        ${line}`)];
}
