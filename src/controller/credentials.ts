/** Access keys that callers must sign with, from a file in the form of `~/.aws/credentials`. */
import { loadSharedConfigFiles } from '@smithy/core/config';

/**
 * Reads the file: secret access keys by access key id.
 * @throws Error that says what is wrong with it
 */
export async function readCredentials(file: string): Promise<ReadonlyMap<string, string>> {
  // The loader takes a missing file for an empty one; here that would mean that nobody can call.
  const { credentialsFile } = await loadSharedConfigFiles({ filepath: file, configFilepath: file, ignoreCache: true });
  const credentials = new Map<string, string>();
  for (const { aws_access_key_id: id, aws_secret_access_key: secret } of Object.values(credentialsFile))
    if (id && secret) credentials.set(id, secret);
  if (credentials.size === 0)
    throw new Error(
      `${file} holds no access keys. It must look like ~/.aws/credentials: [profile], aws_access_key_id = …, aws_secret_access_key = …`,
    );
  return credentials;
}
