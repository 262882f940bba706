// Makes the announcements of the attendant that asks for access codes: one folder per language, 8 kHz µ-law.
// Needs espeak-ng and sox (apt install espeak-ng sox). The files are kept in the repository; run it after a change here.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../src/dialects/webex/attendant/prompts');

/** Words a minute: keys are pressed by what is heard. */
const SPEED = '150';

interface Language {
  readonly voice: string;
  /** By the name of the file. */
  readonly texts: Readonly<Record<'enter' | 'wrong' | 'refused' | 'locked' | 'failed', string>>;
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  en: {
    voice: 'en-us',
    texts: {
      enter: 'Please enter your access code, then press the pound or hash key.',
      wrong: 'That code is not valid. Please try again.',
      refused: 'Your call cannot be completed. Goodbye.',
      locked: 'Too many wrong codes were entered. Please try again later.',
      failed: 'The number you called cannot be reached.',
    },
  },
  de: {
    voice: 'de',
    texts: {
      enter: 'Bitte geben Sie Ihren Zugangscode ein, und drücken Sie dann die Rautetaste.',
      wrong: 'Dieser Code ist nicht gültig. Bitte versuchen Sie es noch einmal.',
      refused: 'Ihr Anruf kann nicht verbunden werden. Auf Wiederhören.',
      locked: 'Es wurden zu viele falsche Codes eingegeben. Bitte versuchen Sie es später noch einmal.',
      failed: 'Die gewählte Nummer ist nicht erreichbar.',
    },
  },
  fr: {
    voice: 'fr-fr',
    texts: {
      enter: "Veuillez saisir votre code d'accès, puis appuyer sur la touche dièse.",
      wrong: "Ce code n'est pas valable. Veuillez réessayer.",
      refused: 'Votre appel ne peut pas aboutir. Au revoir.',
      locked: 'Trop de codes erronés ont été saisis. Veuillez réessayer plus tard.',
      failed: "Le numéro que vous avez composé n'est pas joignable.",
    },
  },
  es: {
    voice: 'es',
    texts: {
      enter: 'Introduzca su código de acceso y pulse la tecla almohadilla.',
      wrong: 'El código no es válido. Inténtelo de nuevo.',
      refused: 'Su llamada no se puede completar. Adiós.',
      locked: 'Se han introducido demasiados códigos erróneos. Inténtelo más tarde.',
      failed: 'No se puede contactar con el número marcado.',
    },
  },
  it: {
    voice: 'it',
    texts: {
      enter: 'Inserire il codice di accesso e premere il tasto cancelletto.',
      wrong: 'Il codice non è valido. Riprovare.',
      refused: 'La chiamata non può essere completata. Arrivederci.',
      locked: 'Sono stati inseriti troppi codici errati. Riprovare più tardi.',
      failed: 'Il numero chiamato non è raggiungibile.',
    },
  },
  nl: {
    voice: 'nl',
    texts: {
      enter: 'Voer uw toegangscode in en druk daarna op het hekje.',
      wrong: 'Deze code is niet geldig. Probeer het opnieuw.',
      refused: 'Uw gesprek kan niet worden verbonden. Tot ziens.',
      locked: 'Er zijn te veel onjuiste codes ingevoerd. Probeer het later opnieuw.',
      failed: 'Het gekozen nummer is niet bereikbaar.',
    },
  },
};

/** Runs a program; resolves to what it wrote. */
function run(program: string, args: readonly string[], input?: Buffer): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 2 ** 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} failed: ${stderr.toString()}`);
  return stdout;
}

rmSync(FOLDER, { recursive: true, force: true });
for (const [language, { voice, texts }] of Object.entries(LANGUAGES)) {
  mkdirSync(join(FOLDER, language), { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    const speech = run('espeak-ng', ['-v', voice, '-s', SPEED, '--stdout', text]);
    const format = ['-r', '8000', '-c', '1', '-e', 'mu-law', '-b', '8'];
    // Without the silence around it, as loud as telephones like it, and without what they cannot carry.
    const trim = ['silence', '1', '0.01', '1%', 'reverse', 'silence', '1', '0.01', '1%', 'reverse'];
    // -D: the same files in every run.
    const shape = ['sinc', '150-3400', ...trim, 'pad', '0', '0.1', 'norm', '-4'];
    // A stream does not know its length, which would be in the header that sox warns about.
    run(
      'sox',
      ['-D', '-V1', '--ignore-length', '-t', 'wav', '-', ...format, join(FOLDER, language, `${name}.wav`), ...shape],
      speech,
    );
  }
}
