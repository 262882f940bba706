import { isIPv6 } from 'node:net';
import { isLoopback } from '../kit/ip.ts';

/**
 * The address to open media ports at, for a gate that listens at `hosts`: only this machine's own when the gate is for
 * this machine alone, else all of them, for media may come another way than signalling.
 */
export function mediaBinding(hosts: readonly string[]): string {
  const outside = hosts.filter((host) => !isLoopback(host));
  if (outside.length > 0) return outside.some((host) => isIPv6(host)) ? '::' : '0.0.0.0';
  return hosts.length > 0 && hosts.every((host) => isIPv6(host)) ? '::1' : '127.0.0.1';
}
