'use strict';
const { hash } = require('node:crypto');
const { readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

/**
 * The folder for the bundle that `scripts/bundle.mjs` makes of the sources as they are now. It is named after their sizes
 * and times, so that an edit is never overlooked.
 */
exports.bundleFolder = (root) => {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => join('src', path));
  const state = ['package-lock.json', 'scripts/bundle.mjs', ...sources.sort()].map((path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    return `${path} ${size} ${mtimeMs}`;
  });
  return join(root, 'node_modules', '.tollgate-bundle', hash('sha256', state.join('\n')).slice(0, 16));
};
