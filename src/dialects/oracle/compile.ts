import type { Sealer } from '../../kit/seal.ts';
import type { Compiler } from '../compiler.ts';
import { compileBorder } from './compile-border.ts';
import { DIALECT, readConfiguration } from './documents.ts';

/**
 * What the running configuration means for calls; what is edited or saved means nothing. It is activated as one, in one
 * revision, so it is compiled as one, once for each activation.
 */
export function createOracleCompiler({ sealer }: { sealer: Sealer }): Compiler {
  return {
    dialect: DIALECT,
    roots: ['running'],
    affects: ({ key }) => (key.kind === 'running' ? [{ kind: 'border', id: DIALECT }] : []),
    async compile({ id }, documents) {
      const elements = await readConfiguration(documents, 'running');
      return { kind: 'border', id, entry: elements.length > 0 ? compileBorder(elements, sealer) : null };
    },
    // Nobody logs in here.
    credentialKey: (credentialSet, username) => ({
      dialect: DIALECT,
      kind: 'credential',
      id: `${credentialSet}/${username}`,
    }),
    credential: () => null,
  };
}
