/** `localvpc shell`: a shell of the user's own, in which public or private addresses are reached by every program. */
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { runAtNetwork } from '../enter.ts';
import { outsideShell } from '../outside-shell.ts';
import { addStandpointOptions, atStandpoint, type StandpointOptions } from '../standpoint.ts';

const HELP = `
Your files, your programs, your environment; only the network is another.

Without options it is that of the internet namespace, in which PublicIpAddress
and Elastic IPs are reached by every program, unmodified, on every port and by
every protocol, and public names of instances resolve:

  $ localvpc shell
  (localvpc) $ ssh -i key.pem ec2-user@198.18.44.7
  (localvpc) $ curl http://ec2-198-18-44-7.compute-1.amazonaws.com

Private addresses are reached from inside a VPC, as on AWS, so you say from
where; two VPCs with the same addresses are not confused:

  --via INSTANCE    the network of a running instance, as through a bastion: a
                    receiver sees that instance's private address
  --subnet SUBNET   that of an instance (ami-host, Name tag localvpc-shell)
                    launched there for the while and terminated when you leave:
                    a receiver sees its private address; DescribeInstances
                    shows it. It has the VPC's default group, or those of
                    --group, and a public address where the subnet gives one
  --vpc VPC         the same, in the first subnet of the VPC by zone and id

Security groups, network ACLs and routes decide over these packets as over any
other of that instance. Names resolve as they do there. What you start listens
at the instance's addresses.

What is not reached: the real internet and your own network, so real names do
not resolve, and what listens on this machine, localvpc's own endpoint too: type
aws commands in another terminal. Proxies are taken out of the environment.
Programs that ask systemd-resolved instead of /etc/resolv.conf (nss-resolve) see
this machine's names.

"exit" leaves it. It is no sandbox: only the network is another. Started by
another user than root, its programs see your user as root, and can do no more
than you. For browsers: "localvpc proxy". With root's rights "localvpc up
--host-access on" lets every terminal of this machine reach public addresses.

Examples:
  $ localvpc shell
  $ localvpc shell -- ssh -i key.pem ec2-user@198.18.44.7
  $ localvpc shell --via web -- psql -h 10.0.2.15
  $ localvpc shell --subnet subnet-0123456789abcdef0 -- curl http://10.0.2.15
  $ localvpc shell --via web -- ssh -i key.pem ec2-user@10.0.2.15
`;

export const shellCommand = (context: () => Context): Command =>
  addStandpointOptions(
    new Command('shell')
      .description('open a shell in which every program reaches public or private addresses')
      .argument('[program...]', 'program and its arguments, after --'),
  )
    .usage('[options] [-- PROGRAM [ARGUMENT…]]')
    .passThroughOptions()
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], options: StandpointOptions) => {
      const world = context();
      const status = await atStandpoint(options, world, async (standpoint) => {
        const { program, environment, greeting } = outsideShell(words, world.environment, standpoint.name);
        if (greeting !== undefined && process.stdin.isTTY === true) process.stderr.write(`${greeting}\n`);
        return await runAtNetwork(standpoint, program, environment);
      });
      world.endWith(status);
    });
