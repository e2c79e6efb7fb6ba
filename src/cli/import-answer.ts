/** What a running localvpc answers to `POST import`. */
import { dictionary, flag, list, number, object, type Shape, text } from './shape.ts';

/** Something that was not taken over, and why. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
}

/** `POST import`. */
export interface ImportAnswer {
  /** False where nothing was changed, because something would have been left out. */
  readonly taken: boolean;
  /** What was taken over in each account and Region: kind → how many. */
  readonly scopes: readonly {
    readonly account: string;
    readonly region: string;
    readonly resources: Readonly<Record<string, number>>;
  }[];
  readonly leftOut: readonly LeftOut[];
  readonly ignored: readonly LeftOut[];
}

const leftOut = list(object<LeftOut>({ what: text, why: text }));
const scope = object<ImportAnswer['scopes'][number]>({ account: text, region: text, resources: dictionary(number) });

export const importAnswer: Shape<ImportAnswer> = object({
  taken: flag,
  scopes: list(scope),
  leftOut,
  ignored: leftOut,
});
