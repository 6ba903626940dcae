export const clusters = ['blue', 'green'] as const;
export type ClusterName = (typeof clusters)[number];
export const groups = ['workers', 'spot'] as const;

/** A machine with a kubelet, from its launch to its end: one that is stopped and started has another life. */
export interface Machine {
  readonly id: string;
  readonly cluster: ClusterName;
  readonly group: (typeof groups)[number];
  readonly launchedAt: number;
  /** Until it answers. AWS's grace is 15 minutes. */
  readonly bootMinutes: number;
  endsAt: number;
  /** It was stopped, and has started again. */
  isReplaced?: true;
  isFailing: boolean;
  /** Whether anything reads it: always, never, or not while sweeps look (an adversary closes its port then). */
  readonly isRead: 'always' | 'never' | 'by runs';
}

const minute = 60_000;

/** What is true of an account's Region in which machines come and go, and what EC2 and the API servers show of it. Nothing in here knows of findings. */
export class Machines {
  now = Date.parse('2026-11-24T05:00:00.000Z');
  readonly all: Machine[] = [];
  /** Whether a sweep looks now. */
  isSweeping = false;
  /** `green` is made later than the others. */
  isGreenThere = false;

  launch(of: Pick<Machine, 'cluster' | 'group' | 'bootMinutes' | 'isFailing' | 'isRead'>, minutes: number): void {
    const id = `i-${(this.all.length + 1).toString(16).padStart(17, '0')}`;
    this.all.push({ ...of, id, launchedAt: this.now, endsAt: this.now + minutes * minute });
    if (of.cluster === 'green') this.isGreenThere = true;
  }

  restart(machine: Machine): void {
    this.all.push({ ...machine, launchedAt: this.now });
    machine.endsAt = this.now;
    machine.isReplaced = true;
  }

  /** The machine of an id, in the life that it has now. */
  byId = (wanted: string): Machine | undefined => this.all.findLast(({ id }) => id === wanted);

  get clusters(): readonly ClusterName[] {
    return clusters.filter((each) => each === 'blue' || this.isGreenThere);
  }

  isAlive({ launchedAt, endsAt }: Machine): boolean {
    return launchedAt <= this.now && this.now < endsAt;
  }

  /** EC2 lists what was terminated for an hour. */
  listed(): readonly Machine[] {
    return this.all.filter(({ isReplaced, endsAt }) => !isReplaced && this.now < endsAt + 60 * minute);
  }

  nodes(cluster: string): readonly Machine[] {
    return this.all.filter((each) => each.cluster === cluster && this.isAlive(each) && this.#isBooted(each));
  }

  answers(machine: Machine): boolean {
    const isOpen = machine.isRead === 'always' || (machine.isRead === 'by runs' && !this.isSweeping);
    return isOpen && this.isAlive(machine) && this.#isBooted(machine);
  }

  #isBooted({ launchedAt, bootMinutes }: Machine): boolean {
    return this.now >= launchedAt + bootMinutes * minute;
  }
}
