import { Session, type HeapProfiler } from 'node:inspector/promises';

/** Bytes between two samples, on average. */
const INTERVAL = 4096;

/** Functions that are listed. */
const MOST_LISTED = 60;

/** Runs `work`, and prints which functions made its garbage: bytes of each call, of the function itself. */
export async function garbageBySite(work: () => Promise<void>, calls: number): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  const sites = new Map<string, number>();
  const walk = ({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): void => {
    const { functionName, url, lineNumber } = callFrame;
    const file = url.slice(url.lastIndexOf('/') + 1);
    const site = `${functionName} ${file}:${lineNumber + 1}`;
    sites.set(site, (sites.get(site) ?? 0) + selfSize);
    for (const child of children) walk(child);
  };
  walk(profile.head);
  const largest = [...sites].sort(([, a], [, b]) => b - a).slice(0, MOST_LISTED);
  for (const [site, bytes] of largest) console.log(String(Math.round(bytes / calls)).padStart(8), site);
}
