/** Text in XML 1.0: escaped, and without what no XML document may contain. */

/** All that cannot stand in text as it is, and some control characters that can. Half surrogate pairs are \p{Cs}. */
const SPECIAL = /[&<>"'\u2028\ufffe\uffff\p{Cc}\p{Cs}]/u;
const ALL_SPECIAL = new RegExp(SPECIAL, 'gu');

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
  // A parser reads a bare carriage return as a line feed (XML 1.0, 2.11), and 1.1 ones the other two.
  ['\r', '&#xD;'],
  ['\u0085', '&#x85;'],
  ['\u2028', '&#x2028;'],
]);

/**
 * Text as the content of an element. Characters that XML 1.0 cannot hold in any form (most control characters, half of
 * a surrogate pair) become U+FFFD; what AWS does with them is unconfirmed.
 */
export const escapeXml = (text: string): string => (SPECIAL.test(text) ? text.replace(ALL_SPECIAL, escapeOne) : text);

const escapeOne = (character: string): string =>
  ENTITIES.get(character) ?? (isAllowed(character) ? character : '\ufffd');

/** Tab, line feed, and the upper control characters are XML (XML 1.0, production Char). */
const isAllowed = (character: string): boolean =>
  character === '\t' || character === '\n' || (character >= '\x7f' && character <= '\x9f');

/** The first line of every document; AWS sends it (field). */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
