/** The shape of a stage: a name, what it does, every reason it drops for, and the function that looks at a packet. */
import type { Packet } from './packet.ts';
import type { FromInterface, Passage, ToInterface } from './passage.ts';
import type { Drop, DropDeclaration, Verdict } from './verdict.ts';

/** The drops of a stage by their reason; a reason that is not declared does not compile. */
type DropsOf<Declarations> = { readonly [Reason in keyof Declarations]: Drop };

/** A stage, told where a packet is on its way by a passage of type `P`. */
export interface Stage<P = Passage, Name extends string = string, Reason extends string = string> {
  readonly name: Name;
  readonly does: string;
  readonly drops: { readonly [R in Reason]: Drop };
  run(packet: Packet, passage: P): Verdict;
}

/** The ids (`stage/reason`) of a stage's drops. */
export type DropIdOf<S> = S extends Stage<never, infer Name, infer Reason> ? `${Name}/${Reason}` : never;

interface StageDefinition<P, Name extends string, Declarations> {
  readonly name: Name;
  /** Completes "this stage …": a sentence without its full stop. */
  readonly does: string;
  readonly drops: Declarations;
  run(packet: Packet, passage: P, drop: DropsOf<Declarations>): Verdict;
}

function makeStage<P, Name extends string, Reason extends string>(
  definition: StageDefinition<P, Name, { readonly [R in Reason]: DropDeclaration }>,
): Stage<P, Name, Reason> {
  const { name, does, run } = definition;
  const declarations: readonly [string, DropDeclaration][] = Object.entries(definition.drops);
  const drops = Object.fromEntries(
    declarations.map(([reason, declaration]): [string, Drop] => [
      reason,
      { kind: 'drop', stage: name, reason, id: `${name}/${reason}`, ...declaration },
    ]),
  ) as { readonly [R in Reason]: Drop };
  return { name, does, drops, run: (packet, passage) => run(packet, passage, drops) };
}

/** A stage on the way out of an interface: it knows the sender, `from`. */
export const outStage = <Name extends string, Reason extends string = never>(
  definition: StageDefinition<FromInterface, Name, { readonly [R in Reason]: DropDeclaration }>,
): Stage<FromInterface, Name, Reason> => makeStage(definition);

/** A stage on the way into an interface: it knows the receiver, `to`, and the sender only if that is an interface. */
export const inStage = <Name extends string, Reason extends string = never>(
  definition: StageDefinition<ToInterface, Name, { readonly [R in Reason]: DropDeclaration }>,
): Stage<ToInterface, Name, Reason> => makeStage(definition);

/** A stage that needs neither sender nor receiver: at the edges to the outside world and to the services. */
export const edgeStage = <Name extends string, Reason extends string = never>(
  definition: StageDefinition<Passage, Name, { readonly [R in Reason]: DropDeclaration }>,
): Stage<Passage, Name, Reason> => makeStage(definition);
