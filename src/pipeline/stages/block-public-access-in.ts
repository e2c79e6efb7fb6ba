/** VPC Block Public Access for what comes from the outside world. */
import { blockDrops, blockingVpc, doorFrom, holderOfPublic, isBlocked } from '../block-public-access.ts';
import { edgeStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const blockPublicAccessIn = edgeStage({
  name: 'block-public-access-in',
  does: 'lets nothing in to public addresses of subnets for which the account has VPC Block Public Access on',
  drops: blockDrops,
  run(packet, passage, drop) {
    const receiver = holderOfPublic(passage.network, packet.destination);
    if (!receiver || !isBlocked(receiver, doorFrom(packet.source, receiver))) return NEXT;
    // The interface that it was for has lost it.
    passage.to = receiver;
    passage.decider = blockingVpc(receiver);
    return drop.blocked;
  },
});
