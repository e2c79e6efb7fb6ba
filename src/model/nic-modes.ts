/**
 * How frames get between an interface and its guest: the one place that decides it.
 *
 * Three things have a say, the first of them that says something: the tag `localvpc:nic` of the interface, the same tag
 * of its instance, and what localvpc was started with. Enhanced networking is what type and image allow, whoever asks.
 * The decision is made when a guest is about to get the interface, and stands on the attachment until the next time.
 */
import { MEDIATED, type NicMode, parseNicMode, SRIOV } from '../net/nic-mode.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { networkingOf } from './networking.ts';
import type { Instance } from './resources/instance.ts';
import type { NetworkInterface } from './resources/network-interface.ts';

/** The tag by which every client chooses: `mediated`, `sriov`, or `passthrough:DEVICE`. */
export const NIC_TAG = 'localvpc:nic';

/** What localvpc is started with, for interfaces whose tags say nothing. `auto` takes the best that instance and machine have. */
export type NicPolicy = 'auto' | 'mediated' | 'sriov';

/** What was decided, and by what, as the end of a sentence: "because …". */
export interface NicChoice {
  readonly mode: NicMode;
  readonly why: string;
}

/** What of an instance has a say. */
export type NicInstance = Pick<
  Instance,
  'id' | 'tags' | 'guestDriver' | 'instanceType' | 'enaSupport' | 'sriovNetSupport'
>;

/**
 * How an interface goes to the guest of an instance.
 * @throws Fault InvalidParameterValue (a tag that means nothing), InvalidParameterCombination (what the instance cannot have)
 */
export function nicChoice(
  policy: NicPolicy,
  instance: NicInstance,
  { id, tags }: Pick<NetworkInterface, 'id' | 'tags'>,
): NicChoice {
  const asked = tagged(tags, id) ?? tagged(instance.tags, instance.id);
  if (asked) return possible(asked, instance);
  if (instance.guestDriver === 'virtual') return { mode: MEDIATED, why: 'a virtual guest lives beside the fabric' };
  if (policy === 'mediated') return { mode: MEDIATED, why: 'localvpc was started with --nic mediated' };
  const kind = networkingOf(instance);
  if (kind !== 'none') return { mode: SRIOV, why: `${instance.instanceType} has enhanced networking (${kind})` };
  return { mode: MEDIATED, why: `${instance.instanceType} has no enhanced networking with this image` };
}

/** The mode that a tag's value names. @throws Fault InvalidParameterValue */
export function nicModeOfTag(value: string): NicMode {
  const mode = parseNicMode(value);
  if (mode) return mode;
  const meanings = 'mediated, sriov, or passthrough:DEVICE with the name of a network device of this machine';
  throw new Fault('InvalidParameterValue', `Value (${value}) for tag ${NIC_TAG} is invalid. It is ${meanings}.`);
}

function tagged(tags: Tags, of: string): NicChoice | undefined {
  const value = Object.hasOwn(tags, NIC_TAG) ? tags[NIC_TAG] : undefined;
  return value === undefined
    ? undefined
    : { mode: nicModeOfTag(value), why: `the tag ${NIC_TAG} of ${of} asks for it` };
}

function possible(choice: NicChoice, instance: NicInstance): NicChoice {
  const { guestDriver, instanceType } = instance;
  const { kind } = choice.mode;
  if (kind === 'passthrough' && guestDriver === 'virtual')
    throw refused(kind, 'needs an instance with a network namespace, and the image is one of a virtual guest');
  if (kind === 'sriov' && networkingOf(instance) === 'none')
    throw refused(kind, `needs enhanced networking, which an instance of type '${instanceType}' with this image lacks`);
  return choice;
}

const refused = (kind: NicMode['kind'], reason: string): Fault =>
  new Fault('InvalidParameterCombination', `The NIC mode ${kind} (tag ${NIC_TAG}) ${reason}.`);
