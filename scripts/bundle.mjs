// Puts the program into few files, so that it starts in a fraction of the time; the launcher finds them by itself.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { bundleFolder } from '../bin/bundle.js';

/** Bundles that stay: a gate that runs reads files of its own when it starts a thread again. */
const KEPT = 3;

const root = join(import.meta.dirname, '..');
const folder = bundleFolder(root);
if (!existsSync(folder)) await build();

async function build() {
  const unfinished = `${folder}.${process.pid}`;
  const bundle = await rolldown({
    input: { main: join(root, 'src/cli/main.ts') },
    platform: 'node',
    // What Fastify asks for only where it has no compilers and for tests: half of it.
    external: ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'],
    plugins: [{ name: 'places', transform: keepPlaces }],
  });
  mkdirSync(dirname(folder), { recursive: true });
  await bundle.write({
    dir: unfinished,
    // To import a module of Node's by its names loads what it would only load when asked, such as its whole fetch.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    sourcemap: true,
    // V8 keeps any other text in twice the memory.
    charset: 'ascii',
    comments: false,
  });
  await bundle.close();
  renameSync(unfinished, folder);
  forgetOld();
}

/** What a source finds beside itself, the bundle finds where it was; a thread's script becomes a file of the bundle. */
function keepPlaces(code, id) {
  if (!id.startsWith(join(root, 'src')) || !code.includes('import.meta.')) return null;
  const place = relative(folder, dirname(id)).split(sep).join('/');
  return {
    map: null,
    code: code
      .replace('const require = createRequire(import.meta.url);', '')
      .replaceAll('import.meta.dirname', `(import.meta.dirname + ${JSON.stringify(`/${place}`)})`)
      .replace(/\brequire\('([^']+)'\)/g, (_whole, name) => {
        const late = this.emitFile({ type: 'chunk', id: name, importer: id });
        return `require(process.getBuiltinModule("node:url").fileURLToPath(import.meta.ROLLUP_FILE_URL_${late}))`;
      })
      .replace(/new URL\('(\.\/[\w-]+\.ts)', import\.meta\.url\)/g, (_whole, script) => {
        const thread = this.emitFile({ type: 'chunk', id: join(dirname(id), script) });
        return `new URL(import.meta.ROLLUP_FILE_URL_${thread})`;
      }),
  };
}

function forgetOld() {
  const bundles = readdirSync(dirname(folder)).map((name) => join(dirname(folder), name));
  const newest = bundles.toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  for (const old of newest.slice(KEPT)) rmSync(old, { recursive: true });
}
