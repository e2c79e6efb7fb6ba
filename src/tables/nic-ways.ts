/** What both sides of the contract say of how interfaces go to guests. */
import type { NicWay } from './data-plane.ts';

/** Of interfaces of virtual guests. */
export const VIRTUAL_WAY: NicWay = { path: 'mediated', why: 'its guest is virtual' };
