/** The types of an operation's request and result, from a service's SDK by the operation's name alone. */
import type { Decoded, Rendered } from '../ec2/operation.ts';

type NameOfCommand<Key> = Key extends `${infer Name}Command` ? Name : never;

/** Every operation of a service's model; `Sdk` is the type of its SDK's module. */
export type OperationNameOf<Sdk> = Exclude<NameOfCommand<keyof Sdk>, '$' | '__'>;

type CommandOf<Sdk, N extends string> = `${N}Command` extends keyof Sdk ? Sdk[`${N}Command`] : never;

type SdkInput<Sdk, N extends string> =
  CommandOf<Sdk, N> extends new (...args: never[]) => { readonly input: infer Input } ? Input : never;

type SdkOutput<Sdk, N extends string> =
  CommandOf<Sdk, N> extends new (
    ...args: never[]
  ) => { resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Output }> }
    ? Output
    : never;

/** What an action is given: the SDK's names, required members present, no enumerations (`choice` makes them). */
export type RequestOf<Sdk, N extends string> = Decoded<SdkInput<Sdk, N>>;

/** What an action answers: the SDK's output without its metadata. */
export type ResultOf<Sdk, N extends string> = Rendered<Omit<SdkOutput<Sdk, N>, '$metadata'>>;
