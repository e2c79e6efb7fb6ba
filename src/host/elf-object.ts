/**
 * Reads eBPF objects as clang writes them: ELF files (elf(5)), 64-bit, little-endian, relocatable.
 *
 * What is needed of them: programs (global functions, one after another in the section `tc`), descriptions of maps (five
 * 32-bit words each in the section `maps`), and where an instruction names a map (relocations of type R_BPF_64_64,
 * Documentation/bpf/llvm_reloc.rst of Linux). There is a library for all this (libbpf), but not in every machine.
 */

/** A map that programs use. */
export interface ElfMap {
  readonly name: string;
  /** As in enum bpf_map_type. */
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
}

/** Where a program's instruction takes a map's descriptor. */
export interface MapReference {
  /** Byte offset of the 16-byte instruction in the program. */
  readonly offset: number;
  readonly map: string;
}

/** Instructions and which maps they name. */
export interface ElfProgram {
  readonly name: string;
  readonly instructions: Uint8Array;
  readonly references: readonly MapReference[];
}

/** An object, read. */
export interface ElfObject {
  readonly maps: readonly ElfMap[];
  readonly programs: readonly ElfProgram[];
  readonly license: string;
}

const MACHINE_BPF = 247;
const SECTION_SYMBOLS = 2;
const SECTION_RELOCATIONS = 9;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;
const GLOBAL = 1;
const R_BPF_64_64 = 1;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly info: number;
  readonly link: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

interface ElfSymbol {
  readonly name: string;
  readonly section: number;
  readonly value: number;
  readonly size: number;
  readonly isGlobal: boolean;
}

/** Reads an object. @throws Error saying what is wrong with it */
export function readElfObject(file: Uint8Array): ElfObject {
  const sections = readSections(file);
  const symbols = readSymbols(sections);
  const sectionNamed = (name: string): number => sections.findIndex((section) => section.name === name);
  const [code, maps, license] = [sectionNamed('tc'), sectionNamed('maps'), sectionNamed('license')];
  const relocations = sections.find(({ type, info }) => type === SECTION_RELOCATIONS && info === code);
  const inSection = (index: number): readonly ElfSymbol[] =>
    symbols.filter(({ section, isGlobal }) => section === index && isGlobal);
  const nameOfMap = (index: number): string => {
    const symbol = symbols[index];
    if (symbol?.section !== maps) throw unreadable(`it refers to ${symbol?.name}, which is no map`);
    return symbol.name;
  };
  const references = relocations ? readRelocations(relocations, nameOfMap) : [];
  return {
    maps: inSection(maps).map((symbol) => readMap(symbol, need(sections[maps], 'maps'))),
    programs: inSection(code).map((symbol) => readProgram(symbol, need(sections[code], 'tc'), references)),
    license: textAt(need(sections[license], 'license').bytes, 0),
  };
}

const unreadable = (what: string): Error => new Error(`not a usable eBPF object: ${what}`);

function need(section: Section | undefined, name: string): Section {
  if (section === undefined) throw unreadable(`it has no section ${name}`);
  return section;
}

function readSections(file: Uint8Array): readonly Section[] {
  const view = viewOf(file);
  if (file.length < 64 || view.getUint32(0) !== 0x7f45_4c46 || file[4] !== 2 || file[5] !== 1)
    throw unreadable('it is no 64-bit little-endian ELF file');
  if (view.getUint16(18, true) !== MACHINE_BPF) throw unreadable('it is for another machine');
  const table = Number(view.getBigUint64(40, true));
  const headerBytes = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const names = view.getUint16(62, true);
  if (table + count * headerBytes > file.length) throw unreadable('it is cut short');
  const headerOf = (index: number) => {
    const at = table + index * headerBytes;
    const offset = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    const bytes = file.subarray(offset, offset + size);
    return {
      nameAt: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
      bytes,
      view: viewOf(bytes),
    };
  };
  const nameBytes = headerOf(names).bytes;
  return Array.from({ length: count }, (_, index) => {
    const { nameAt, ...section } = headerOf(index);
    return { ...section, name: textAt(nameBytes, nameAt) };
  });
}

function readSymbols(sections: readonly Section[]): readonly ElfSymbol[] {
  const table = need(
    sections.find(({ type }) => type === SECTION_SYMBOLS),
    'symtab',
  );
  const names = need(sections[table.link], 'strtab').bytes;
  return Array.from({ length: table.bytes.length / SYMBOL_BYTES }, (_, index) => {
    const at = index * SYMBOL_BYTES;
    return {
      name: textAt(names, table.view.getUint32(at, true)),
      isGlobal: table.view.getUint8(at + 4) >> 4 === GLOBAL,
      section: table.view.getUint16(at + 6, true),
      value: Number(table.view.getBigUint64(at + 8, true)),
      size: Number(table.view.getBigUint64(at + 16, true)),
    };
  });
}

function readRelocations({ bytes, view }: Section, nameOfMap: (symbol: number) => string): readonly MapReference[] {
  return Array.from({ length: bytes.length / RELOCATION_BYTES }, (_, index) => {
    const at = index * RELOCATION_BYTES;
    const type = view.getUint32(at + 8, true);
    if (type !== R_BPF_64_64) throw unreadable(`it has a relocation of type ${type}`);
    return { offset: Number(view.getBigUint64(at, true)), map: nameOfMap(view.getUint32(at + 12, true)) };
  });
}

function readMap({ name, value }: ElfSymbol, { view }: Section): ElfMap {
  const word = (index: number): number => view.getUint32(value + 4 * index, true);
  return { name, type: word(0), keyBytes: word(1), valueBytes: word(2), maxEntries: word(3), flags: word(4) };
}

function readProgram(symbol: ElfSymbol, code: Section, references: readonly MapReference[]): ElfProgram {
  const { name, value, size } = symbol;
  return {
    name,
    instructions: code.bytes.slice(value, value + size),
    references: references
      .filter(({ offset }) => offset >= value && offset < value + size)
      .map(({ offset, map }) => ({ offset: offset - value, map })),
  };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return new TextDecoder().decode(bytes.subarray(at, end < 0 ? undefined : end));
}
