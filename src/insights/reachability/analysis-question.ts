/** What an analysis is asked, and by what it answers. */
import type { ComponentFilters } from '../../model/reachability.ts';
import type { NetworkInsightsPath } from '../../model/resources/network-insights.ts';
import type { Scope } from '../../model/scope.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { IpAddress } from '../../net/address.ts';
import type { NetworkCopy } from '../network-copy.ts';
import type { AddressClasses } from './addresses-beyond.ts';
import type { Resources } from './analysis-components.ts';
import type { PathEnd } from './path-ends.ts';

/** What an analyser is made of. */
export interface AnalyserParts {
  /** The tables that are asked. */
  copy(): NetworkCopy;
  /** The outside world's own address: it stands for every one where none is named. */
  readonly internet: () => IpAddress;
  /** Every account and Region. */
  readonly scopes: () => readonly Scope[];
}

/** A path without what identifies it. */
export type AskedPath = Omit<NetworkInsightsPath, 'id' | 'tags' | 'createdAtMs'>;

/** A path that is analysed, with its ends as resources. */
export interface Question {
  readonly parts: AnalyserParts;
  readonly tx: Transaction;
  readonly resources: Resources;
  readonly addresses: AddressClasses;
  readonly path: AskedPath;
  readonly filters: ComponentFilters;
  readonly source: PathEnd;
  /** Undefined where the path names an address only. */
  readonly destination: PathEnd | undefined;
}
