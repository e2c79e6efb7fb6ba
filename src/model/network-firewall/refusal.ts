/** How Network Firewall's requests are refused: what is wrong, or what localvpc does not decide about. */
import { Fault } from '../fault.ts';

/** InvalidRequestException with a sentence. AWS's sentences are not documented, and these are localvpc's own. */
export const refused = (sentence: string): Fault => {
  const text = sentence.startsWith('localvpc') ? sentence : `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
  return new Fault('InvalidRequestException', text.endsWith('.') ? text : `${text}.`);
};
