// Holds the import table of docs/decisions/0001-rooms.md, the absence of circles, and the size of files.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

/** Most lines a source file may have; a file that grows past it is split by what it knows. */
const MOST_LINES = 400;

/** Which rooms a room may import from (besides itself). */
const TABLE: Record<string, readonly string[]> = {
  kit: [],
  sip: ['kit'],
  rulebook: ['kit'],
  ledger: ['kit'],
  dialects: ['ledger', 'rulebook', 'kit'],
  edge: ['sip', 'rulebook', 'journal', 'kit'],
  exchange: ['sip', 'kit'],
  voice: ['exchange', 'sip', 'rulebook', 'journal', 'kit'],
  journal: ['ledger', 'rulebook', 'kit'],
  http: ['kit'],
  cli: ['exchange', 'sip', 'kit', 'settings', 'main.ts'],
  settings: ['kit'],
  wiring: ['*'],
  'main.ts': ['*'],
};

/** Faults of the tree below `root`, one readable line each; an empty list when all is well. */
export function checkStructure(root: string): string[] {
  const files = globSync('src/**/*.ts', { cwd: root }).map((file) => file.split(sep).join('/'));
  const imports = new Map(files.map((file) => [file, importsOf(root, file)]));
  return [
    ...files.flatMap((file) => layerFaults(file, imports.get(file) ?? [])),
    ...sizeFaults(root, files),
    ...circles(imports),
  ];
}

function importsOf(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return found.map((path) =>
    normalize(join(dirname(file), path))
      .split(sep)
      .join('/'),
  );
}

function roomOf(file: string): string {
  return relative('src', file).split(sep)[0] ?? '';
}

function dialectOf(file: string): string | undefined {
  const parts = file.split('/');
  return parts[1] === 'dialects' && parts.length > 3 ? parts[2] : undefined;
}

function layerFaults(file: string, imports: string[]): string[] {
  if (file.endsWith('.test.ts')) return [];
  const room = roomOf(file);
  const allowed = TABLE[room];
  if (!allowed) return [`${file}: ${room} is not a room of the import table`];
  return imports.flatMap((target) => {
    const other = roomOf(target);
    if (other === room && dialectOf(file) && dialectOf(target) && dialectOf(file) !== dialectOf(target))
      return [`${file}: one dialect imports another: ${target}`];
    if (other === room || allowed.includes('*') || allowed.includes(other)) return [];
    return [`${file}: ${room} may not import ${other} (${target})`];
  });
}

function sizeFaults(root: string, files: string[]): string[] {
  return files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
    return lines > MOST_LINES && !file.endsWith('.test.ts') ? [`${file}: ${lines} lines (at most ${MOST_LINES})`] : [];
  });
}

function circles(imports: Map<string, string[]>): string[] {
  const faults: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      faults.push(`circle: ${[...path.slice(at), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return faults;
}
