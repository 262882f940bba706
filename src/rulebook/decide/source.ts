import { contains, parseAddress } from '../../kit/ip.ts';
import { pass, refuse, skip, type Outcome, type RequestContext } from './context.ts';

/** The sender must be in the trunk's source list. */
export function checkSource({ attempt, termination, trunk, found }: RequestContext): Outcome {
  const { sources, boundSources, digest } = termination;
  const { address: sender } = attempt.source;
  const address = parseAddress(sender);
  const bound = address && boundSources?.blocks.find((candidate) => contains(candidate, address));
  if (bound) {
    found.sourceTrusted = true;
    found.sourceBound = true;
    return pass(`${sender} is bound to the trunk by a block of ${bound.length} bits`, boundSources?.rule);
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
  const block = address && sources.blocks.find((candidate) => contains(candidate, address));
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
