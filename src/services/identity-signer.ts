/** Who signs instance identity documents (user guide, instance-identity-documents). */

/** Signatures over a document, as base64 in lines of 64 characters. */
export interface IdentitySigner {
  /** RSA with SHA-256 over the document's bytes. */
  signature(document: string): string;
  /** PKCS #7 SignedData with the document in it: PEM without its first and last line. */
  pkcs7(document: string): string;
}
