// Builds the addon that takes datagrams in batches, where there is Linux and a C compiler; the gate runs without it too.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addonFile, SOURCE } from '../src/sip/transport/native.ts';

/** Milliseconds; it takes a fifth of a second. */
const LONGEST = 60_000;

const COMPILERS = ['cc', 'gcc', 'clang'];
const FLAGS = ['-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-fstack-protector-strong', '-Wl,-z,relro,-z,now'];

const file = addonFile();
if (process.platform === 'linux' && !existsSync(file)) build();

function build() {
  const headers = join(dirname(process.execPath), '..', 'include', 'node');
  const unfinished = `${file}.${process.pid}`;
  const args = [...FLAGS, '-I', headers, '-o', unfinished, SOURCE];
  const compiler = COMPILERS.find(isThere);
  if (!compiler) return;
  mkdirSync(dirname(file), { recursive: true });
  execFileSync(compiler, args, { stdio: 'inherit', timeout: LONGEST });
  renameSync(unfinished, file);
}

function isThere(compiler) {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore', timeout: LONGEST });
    return true;
  } catch {
    return false;
  }
}
