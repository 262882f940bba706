import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian packages of the programs that scenarios use as peers. */
const PACKAGES = {
  curl: 'curl',
  openssl: 'openssl',
  sipp: 'sip-tester',
  linphonec: 'linphone-cli',
  svcrack: 'sipvicious',
} as const;

/** Why a test that needs this program is skipped here; false when the program is there. */
export function without(program: keyof typeof PACKAGES): string | false {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  if (folders.some((folder) => isExecutable(join(folder, program)))) return false;
  return `${program} is not installed (apt install ${PACKAGES[program]})`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
