import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pcm } from '../../../rulebook/call-control.ts';

const FOLDER = join(import.meta.dirname, 'prompts');
const DEFAULT_LANGUAGE = 'en';
const NAMES = ['enter', 'wrong', 'refused', 'locked', 'failed'] as const;

/** What callers are told, as audio. `failed`: the one they called is not to be had. */
export type Prompts = Readonly<Record<(typeof NAMES)[number], Pcm>>;

/** The announcements, which scripts/prompts.ts makes; each language is read when it is needed first. */
export class PromptLibrary {
  readonly languages: ReadonlySet<string> = new Set(readdirSync(FOLDER));
  readonly #read = new Map<string, Prompts>();

  /** Those in an announcement language such as `de_de`, in any case; of its language, or in English, where it has none of its own. */
  in(announcementLanguage: string | null): Prompts {
    const wanted = (announcementLanguage ?? DEFAULT_LANGUAGE).toLowerCase().replaceAll('-', '_');
    const language =
      [wanted, wanted.split('_', 1)[0] ?? ''].find((name) => this.languages.has(name)) ?? DEFAULT_LANGUAGE;
    const known = this.#read.get(language) ?? readLanguage(language);
    this.#read.set(language, known);
    return known;
  }
}

function readLanguage(language: string): Prompts {
  const read = (name: string): Pcm => readMuLaw(readFileSync(join(FOLDER, language, `${name}.wav`)));
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<(typeof NAMES)[number], Pcm>;
}

/** The audio of a WAV file of ours: µ-law, 8,000 samples a second, one channel. */
function readMuLaw(file: Buffer): Pcm {
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === 'data')
      return Int16Array.from(file.subarray(at + 8, at + 8 + size), decodeMuLaw);
    at += 8 + size + (size % 2);
  }
  throw new Error('a prompt has no audio');
}

/** Linear value of a µ-law octet (ITU-T G.711). */
function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07);
  return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84;
}
