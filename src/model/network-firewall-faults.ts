/**
 * Error codes of AWS Network Firewall.
 *
 * Source: its API reference. Sentences are unconfirmed.
 */
import { free } from './fault-entry.ts';

export const networkFirewall = {
  InvalidRequestException: free(),
  ResourceNotFoundException: free(),
  InvalidTokenException: free(),
  InvalidOperationException: free(),
  LimitExceededException: free(),
  UnsupportedOperationException: free(),
  /** The body is no JSON, or a member has another type than its schema says. */
  SerializationException: free(),
} as const;
