/** Slots found by a key of four words: a chained hash in typed arrays. Who owns the slots says which are in use. */

/** 32-bit words of a key. */
export const INDEX_KEY_WORDS = 4;
const NONE = -1;
/** First word of a key that is none; owners keep it out of their keys. */
const FREE = -1;

/** An index over slots 0 … capacity - 1; `grow` it together with the slots. */
export class KeyIndex {
  private keys: Int32Array;
  private next: Int32Array;
  private heads: Int32Array;

  constructor(private capacity: number) {
    this.keys = new Int32Array(capacity * INDEX_KEY_WORDS).fill(FREE);
    this.next = new Int32Array(capacity);
    this.heads = new Int32Array(capacity * 2).fill(NONE);
  }

  /** The slot with this key, -1 if there is none. */
  find(key: Int32Array): number {
    let slot = this.heads[this.bucket(key, 0)] ?? NONE;
    while (slot !== NONE && !this.has(slot, key)) slot = this.next[slot] ?? NONE;
    return slot;
  }

  /** Gives a slot, which has none, this key, which no other slot has. */
  add(slot: number, key: Int32Array): void {
    this.keys.set(key, slot * INDEX_KEY_WORDS);
    this.link(slot);
  }

  /** Takes a slot's key away, if it has one. */
  remove(slot: number): void {
    if (!this.holds(slot)) return;
    const bucket = this.bucket(this.keys, slot * INDEX_KEY_WORDS);
    const after = this.next[slot] ?? NONE;
    let previous = this.heads[bucket] ?? NONE;
    if (previous === slot) this.heads[bucket] = after;
    else {
      while (this.next[previous] !== slot) previous = this.next[previous] ?? NONE;
      this.next[previous] = after;
    }
    this.keys[slot * INDEX_KEY_WORDS] = FREE;
  }

  /** True when the slot has a key. */
  holds(slot: number): boolean {
    return this.keys[slot * INDEX_KEY_WORDS] !== FREE;
  }

  /** A word of a slot's key. */
  word(slot: number, word: number): number {
    return this.keys[slot * INDEX_KEY_WORDS + word] ?? 0;
  }

  /** Makes room for more slots. */
  grow(capacity: number): void {
    const before = this.capacity;
    const keys = new Int32Array(capacity * INDEX_KEY_WORDS).fill(FREE);
    keys.set(this.keys);
    this.keys = keys;
    this.capacity = capacity;
    this.next = new Int32Array(capacity);
    this.heads = new Int32Array(capacity * 2).fill(NONE);
    for (let slot = 0; slot < before; slot++) if (this.holds(slot)) this.link(slot);
  }

  private link(slot: number): void {
    const bucket = this.bucket(this.keys, slot * INDEX_KEY_WORDS);
    this.next[slot] = this.heads[bucket] ?? NONE;
    this.heads[bucket] = slot;
  }

  private has(slot: number, key: Int32Array): boolean {
    const { keys } = this;
    const at = slot * INDEX_KEY_WORDS;
    return keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3];
  }

  private bucket(words: Int32Array, base: number): number {
    return hashWords(words, base) & (this.heads.length - 1);
  }
}

/** A hash of a key's words whose every bit depends on all of theirs (the last steps are MurmurHash3's finalizer): a port is the upper half of a word. */
export function hashWords(words: Int32Array, base: number): number {
  let hash = 0;
  for (let word = 0; word < INDEX_KEY_WORDS; word++) {
    hash = Math.imul(hash ^ (words[base + word] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
