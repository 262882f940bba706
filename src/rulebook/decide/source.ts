import { contains, parseAddress, type Block } from '../../kit/ip.ts';
import type { Termination } from '../trunk.ts';
import { pass, refuse, skip, type Outcome, type RequestContext } from './context.ts';

/** The block of the source list that an address is in; undefined when it is in none, and where there is no list. */
export function blockOf({ sources }: Pick<Termination, 'sources'>, sender: string): Block | undefined {
  const address = parseAddress(sender);
  return address && sources?.blocks.find((block) => contains(block, address));
}

/** The sender must be in the trunk's source list. */
export function checkSource({ attempt, termination, trunk, found }: RequestContext): Outcome {
  const { sources, boundSources, certificates, digest } = termination;
  const { address: sender } = attempt.source;
  const bound = blockOf({ sources: boundSources }, sender);
  if (bound) {
    found.sourceTrusted = true;
    found.sourceBound = true;
    return pass(`${sender} is bound to the trunk by a block of ${bound.length} bits`, boundSources?.rule);
  }
  if (certificates) {
    const { names = [] } = attempt.source;
    const known = certificates.names.find((name) => names.includes(name));
    if (known === undefined)
      return refuse(
        'source-not-allowed',
        `no certificate for ${certificates.names.join()}`,
        certificates.rule,
        'TLS with one',
      );
    found.sourceTrusted = true;
    found.sourceBound = true;
    return pass(`the certificate names ${known}`, certificates.rule);
  }
  if (!sources) {
    // A trunk with neither would be open to the world.
    if (!digest)
      return refuse(
        'source-not-allowed',
        'the trunk has neither a source list nor credentials',
        trunk.missing.termination,
      );
    return skip('the trunk has no source list; its credentials decide');
  }
  const block = blockOf(termination, sender);
  if (!block) {
    const many = sources.blocks.length;
    return refuse(
      'source-not-allowed',
      `${sender} is in none of ${many} allowed blocks`,
      sources.rule,
      `a block that holds ${sender}`,
    );
  }
  found.sourceTrusted = true;
  return pass(`${sender} is in an allowed block of ${block.length} bits`, sources.rule);
}
