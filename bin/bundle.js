'use strict';
const { hash } = require('node:crypto');
const { readdirSync, statSync } = require('node:fs');
const { join, sep } = require('node:path');

/**
 * The folder for the bundle that `scripts/bundle.mjs` makes of the sources as they are now. It is named after their sizes
 * and times, so that an edit is never overlooked.
 */
exports.bundleFolder = (root) => {
  // Every start does this, so nothing here is done twice: there are hundreds of them.
  let state = '';
  const add = (path) => {
    const { size, mtimeMs } = statSync(root + sep + path);
    state += `${path} ${size} ${mtimeMs}\n`;
  };
  add('package-lock.json');
  add(join('scripts', 'bundle.mjs'));
  for (const path of readdirSync(join(root, 'src'), { recursive: true }).sort())
    if (path.endsWith('.ts') && !path.endsWith('.test.ts')) add(`src${sep}${path}`);
  return join(root, 'node_modules', '.tollgate-bundle', hash('sha256', state).slice(0, 16));
};
