/**
 * Which kind of networking an instance has: the one place that everybody asks.
 *
 * Enhanced networking is a virtual function of the host's NIC that the guest drives itself: ENA's, or on six older families
 * that of Intel's 82599. Both sides must be able to: the type by its hardware, the instance by its driver, which
 * EnaSupport and SriovNetSupport stand for. (EC2 user guide, enhanced-networking and sriov-networking.)
 */
import { Fault } from './fault.ts';
import { type InstanceType, instanceTypeNamed } from './instance-type-table.ts';
import type { Instance } from './resources/instance.ts';

/** `ena`: a function of the Elastic Network Adapter; `vf`: one of the Intel 82599; `none`: Xen's paravirtual NIC. */
export type Networking = 'ena' | 'vf' | 'none';

/** Families with the 82599, which no answer of AWS's API tells. Of M4, the largest type has ENA in its place. */
const FAMILIES_WITH_82599: ReadonlySet<string> = new Set(['c3', 'c4', 'd2', 'i2', 'm4', 'r3']);

/** Whether the hosts of the type have the Intel 82599. */
export const has82599 = ({ InstanceType: name, NetworkInfo }: InstanceType): boolean =>
  NetworkInfo.EnaSupport === 'unsupported' && FAMILIES_WITH_82599.has(name.split('.', 1)[0] ?? '');

/** Whether guests cannot do without ENA: on the Nitro System, whose NICs are nothing else. */
export const requiresEna = ({ NetworkInfo }: InstanceType): boolean => NetworkInfo.EnaSupport === 'required';

/** ENA is missing. `who` begins the advice: whom to see to. Captured of RunInstances, elsewhere unconfirmed. */
export const enaRequired = ({ InstanceType: name }: InstanceType, who: string): Fault =>
  new Fault(
    'InvalidParameterCombination',
    `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${name}' instance type. Ensure that ${who} is enabled for ENA.`,
  );

/**
 * EnaSupport of an instance is changed: it can be taken from one whose type works without. What AWS says of others is
 * unconfirmed; the sentence is the one of a launch.
 * @throws Fault InvalidParameterCombination
 */
export function checkEnaSupport({ id, instanceType }: Instance, enaSupport: boolean): void {
  const type = instanceTypeNamed(instanceType);
  if (!enaSupport && requiresEna(type)) throw enaRequired(type, `your instance '${id}'`);
}

/**
 * SriovNetSupport of an instance is set: on a type with the 82599 (code and sentence are unconfirmed). It cannot be
 * taken back, and set twice it stays.
 * @throws Fault InvalidParameterCombination
 */
export function checkSriovNetSupport({ instanceType, sriovNetSupport }: Instance): void {
  if (sriovNetSupport === 'simple' || has82599(instanceTypeNamed(instanceType))) return;
  const message = `Enhanced networking with the Intel 82599 Virtual Function interface is not supported for the '${instanceType}' instance type.`;
  throw new Fault('InvalidParameterCombination', message);
}

/**
 * The networking of an instance. A type that supports ENA without requiring it has no 82599 to fall back to, so without
 * ENA its NIC is the paravirtual one (unconfirmed).
 */
export function networkingOf({
  instanceType,
  enaSupport,
  sriovNetSupport,
}: Pick<Instance, 'instanceType' | 'enaSupport' | 'sriovNetSupport'>): Networking {
  const type = instanceTypeNamed(instanceType);
  switch (type.NetworkInfo.EnaSupport) {
    case 'required':
      return 'ena';
    case 'supported':
      return enaSupport ? 'ena' : 'none';
    case 'unsupported':
      return sriovNetSupport === 'simple' && has82599(type) ? 'vf' : 'none';
  }
}
