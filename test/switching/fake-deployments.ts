/**
 * Deployment after deployment in memory, as the runbook leads them, and a group whose members are the real pilot and the real
 * guide. Everything that takes time stands still until it is stepped, so that any interleaving can be tried.
 */
import { asError } from '../../switching/src/errors.ts';
import { ReadingGuide } from '../../switching/src/reading-guide.ts';
import { type Movable, ReadingPilot } from '../../switching/src/reading-pilot.ts';
import type { Signpost } from '../../switching/src/signpost.ts';
import type { SignpostLookup } from '../../switching/src/signpost-lookup.ts';
import { look, NOTHING_SEEN, type Sight } from '../../switching/src/signpost-sight.ts';
import type { Standing } from '../../switching/src/watcher.ts';
import type { SeenTicket } from '../../switching/src/where-to-read.ts';

interface FakeCluster {
  readonly id: string;
  written: number;
  committed: number;
  stands: boolean;
  ticket: SeenTicket;
}

/** What a name server says: the newest signpost, one that a cache still has, or nothing to act on. */
export type Answer = 'newest' | 'cached' | 'fails' | 'two values' | 'malformed' | 'absent';

interface Step {
  readonly act: () => void;
  readonly fail: (error: Error) => void;
  readonly ready: () => boolean;
}

const DIED = 'the process died';

export class FakeDeployments {
  /** Whether the operator gives the group tickets. */
  readonly #ticketed: boolean;
  readonly #clusters: FakeCluster[] = [];
  readonly signposts: Signpost[] = [];
  readonly members: FakeProcess[] = [];
  /** Whose lookups of tickets go unanswered. */
  unreadable = false;
  readonly broken: string[] = [];
  #phase: 'steady' | 'provisioned' | 'flipped' | 'released' | 'drained' | 'rolling back' = 'steady';
  crossings = 0;

  constructor(ticketed: boolean) {
    this.#ticketed = ticketed;
    this.#create();
    this.#publish({ write: this.blue.id, read: this.blue.id, drain: null, by: null });
  }

  get blue(): FakeCluster {
    return this.#at(this.#phase === 'steady' ? -1 : -2);
  }

  get green(): FakeCluster {
    return this.#at(-1);
  }

  cluster(id: string): FakeCluster {
    const found = this.#clusters.find(cluster => cluster.id === id);
    if (found === undefined) throw new Error(`There is no cluster ${id}.`);
    return found;
  }

