/** Where localvpc's own programs lie inside a guest. */

/** Folder of the programs. */
export const LIBRARY = '/usr/lib/localvpc';
/** Folder of what the programs remember until the guest ends. */
export const STATE = '/run/localvpc';
