/** How interfaces really go to their guests, as the data plane tells it. */
import type { NetworkInterfaceId } from '../net/identifiers.ts';

/** How an interface really goes to its guest; `why` is a sentence's end, after "because". */
export interface NicWay {
  readonly path: 'mediated' | 'offloaded' | 'passthrough';
  readonly why: string;
}

/** Frames of an interface that passed the fabric since it was plugged; a segmentation-offload frame is one. */
export interface MediatedFrames {
  readonly id: NetworkInterfaceId;
  readonly fromGuest: number;
  readonly toGuest: number;
  /** Of frames, without virtio header. */
  readonly bytesFromGuest: number;
  readonly bytesToGuest: number;
  /** Who wants to see all of its frames at present, so that none goes without the fabric; undefined for nobody. */
  readonly seenBy: 'capture' | 'mirror' | undefined;
}

/** An interface that a guest has. */
export interface NicReport {
  readonly id: NetworkInterfaceId;
  readonly way: NicWay;
  /** Undefined where no frame passes the fabric. */
  readonly mediated: Omit<MediatedFrames, 'id' | 'seenBy'> | undefined;
}

/** Whether flows of an interface can be switched without the fabric, and why not. */
export type OffloadAvailable = { readonly available: true } | { readonly available: false; readonly reason: string };

const SEEN_WHY = {
  capture: 'it is captured, and a capture shows every frame',
  mirror: 'it is mirrored, and the fabric copies its frames',
} as const;

/** The way of frames while somebody wants to see all of them. */
export const wayWhile = (seenBy: MediatedFrames['seenBy'], way: NicWay): NicWay =>
  way.path === 'offloaded' && seenBy !== undefined ? { path: 'mediated', why: SEEN_WHY[seenBy] } : way;

/** Of interfaces of virtual guests. */
export const VIRTUAL_WAY: NicWay = { path: 'mediated', why: 'its guest is virtual' };

/** What is told of an interface that goes this way, and has a port of the fabric. */
export const nicReport = (way: NicWay, { id, seenBy: _, ...mediated }: MediatedFrames): NicReport => ({
  id,
  way,
  mediated,
});
