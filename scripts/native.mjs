// Builds the addon that takes datagrams in batches, where there is Linux and a C compiler; the gate runs without it too.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addonFile, SOURCE } from '../src/sip/transport/native.ts';

/** Milliseconds that a compiler may take; it needs a fifth of a second. */
const LONGEST = 60_000;

const COMPILERS = ['cc', 'gcc', 'clang'];
const FLAGS = ['-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-fstack-protector-strong', '-Wl,-z,relro,-z,now'];

const file = addonFile();
const compiler = process.platform === 'linux' && !existsSync(file) && COMPILERS.find(isThere);
if (compiler) build();

/** Says in one line why it could not, and fails nothing. */
function build() {
  const headers = join(dirname(process.execPath), '..', 'include', 'node');
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    execFileSync(compiler, [...FLAGS, '-I', headers, '-o', unfinished, SOURCE], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: LONGEST,
    });
    renameSync(unfinished, file);
  } catch (error) {
    const [reason] = String(error.stderr ?? error.message).split('\n', 1);
    console.error(`tollgate: takes datagrams one at a time, for the addon could not be built: ${reason}`);
  }
}

function isThere(name) {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore', timeout: LONGEST });
    return true;
  } catch {
    return false;
  }
}
