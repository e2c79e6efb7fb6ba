/** What both sides of the contract say of how interfaces go to guests. */
import type { NicWay, OffloadAvailable } from './data-plane.ts';

/** Whether flows are offloaded by a machine room. */
export const OFFLOAD: OffloadAvailable = { available: false, reason: 'this version of localvpc offloads none' };

/** Of interfaces of virtual guests. */
export const VIRTUAL_WAY: NicWay = { path: 'mediated', why: 'its guest is virtual' };
