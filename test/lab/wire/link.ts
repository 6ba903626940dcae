import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { closeServer, listenOnLoopback } from './loopback.ts';

export interface LinkOptions {
  /** Of what the other side sends; as fast as it comes when absent. */
  readonly bytesPerSecond?: number;
  /** Each connection is cut after so many bytes of what the other side sends. */
  readonly cutAfterBytes?: number;
  /** Each connection goes silent after so many, and stays open. */
  readonly silentAfterBytes?: number;
  /** Called as each connection goes silent, after its last bytes were sent on. */
  readonly onSilence?: () => void;
}

const never = Number.POSITIVE_INFINITY;

/** The way to one server of the lab: slow, cut, silent, or down for a while. TLS passes through. */
export class Link {
  readonly #to: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #options: LinkOptions;
  #port = 0;
  /** What went through to the client so far. */
  bytes = 0;

  private constructor(to: string, options: LinkOptions) {
    this.#to = Number(new URL(to).port);
    this.#options = options;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(url: string, options: LinkOptions = {}): Promise<Link> {
    const link = new Link(url, options);
    await link.up();
    return link;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  set(options: LinkOptions): void {
    this.#options = options;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    this.#port = await listenOnLoopback(this.#server, this.#port);
  }

  /** Cuts every connection, and refuses new ones. */
  down(): Promise<void> {
    return closeServer(this.#server, this.#sockets);
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.down();
  }

  #join(near: Socket): void {
    const far = connect(this.#to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
    }
    near.pipe(far);
    void this.#pass(far, near).catch(() => near.destroy());
  }

  async #pass(far: Socket, near: Socket): Promise<void> {
    const { bytesPerSecond, cutAfterBytes = never, silentAfterBytes = never, onSilence } = this.#options;
    let passed = 0;

    for await (const chunk of far as AsyncIterable<Buffer>) {
      if (bytesPerSecond) await delay((chunk.length / bytesPerSecond) * 1000);
      const part = chunk.subarray(0, Math.max(0, Math.min(cutAfterBytes, silentAfterBytes) - passed));
      passed += chunk.length;
      this.bytes += part.length;
      near.write(part);
      // To leave the loop would close the connection.
      if (passed > silentAfterBytes) {
        onSilence?.();
        await new Promise(() => undefined);
      }
      if (passed > cutAfterBytes) return void near.destroySoon();
    }
    near.end();
  }
}
