import { NO_CONTENT, type Operation } from '../operation.ts';

/** Taking and giving back the configuration lock (reference §5). */
export const LOCK: readonly Operation[] = [
  {
    method: 'POST',
    path: '/configuration/lock',
    name: 'lock',
    lock: false,
    admin: true,
    handle: async ({ service, session }) => {
      service.lock.acquire(session);
      return NO_CONTENT;
    },
  },
  {
    method: 'POST',
    path: '/configuration/unlock',
    name: 'unlock',
    lock: false,
    admin: true,
    handle: async ({ service, session }) => {
      service.lock.release(session);
      return NO_CONTENT;
    },
  },
];
