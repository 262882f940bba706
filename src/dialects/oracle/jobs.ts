/** The last asynchronous request of the whole system, which is all that the API tells of. */
export interface Job {
  readonly operation: string;
  readonly status: 'in-progress' | 'success' | 'fail';
  /** What went wrong, or what else there is to know. */
  readonly messages: readonly string[];
}

/** Keeps the outcome of the last job. They are done by the time their request is answered: some clients ask once. */
export class Jobs {
  #last: Job | null = null;

  get last(): Job | null {
    return this.#last;
  }

  /** Runs a job; what it throws becomes its failure. `work` returns what is wrong, empty when all went well. */
  async run(
    operation: string,
    work: () => Promise<readonly string[]>,
    failed: (error: unknown) => string,
  ): Promise<Job> {
    this.#last = { operation, status: 'in-progress', messages: [] };
    const messages = await work().catch((error: unknown) => [failed(error)]);
    const job: Job = { operation, status: messages.length === 0 ? 'success' : 'fail', messages };
    this.#last = job;
    return job;
  }
}
