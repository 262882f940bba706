import { isAmong, type Agent } from '../../rulebook/agent.ts';

/** Statuses by which an agent says of itself that it does not work, where nobody provisioned others. */
const OUT_BY_DEFAULT = new Set([408, 503]);

/** Whether one agent is in service, from what calls and pings saw of it. */
export class AgentHealth {
  /** Why it is out of service; null: it is not. */
  #out: string | null = null;
  /** When it is tried again without a sign of life; null: never. */
  #resumeAt: number | null = null;
  /** When it began to answer again. */
  #answersSince: number | null = null;
  #timeouts = 0;
  /** When something came from it last. */
  heardAt: number | null = null;

  /** Why it is out of service at the moment. */
  out(now: number): string | null {
    if (this.#out !== null && this.#resumeAt !== null && now >= this.#resumeAt) this.#comeBack();
    return this.#out;
  }

  /** It answered a call; `status` of the final answer, or of a provisional one. */
  answered(agent: Agent, status: number, now: number): void {
    this.heardAt = now;
    this.#timeouts = 0;
    if (isAmong(agent.health.outCodes, status)) this.#goOut(`it answered ${status}`, agent, now);
    else this.#lives(agent, now);
  }

  /** It answered a ping. */
  pinged(agent: Agent, status: number, now: number): void {
    this.heardAt = now;
    this.#timeouts = 0;
    const { outCodes } = agent.health;
    const healthy = agent.ping?.healthy ?? [];
    const well =
      status === 200 ||
      (healthy.length > 0
        ? isAmong(healthy, status)
        : outCodes.length > 0
          ? !isAmong(outCodes, status)
          : !OUT_BY_DEFAULT.has(status));
    if (well) this.#lives(agent, now);
    else this.#goOut(`it answered a ping with ${status}`, agent, now);
  }

  /** It did not answer a ping, or could not be reached. */
  pingFailed(agent: Agent, now: number): void {
    this.#goOut('it did not answer a ping', agent, now);
  }

  /** It left a call unanswered, or could not be reached. */
  silent(agent: Agent, now: number): void {
    this.#timeouts += 1;
    const { timeouts } = agent.health;
    if (timeouts > 0 && this.#timeouts >= timeouts)
      this.#goOut(`it left ${this.#timeouts} calls in a row unanswered`, agent, now);
  }

  /** A request came from it: a sign of life where no ping tells. */
  heard(agent: Agent, now: number): void {
    this.heardAt = now;
    if (!agent.ping) this.#lives(agent, now);
  }

  #lives({ health }: Agent, now: number): void {
    if (this.#out === null) return;
    this.#answersSince ??= now;
    if (now - this.#answersSince >= health.inServiceSeconds * 1000) this.#comeBack();
  }

  #goOut(why: string, { health, ping }: Agent, now: number): void {
    this.#out = why;
    this.#answersSince = null;
    // A pinged agent comes back by its answer.
    this.#resumeAt = !ping && health.resumeSeconds > 0 ? now + health.resumeSeconds * 1000 : null;
  }

  #comeBack(): void {
    this.#out = null;
    this.#resumeAt = null;
    this.#answersSince = null;
    this.#timeouts = 0;
  }
}
