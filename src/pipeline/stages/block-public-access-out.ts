/** VPC Block Public Access at the internet gateway that the route leads to: for the sender, and for a receiver that is here too. */
import { blockDrops, blockingVpc, doorFrom, holderOfPublic, isBlocked } from '../block-public-access.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const blockPublicAccessOut = outStage({
  name: 'block-public-access-out',
  does: 'lets nothing out by an internet gateway or an egress-only one for which the account has VPC Block Public Access on',
  drops: blockDrops,
  run(packet, passage, drop) {
    const { from, network, route } = passage;
    const door = route?.target.kind;
    if (door !== 'internet-gateway' && door !== 'egress-only-internet-gateway') return NEXT;
    const sender = from.vpc.interfaceAt(packet.source) ?? from;
    const receiver = holderOfPublic(network, packet.destination);
    const blocked = isBlocked(sender, door)
      ? sender
      : receiver && isBlocked(receiver, doorFrom(packet.source, receiver))
        ? receiver
        : undefined;
    if (!blocked) return NEXT;
    passage.decider = blockingVpc(blocked);
    return drop.blocked;
  },
});
