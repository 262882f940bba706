/** espeak-ng's name of each language that the vendor names; a language alone stands for its first line. */
const LANGUAGES: Readonly<Record<string, string>> = {
  'en-US': 'en-us',
  'en-GB': 'en-gb',
  'en-AU': 'en-gb',
  'en-IN': 'en-gb',
  'en-CA': 'en-us',
  en: 'en-us',
  'ar-XA': 'ar',
  arb: 'ar',
  'bg-BG': 'bg',
  'ca-ES': 'ca',
  'cmn-CN': 'cmn',
  'cs-CZ': 'cs',
  'cy-GB': 'cy',
  'da-DK': 'da',
  'de-DE': 'de',
  'de-AT': 'de',
  'el-GR': 'el',
  'es-ES': 'es',
  'es-MX': 'es-419',
  'es-US': 'es-419',
  'fi-FI': 'fi',
  'fr-FR': 'fr-fr',
  'fr-CA': 'fr-fr',
  'hi-IN': 'hi',
  'hu-HU': 'hu',
  'id-ID': 'id',
  'is-IS': 'is',
  'it-IT': 'it',
  'ja-JP': 'ja',
  'ko-KR': 'ko',
  'nb-NO': 'nb',
  'nl-NL': 'nl',
  'nl-BE': 'nl',
  'pl-PL': 'pl',
  'pt-BR': 'pt-br',
  'pt-PT': 'pt',
  'ro-RO': 'ro',
  'ru-RU': 'ru',
  'sk-SK': 'sk',
  'sv-SE': 'sv',
  'tr-TR': 'tr',
  'uk-UA': 'uk',
  'vi-VN': 'vi',
  'zh-CN': 'cmn',
  'zh-TW': 'cmn',
  'zh-HK': 'yue',
};

/** Amazon Polly's speakers that scripts name most: language, and whether the voice is a man's. */
const POLLY: Readonly<Record<string, readonly [language: string, male: boolean]>> = {
  Joanna: ['en-US', false],
  Salli: ['en-US', false],
  Kendra: ['en-US', false],
  Kimberly: ['en-US', false],
  Ivy: ['en-US', false],
  Ruth: ['en-US', false],
  Danielle: ['en-US', false],
  Matthew: ['en-US', true],
  Joey: ['en-US', true],
  Justin: ['en-US', true],
  Kevin: ['en-US', true],
  Stephen: ['en-US', true],
  Gregory: ['en-US', true],
  Amy: ['en-GB', false],
  Emma: ['en-GB', false],
  Brian: ['en-GB', true],
  Arthur: ['en-GB', true],
  Nicole: ['en-AU', false],
  Olivia: ['en-AU', false],
  Russell: ['en-AU', true],
  Aditi: ['en-IN', false],
  Raveena: ['en-IN', false],
  Marlene: ['de-DE', false],
  Vicki: ['de-DE', false],
  Hans: ['de-DE', true],
  Daniel: ['de-DE', true],
  Conchita: ['es-ES', false],
  Lucia: ['es-ES', false],
  Enrique: ['es-ES', true],
  Mia: ['es-MX', false],
  Lupe: ['es-US', false],
  Penelope: ['es-US', false],
  Miguel: ['es-US', true],
  Celine: ['fr-FR', false],
  Lea: ['fr-FR', false],
  Mathieu: ['fr-FR', true],
  Chantal: ['fr-CA', false],
  Gabrielle: ['fr-CA', false],
  Carla: ['it-IT', false],
  Bianca: ['it-IT', false],
  Giorgio: ['it-IT', true],
  Mizuki: ['ja-JP', false],
  Takumi: ['ja-JP', true],
  Lotte: ['nl-NL', false],
  Ruben: ['nl-NL', true],
  Ewa: ['pl-PL', false],
  Jacek: ['pl-PL', true],
  Camila: ['pt-BR', false],
  Vitoria: ['pt-BR', false],
  Ricardo: ['pt-BR', true],
  Ines: ['pt-PT', false],
  Tatyana: ['ru-RU', false],
  Maxim: ['ru-RU', true],
  Astrid: ['sv-SE', false],
  Zhiyu: ['cmn-CN', false],
};

const MALE = '+m3';
const FEMALE = '+f2';
const DEFAULT_LANGUAGE = 'en-US';

/** A voice of espeak-ng for what a script asked; `unknown` names what it asked in vain. */
export interface VoiceChoice {
  readonly voice: string;
  readonly unknown: string | null;
}

/** The nearest voice to `voice` and `language` as the vendor names them; undefined where a script does not say. */
export function chooseVoice(voice: string | undefined, language: string | undefined): VoiceChoice {
  const speaker = speakerOf(voice ?? 'woman');
  const wanted = language ?? speaker?.language ?? DEFAULT_LANGUAGE;
  const spoken = languageOf(wanted);
  const name = `${spoken ?? 'en-us'}${speaker?.male ? MALE : FEMALE}`;
  if (!speaker) return { voice: name, unknown: `voice ${voice}` };
  return { voice: name, unknown: spoken === undefined ? `language ${wanted}` : null };
}

function speakerOf(voice: string): { male: boolean; language: string | undefined } | null {
  if (voice === 'man') return { male: true, language: undefined };
  if (voice === 'woman' || voice === 'alice') return { male: false, language: undefined };
  // Such as Google.de-DE-Standard-B and Google.en-US-Neural2-A: a language, and no word of who speaks.
  const google = /^Google\.([a-z]{2,3}-[A-Z]{2})-[\w-]+$/.exec(voice)?.[1];
  if (google !== undefined) return { male: false, language: google };
  const polly = POLLY[/^Polly\.([A-Z][a-z]+)(?:-(?:Neural|Generative|Long-form))?$/.exec(voice)?.[1] ?? ''];
  return polly ? { language: polly[0], male: polly[1] } : null;
}

function languageOf(name: string): string | undefined {
  const wanted = name.toLowerCase();
  const exact = Object.keys(LANGUAGES).find((key) => key.toLowerCase() === wanted);
  const near = exact ?? Object.keys(LANGUAGES).find((key) => key.toLowerCase().split('-')[0] === wanted);
  return near === undefined ? undefined : LANGUAGES[near];
}
