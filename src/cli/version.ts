/** The version of this localvpc, from package.json (a bundler puts it in). */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
