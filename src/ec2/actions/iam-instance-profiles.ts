/** Associations of instance profiles. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  associateProfile,
  disassociateProfile,
  instanceOfAssociation,
  profileArn,
  replaceProfile,
} from '../../model/iam-instance-profiles.ts';
import { Instance } from '../../model/resources/instance.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action, recordOnly } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import type { RequestOf } from '../operation.ts';
import { paginate } from '../paginate.ts';
import { profileAsk } from './instance-launch-request.ts';
import { describeProfile } from './instance-rendering.ts';

const NO_IAM = recordOnly('IAM is not served: no credentials of the profile reach the instance.');

function describeAssociation(
  { id, iamInstanceProfile: profile }: Instance,
  state: sdk.IamInstanceProfileAssociationState,
): sdk.IamInstanceProfileAssociation {
  if (!profile) throw new Error(`${id} has no instance profile`);
  return {
    AssociationId: profile.associationId,
    InstanceId: id,
    IamInstanceProfile: describeProfile(profile),
    State: state,
    Timestamp: new Date(profile.associatedAtMs),
  };
}

function requiredArn(tx: Transaction, given: RequestOf<'AssociateIamInstanceProfile'>['IamInstanceProfile']): string {
  const arn = profileArn(tx, profileAsk(given));
  if (!arn) throw new Fault('MissingParameter', { parameter: 'IamInstanceProfile' });
  return arn;
}

/** AssociateIamInstanceProfile. The answer shows `associating`. */
export const AssociateIamInstanceProfile = action(
  'AssociateIamInstanceProfile',
  (request, tx) => {
    const instance = tx.get(Instance, request.InstanceId);
    const associated = associateProfile(tx, instance, requiredArn(tx, request.IamInstanceProfile));
    return { IamInstanceProfileAssociation: describeAssociation(associated, 'associating') };
  },
  NO_IAM,
);

/** ReplaceIamInstanceProfileAssociation. */
export const ReplaceIamInstanceProfileAssociation = action(
  'ReplaceIamInstanceProfileAssociation',
  (request, tx) => {
    const replaced = replaceProfile(tx, request.AssociationId, requiredArn(tx, request.IamInstanceProfile));
    return { IamInstanceProfileAssociation: describeAssociation(replaced, 'associating') };
  },
  NO_IAM,
);

/** DisassociateIamInstanceProfile. The answer shows `disassociating`. */
export const DisassociateIamInstanceProfile = action(
  'DisassociateIamInstanceProfile',
  (request, tx) => ({
    IamInstanceProfileAssociation: describeAssociation(
      disassociateProfile(tx, request.AssociationId),
      'disassociating',
    ),
  }),
  NO_IAM,
);

const filters: FilterTable<Instance> = { 'instance-id': (row) => row.id, state: () => 'associated' };

/** DescribeIamInstanceProfileAssociations. */
export const DescribeIamInstanceProfileAssociations = action(
  'DescribeIamInstanceProfileAssociations',
  (request, tx) => {
    const { AssociationIds: ids, Filters } = request;
    const holds = compileFilters(Filters, filters);
    const { rows, nextToken } = paginate<Instance>(
      {
        operation: 'DescribeIamInstanceProfileAssociations',
        rows: ids ? ids.map((id) => instanceOfAssociation(tx, id)) : tx.list(Instance),
        matches: (row) => row.iamInstanceProfile !== undefined && row.state !== 'terminated' && holds(row, tx),
        keyOf: (row) => row.id,
        question: [ids, Filters],
      },
      request,
    );
    const associations = rows.map((row) => describeAssociation(row, 'associated'));
    return { IamInstanceProfileAssociations: associations, NextToken: nextToken };
  },
  NO_IAM,
);

export const iamInstanceProfileActions = [
  AssociateIamInstanceProfile,
  ReplaceIamInstanceProfileAssociation,
  DisassociateIamInstanceProfile,
  DescribeIamInstanceProfileAssociations,
] as const;
