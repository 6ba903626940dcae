/** How long SSM and its instances take, all drawn from a seed: the same seed makes the same calls, probes, silent and slow instances. */
export interface SsmTiming {
  readonly seed: number;
  /** A call, give or take a half. */
  readonly callMs?: number;
  /** A command on an instance from Pending to its end, give or take a half. */
  readonly commandMs?: number;
  /** Of the instances: `Online`, and their agents take no command until its delivery has timed out. */
  readonly silentShare?: number;
  /** Of the instances: they take `slowMs` instead. */
  readonly slowShare?: number;
  readonly slowMs?: number;
}

/** SSM itself needs so long to say that a delivery timed out, in seconds of a document. */
export const secondsUntilSaid = 15;

/** One draw after the other of everything that the timing leaves open. */
export class DrawnTimes {
  readonly #timing: SsmTiming;
  #draws = 0;

  constructor(timing: SsmTiming) {
    this.#timing = timing;
  }

  callMs(): number {
    return around(this.#timing.callMs ?? 0, this.#draw(`call ${this.#draws}`));
  }

  isSilent(instanceId: string): boolean {
    return this.#draw(`fate ${instanceId}`) < (this.#timing.silentShare ?? 0);
  }

  commandMs(instanceId: string): number {
    const { commandMs = 0, slowShare = 0, slowMs = commandMs } = this.#timing;
    const isSlow = this.#draw(`pace ${instanceId}`) < slowShare;
    return around(isSlow ? slowMs : commandMs, this.#draw(`command ${instanceId} ${this.#draws}`));
  }

  /** From 0 to 1, by FNV-1a over the seed and the name, and the last mixing of MurmurHash3. */
  #draw(name: string): number {
    this.#draws += 1;
    let hash = 2_166_136_261;
    for (const character of `${this.#timing.seed} ${name}`)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }
}

const around = (milliseconds: number, draw: number): number => milliseconds * (0.5 + draw);
