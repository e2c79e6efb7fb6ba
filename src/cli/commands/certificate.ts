/** `localvpc certificate`: the certificate that verifies instance identity documents. */
import { Command } from 'commander';
import type { Context } from '../context.ts';

const HELP = `
An instance finds its identity document in its metadata, under
dynamic/instance-identity/document, and signatures over it beside it: signature,
pkcs7 and rsa2048. AWS publishes a certificate for each kind; here one, of
localvpc's own RSA key, verifies all three. The key is made once and kept in the
data folder, so the certificate stays the same; with --ephemeral it is of one
run. What AWS's page "Verify the instance identity document" says works with it:

  openssl smime -verify -in rsa2048 -inform PEM -certfile certificate -noverify

Example:
  $ localvpc certificate > certificate
`;

export const certificateCommand = (context: () => Context): Command =>
  new Command('certificate')
    .description('print the certificate that verifies instance identity documents')
    .addHelpText('after', HELP)
    .action(async () => {
      const { endpoint, print } = context();
      print((await (await endpoint.request('instance-identity/certificate')).text()).trimEnd());
    });