  /**
   * The operator's next step, where the runbook allows it. `early` reads on green while this group is still held, as for one that
   * appeared late: its ticket must hold it whatever the signpost says.
   */
  proceed(early: boolean): void {
    const run = `run-${this.#clusters.length}`;
    const isHeld = this.green.ticket.kind === 'ticket' && this.green.ticket.ticket.state === 'held';
    switch (this.#phase) {
      case 'steady':
        this.#create();
        this.#phase = 'provisioned';
        if (this.#ticketed)
          this.green.ticket = { kind: 'ticket', ticket: { deployment: `run-${this.#clusters.length}`, state: 'held' } };
        this.#publish({ write: this.blue.id, read: this.blue.id, drain: null, by: `run-${this.#clusters.length}` });
        break;
      case 'provisioned':
        this.#phase = 'flipped';
        this.#publish({ write: this.green.id, read: this.blue.id, drain: null, by: run });
        break;
      case 'flipped':
        if (!this.#ticketed && this.blue.committed < this.blue.written) return;
        if (early || !this.#ticketed) this.#readOnGreen(run);
        else if (this.#release(run)) this.#phase = 'released';
        break;
      case 'released':
        this.#readOnGreen(run);
        break;
      case 'drained':
        if (isHeld) {
          this.#release(run);
          return;
        }
        if (this.members.some(({ at }) => at === this.blue.id)) return;
        this.blue.stands = false;
        this.green.ticket = { kind: 'none' };
        this.#phase = 'steady';
        this.#publish({ write: this.green.id, read: this.green.id, drain: null, by: null });
        break;
      case 'rolling back': {
        const [blue, green] = [this.blue.id, this.green];
        green.stands = false;
        this.#clusters.splice(-1);
        this.#clusters.unshift(green);
        this.#phase = 'steady';
        this.#publish({ write: blue, read: blue, drain: null, by: null });
      }
    }
  }

  #release(deployment: string): boolean {
    if (this.blue.committed < this.blue.written) return false;
    this.green.ticket = { kind: 'ticket', ticket: { deployment, state: 'released' } };
    return true;
  }

  #readOnGreen(by: string): void {
    this.#phase = 'drained';
    this.#publish({ write: this.green.id, read: this.green.id, drain: this.blue.id, by });
  }

  /** Legal until the first release. */
  rollBack(): void {
    if (this.#phase !== 'provisioned' && this.#phase !== 'flipped') return;
    this.#phase = 'rolling back';
    this.#publish({ write: null, read: this.blue.id, drain: null, by: `run-${this.#clusters.length}` });
  }

  produce(): void {
    const { write } = this.#newest();
    if (write.kind === 'cluster') this.cluster(write.id).written += 1;
  }

  startMember(): void {
    this.members.push(new FakeProcess(this));
  }

  /** Who reads a cluster's only partition. */
  ownerOn(id: string): FakeProcess | undefined {
    return this.members.find(({ at, alive }) => alive && at === id);
  }

  answer(kind: Answer, pick: number): SignpostLookup {
    switch (kind) {
      case 'newest':
        return { kind: 'signpost', signpost: this.#newest() };
      case 'cached':
        return { kind: 'signpost', signpost: this.signposts[pick % this.signposts.length] ?? this.#newest() };
      case 'fails':
        return { kind: 'failed', reason: 'SERVFAIL' };
      case 'two values':
        return { kind: 'ambiguous', values: 2 };
      case 'malformed':
        return { kind: 'malformed', reason: 'no epoch' };
      case 'absent':
        return { kind: 'failed', reason: 'ETIMEOUT' };
    }
  }

  readTicket(id: string): SeenTicket {
    return this.unreadable ? { kind: 'unreadable', reason: 'nobody answered' } : this.cluster(id).ticket;
  }

  /** What must hold whenever a member joins. */
  joined(process: FakeProcess, id: string): void {
    const { ticket } = this.cluster(id);
    if (id === this.green.id && this.#phase !== 'steady') {
      if (ticket.kind === 'ticket' && ticket.ticket.state === 'held')
        this.broken.push(`joined ${id} while its ticket is held`);
      this.crossings += 1;
    }
    if (!this.#ticketed && process.seen?.read !== id)
      this.broken.push(`joined ${id} although read is ${process.seen?.read}`);
  }

  /** What must hold whenever a handler begins. */
  handles(process: FakeProcess): void {
    if (!this.#ticketed) return;
    const elsewhere = this.members.filter(({ alive, handling, at }) => alive && handling && at !== process.at);
    if (elsewhere.length > 0)
      this.broken.push(`handlers run on ${process.at} and ${elsewhere.map(({ at }) => at).join()}`);
    if (process.at === this.green.id && this.#phase !== 'steady' && this.blue.committed < this.blue.written)
      this.broken.push(`${process.at} is read before ${this.blue.id} was read to its end`);
  }

  #newest(): Signpost {
    const newest = this.signposts.at(-1);
    if (newest === undefined) throw new Error('No signpost was published.');
    return newest;
  }

  #at(index: number): FakeCluster {
    const cluster = this.#clusters.at(index);
    if (cluster === undefined) throw new Error('There is no such cluster.');
    return cluster;
  }

  #create(): void {
    const id = `cluster-${this.signposts.length}`;
    this.#clusters.push({ id, written: 0, committed: 0, stands: true, ticket: { kind: 'none' } });
  }

  #publish({ write, ...said }: { write: string | null; read: string; drain: string | null; by: string | null }): void {
    this.signposts.push({
      ...said,
      epoch: BigInt(this.signposts.length + 1),
      write: write === null ? { kind: 'hold' } : { kind: 'cluster', id: write },
      addresses: new Map(this.#clusters.map(({ id }) => [id, `${id}:9092`])),
    });
  }
}

/** One member's process, with the real pilot in it. */
export class FakeProcess {
  readonly #world: FakeDeployments;
  readonly #steps: Step[] = [];
  readonly #pilot: ReadingPilot<Movable>;
  #sight: Sight = NOTHING_SEEN;
  #standing: Standing | null = null;
  #tell: (standing: Standing) => void = () => {};
  alive = true;
  at: string | null = null;
  handling = false;

  constructor(world: FakeDeployments) {
    this.#world = world;
    const standing = () => this.#standing;
    const guide = new ReadingGuide('record:9092', {
      tickets: {
        read: ({ id }) => this.#later(() => world.readTicket(id)),
        close: async () => {},
      },
      identify: address =>
        this.#later(() => {
          const clusterId = address.split(':')[0] ?? '';
          if (!world.cluster(clusterId).stands) throw new Error('ECONNREFUSED');
          return { clusterId, brokers: [address] };
        }),
    });
    this.#pilot = new ReadingPilot<Movable>({
      groupId: 'billing',
      events: { emit() {}, placed() {}, settled() {} },
      watcher: {
        get standing() {
          return standing();
        },
        start: () =>
          this.#later(
            () => this.#standing ?? { kind: 'absent' },
            () => this.#standing !== null,
          ),
        subscribe: handler => {
          this.#tell = handler;
          return () => {};
        },
        stop() {},
      },
      guide,
      begin: ({ clusterId }) => this.#later(() => this.#join(clusterId)),
      turn: () => this.#later(() => {}),
      wait: () => this.#later(() => {}),
      connectTimeoutMs: Number.POSITIVE_INFINITY,
      switchJitterMs: 1,
    });
    this.#pilot.start().catch(() => {});
  }

