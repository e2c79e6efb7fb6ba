/** Reading eBPF objects, of which the tests write small ones themselves. */
import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { readElfObject } from './elf-object.ts';

const INSTRUCTION_BYTES = 8;
const EXIT = 0x95;

interface ObjectParts {
  /** Length of each program, in instructions. */
  readonly programs: Readonly<Record<string, number>>;
  readonly maps: Readonly<Record<string, readonly number[]>>;
  /** Instruction of the code section, and the map that it names. */
  readonly references: readonly (readonly [number, string])[];
  readonly relocationType?: number;
}

function words(bits: 32 | 64, ...values: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer((bits / 8) * values.length));
  for (const [index, value] of values.entries()) {
    if (bits === 32) bytes.setUint32(4 * index, value, true);
    else bytes.setBigUint64(8 * index, BigInt(value), true);
  }
  return new Uint8Array(bytes.buffer);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const CODE = 2;
const MAPS = 3;

/** An object with these sections: names, code, maps, license, symbols, relocations of the code. */
function objectOf({ programs, maps, references, relocationType = 1 }: ObjectParts): Uint8Array {
  let names = '\0';
  const nameAt = (name: string): number => {
    names += `${name}\0`;
    return names.length - name.length - 1;
  };
  const symbol = (name: string, section: number, at: number, size: number): Uint8Array =>
    Buffer.concat([words(32, nameAt(name)), Uint8Array.of(0x10, 0, section, 0), words(64, at, size)]);
  let at = 0;
  const programSymbols = Object.entries(programs).map(([name, length]) => {
    const made = symbol(name, CODE, at, length * INSTRUCTION_BYTES);
    at += length * INSTRUCTION_BYTES;
    return made;
  });
  const mapSymbols = Object.keys(maps).map((name, index) => symbol(name, MAPS, index * 20, 20));
  const numberOf = (map: string): number => 1 + programSymbols.length + Object.keys(maps).indexOf(map);
  const code = new Uint8Array(at);
  for (let instruction = 0; instruction < at; instruction += INSTRUCTION_BYTES) code[instruction] = EXIT;
  const relocations = references.map(([instruction, map]) =>
    Buffer.concat([words(64, instruction * INSTRUCTION_BYTES), words(32, relocationType, numberOf(map))]),
  );
  const sections = [
    { name: '', type: 0, bytes: new Uint8Array(0) },
    { name: 'strtab', type: 3, bytes: new Uint8Array(0) },
    { name: 'tc', type: 1, bytes: code },
    { name: 'maps', type: 1, bytes: words(32, ...Object.values(maps).flat()) },
    { name: 'license', type: 1, bytes: text('GPL\0') },
    { name: 'symtab', type: 2, link: 1, bytes: Buffer.concat([new Uint8Array(24), ...programSymbols, ...mapSymbols]) },
    { name: 'reltc', type: 9, link: 5, info: CODE, bytes: Buffer.concat(relocations) },
  ].map((section) => ({ link: 0, info: 0, ...section, nameAt: nameAt(section.name) }));
  const strings = text(names);
  let offset = 64;
  const headers: Uint8Array[] = [];
  const contents: Uint8Array[] = [];
  for (const { name, nameAt: named, type, link, info, bytes } of sections) {
    const content = name === 'strtab' ? strings : bytes;
    headers.push(
      Buffer.concat([
        words(32, named, type),
        words(64, 0, 0, offset, content.length),
        words(32, link, info),
        words(64, 1, 0),
      ]),
    );
    contents.push(content);
    offset += content.length;
  }
  const header = new DataView(new ArrayBuffer(64));
  for (const [index, octet] of [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].entries()) header.setUint8(index, octet);
  header.setUint16(16, 1, true);
  header.setUint16(18, 247, true);
  header.setBigUint64(40, BigInt(offset), true);
  header.setUint16(58, 64, true);
  header.setUint16(60, sections.length, true);
  header.setUint16(62, 1, true);
  return Buffer.concat([new Uint8Array(header.buffer), ...contents, ...headers]);
}

const parts: ObjectParts = {
  programs: { first: 3, second: 2 },
  maps: { flows: [1, 56, 4, 1024, 1], slots: [2, 4, 128, 1024, 1024] },
  references: [
    [1, 'slots'],
    [3, 'flows'],
  ],
};

test('programs are cut out of their section with the maps that they name, and maps are read', () => {
  const { programs, maps, license } = readElfObject(objectOf(parts));
  deepEqual(
    programs.map(({ name, instructions, references }) => ({ name, length: instructions.length, references })),
    [
      { name: 'first', length: 24, references: [{ offset: 8, map: 'slots' }] },
      { name: 'second', length: 16, references: [{ offset: 0, map: 'flows' }] },
    ],
  );
  deepEqual(maps, [
    { name: 'flows', type: 1, keyBytes: 56, valueBytes: 4, maxEntries: 1024, flags: 1 },
    { name: 'slots', type: 2, keyBytes: 4, valueBytes: 128, maxEntries: 1024, flags: 1024 },
  ]);
  deepEqual(license, 'GPL');
});

test('what is no object for eBPF is refused with what is wrong about it', () => {
  throws(() => readElfObject(text('#!/bin/sh\n'.repeat(20))), /no 64-bit little-endian ELF file/);
  const forAnotherMachine = objectOf(parts);
  forAnotherMachine[18] = 62;
  throws(() => readElfObject(forAnotherMachine), /for another machine/);
  throws(() => readElfObject(objectOf(parts).subarray(0, 300)), /cut short/);
  throws(() => readElfObject(objectOf({ ...parts, relocationType: 10 })), /relocation of type 10/);
});
