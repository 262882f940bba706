import { execFileSync, spawnSync } from 'node:child_process';

/** Set where a program has a network of its own. */
const INSIDE = 'ACCEPTANCE_PRIVATE_NETWORK';

/** Addresses of that network: none of them is a loopback address to the gate. */
export const GATE = '10.99.0.1';
export const ATTACKER = '10.99.0.2';
export const HONEST = '10.99.0.3';
export const GATEWAY = '10.99.0.4';

/**
 * Runs this program again in a network namespace of its own, which ends with it, and ends this one with its exit code.
 * Returns at once where that has been done. Needs Linux, iproute2 and the right to do so.
 */
export function enterPrivateNetwork(): void {
  if (process.env[INSIDE] === undefined) {
    const args = ['--net', process.execPath, ...process.argv.slice(1)];
    const { status } = spawnSync('unshare', args, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
    process.exit(status ?? 1);
  }
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  for (const address of [GATE, ATTACKER, HONEST, GATEWAY])
    execFileSync('ip', ['address', 'add', `${address}/24`, 'dev', 'lo']);
}

/** Loses one in ten UDP datagrams and sends one in ten twice (nftables), between any two addresses of the network. */
export function makeLossy(): void {
  const rules = `
    table ip acceptance {
      chain arriving {
        type filter hook input priority 0;
        ip daddr 10.99.0.0/24 meta l4proto udp numgen random mod 10 0 counter drop
      }
      chain leaving {
        type filter hook output priority 0;
        ${[GATE, ATTACKER, HONEST, GATEWAY]
          .map((to) => `ip daddr ${to} meta l4proto udp numgen random mod 10 0 counter dup to ${to} device lo`)
          .join('\n')}
      }
    }`;
  execFileSync('nft', ['-f', '-'], { input: rules });
}

/** The packets that each rule met. */
export function lossCounters(): { packetsLost: number; packetsDoubled: number } {
  const text = execFileSync('nft', ['list', 'ruleset']).toString();
  const count = (verdict: string): number =>
    [...text.matchAll(/counter packets (\d+) bytes \d+ (\w+)/g)]
      .filter((found) => found[2] === verdict)
      .reduce((sum, found) => sum + Number(found[1]), 0);
  return { packetsLost: count('drop'), packetsDoubled: count('dup') };
}