  /** The signpost that this process acts on. */
  get seen(): Signpost | null {
    return this.#sight.kind === 'seen' ? this.#sight.signpost : null;
  }

  look(lookup: SignpostLookup): void {
    if (!this.alive) return;
    const { sight, notice } = look(this.#sight, lookup);
    this.#sight = sight;
    if (notice.kind !== 'news' && notice.kind !== 'unchanged') return;
    this.#standing = { kind: 'signpost', signpost: notice.signpost };
    this.#tell(this.#standing);
  }

  /** Something that is under way comes to its end, or fails. */
  step(pick: number, fails: boolean): void {
    const ready = this.#steps.filter(step => step.ready());
    const step = ready[pick % Math.max(1, ready.length)];
    if (step === undefined) return;
    this.#steps.splice(this.#steps.indexOf(step), 1);
    if (fails) step.fail(new Error('it failed'));
    else step.act();
  }

  /** Begins a handler where there is a record for this member, or ends the one that runs. */
  handle(): void {
    if (this.at === null || !this.alive) return;
    const cluster = this.#world.cluster(this.at);
    if (this.handling) {
      this.handling = false;
      cluster.committed += 1;
    } else if (this.#world.ownerOn(this.at) === this && cluster.committed < cluster.written) {
      this.#world.handles(this);
      this.handling = true;
    }
  }

  /** Leaves as an application that ends does. */
  end(): void {
    void this.#pilot.stop().catch(() => {});
  }

  die(): void {
    this.alive = false;
    this.at = null;
    this.handling = false;
    for (const step of this.#steps.splice(0)) step.fail(new Error(DIED));
    this.end();
  }

  #later<T>(act: () => T, ready: () => boolean = () => true): Promise<T> {
    if (!this.alive) return Promise.reject(new Error(DIED));
    return new Promise<T>((resolve, fail) => {
      const step = () => {
        try {
          resolve(act());
        } catch (error) {
          fail(asError(error));
        }
      };
      this.#steps.push({ act: step, fail, ready });
    });
  }

  #join(clusterId: string): Movable {
    this.at = clusterId;
    this.#world.joined(this, clusterId);
    const left = () =>
      this.#later(
        () => {
          this.at = null;
        },
        () => !this.handling,
      );
    return { clusterId, leave: left, end: left };
  }
}
