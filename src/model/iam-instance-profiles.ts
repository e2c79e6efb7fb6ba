/** Instance profiles of instances: records, for IAM is not served and no credentials reach a guest. */
import { isId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { regionNamed } from './regions.ts';
import { type IamInstanceProfile, Instance } from './resources/instance.ts';
import type { Transaction } from './transaction.ts';

/** A profile as a request names it. */
export interface ProfileAsk {
  readonly arn: string | undefined;
  readonly name: string | undefined;
}

/** The ARN of the profile; nobody looks whether it exists. @throws Fault InvalidParameterCombination, InvalidParameterValue */
export function profileArn(tx: Transaction, { arn, name }: ProfileAsk): string | undefined {
  if (arn !== undefined && name !== undefined) {
    const message =
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
    throw new Fault('InvalidParameterCombination', message);
  }
  if (arn !== undefined && !/^arn:[^:]+:iam::[^:]*:instance-profile\/.+$/.test(arn)) {
    const message = `Value (${arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`;
    throw new Fault('InvalidParameterValue', message);
  }
  const { partition } = regionNamed(tx.region);
  return arn ?? (name && `arn:${partition.name}:iam::${tx.account}:instance-profile/${name}`);
}

/** The id of a profile: AIPA and 17 letters and digits, as IAM's are; the same for the same ARN. */
export function profileId(arn: string): string {
  const sum = (start: number): string => {
    let hash = start;
    for (let i = 0; i < arn.length; i++) hash = Math.imul(hash ^ arn.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(36).padStart(7, '0');
  };
  return `AIPA${sum(0x811c9dc5)}${sum(0x050c5d1f)}${sum(0x1234567)}`.slice(0, 21).toUpperCase();
}

/** A bond of a profile that begins now. */
export const newProfileAssociation = (tx: Transaction, arn: string): IamInstanceProfile => ({
  associationId: tx.newId('iip-assoc'),
  arn,
  associatedAtMs: tx.nowMs,
});

/** AssociateIamInstanceProfile. @throws Fault IncorrectState, IncorrectInstanceState */
export function associateProfile(tx: Transaction, instance: Instance, arn: string): Instance {
  if (instance.iamInstanceProfile) {
    throw new Fault('IncorrectState', `There is an existing association for instance ${instance.id}`);
  }
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw new Fault(
      'IncorrectInstanceState',
      `The instance '${instance.id}' is not in the 'running' or 'stopped' states.`,
    );
  }
  return tx.update(Instance, instance.id, { iamInstanceProfile: newProfileAssociation(tx, arn) });
}

/** ReplaceIamInstanceProfileAssociation: a new association takes the place of the old one. */
export const replaceProfile = (tx: Transaction, associationId: string, arn: string): Instance =>
  tx.update(Instance, instanceOfAssociation(tx, associationId).id, {
    iamInstanceProfile: newProfileAssociation(tx, arn),
  });

/** DisassociateIamInstanceProfile; the instance as it was. */
export function disassociateProfile(tx: Transaction, associationId: string): Instance {
  const instance = instanceOfAssociation(tx, associationId);
  tx.update(Instance, instance.id, { iamInstanceProfile: undefined });
  return instance;
}

/** The instance with this association. @throws Fault InvalidAssociationID.NotFound (sentence unconfirmed) */
export function instanceOfAssociation(tx: Transaction, associationId: string): Instance {
  const [instance] = isId('iip-assoc', associationId) ? tx.by(Instance, 'profileAssociationId', associationId) : [];
  if (instance && instance.state !== 'terminated') return instance;
  throw new Fault('InvalidAssociationID.NotFound', `An invalid association-id of '${associationId}' was given`);
}
