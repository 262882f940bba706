/** What a call waits for. */
export type Step = 'idle' | 'challenge' | 'answer' | 'end';

/** One call from INVITE to the answer of BYE, used again and again for new calls. Times are `performance.now()`. */
export class Call {
  readonly slot: number;
  /** Counts the uses of this slot, so that what comes late is told from what is due. */
  generation = 0;
  step: Step = 'idle';
  user = 0;
  /** The caller's socket. */
  socket = 0;
  begunAt = 0;
  /** When the INVITE with credentials left. */
  invitedAt = 0;
  /** Whether that INVITE reached the callee. */
  arrived = false;
  /** Whether anything was sent twice. */
  repeated = false;
  /** The caller's request that waits for an answer, for its repeats. */
  request = '';
  repeatAt = Infinity;
  interval = 0;
  /** The callee's 200 until its ACK comes, for its repeats; and the socket it leaves by. */
  answer = '';
  answerRepeatAt = Infinity;
  answerInterval = 0;
  gateway = 0;
  /** The ACK of the 200, for when the 200 comes again. */
  ack = '';

  constructor(slot: number) {
    this.slot = slot;
  }

  /** Begins a new life of this slot. */
  begin(user: number, socket: number, now: number): void {
    this.generation += 1;
    this.user = user;
    this.socket = socket;
    this.begunAt = now;
    this.arrived = false;
    this.repeated = false;
    this.answer = '';
    this.answerRepeatAt = Infinity;
    this.ack = '';
  }

  end(): void {
    this.step = 'idle';
    this.request = '';
    this.answer = '';
    this.repeatAt = Infinity;
    this.answerRepeatAt = Infinity;
  }
}

/** What was counted of all calls. */
export interface CallCounts {
  begun: number;
  completed: number;
  /** Refused, or not over within the patience. */
  failed: number;
  /** Calls of which anything was sent twice, by us or by the server. */
  repeated: number;
  /** Failed calls by the status that ended them; `timeout` where nothing did. */
  readonly failures: Record<string, number>;
}
