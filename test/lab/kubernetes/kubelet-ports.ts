import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { KubeletPort } from './kubelet-port.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { internalIpOf, type LabNode } from './node-object.ts';
import type { KubernetesUser } from './rbac.ts';

/** The kubelets' own ports of one cluster. A node's address leads to its port by `dial` in this process, by `routes` in another. */
export class KubeletPorts {
  readonly #api: KubernetesApi;
  readonly #ports = new Map<string, KubeletPort>();
  readonly #addresses = new Map<string, KubeletPort>();
  readonly #token = `kubelet-${randomUUID()}`;
  readonly #sockets = { open: 0, mostOpen: 0 };

  constructor(api: KubernetesApi) {
    this.#api = api;
  }

  /** Opens the ports of all nodes that the cluster has now. */
  async start(): Promise<void> {
    await Promise.all(this.#api.nodes.map((node) => this.add(node)));
  }

  async add(node: LabNode): Promise<KubeletPort> {
    await this.#ports.get(node.name)?.close();
    const { authority, url, caPem } = this.#api;
    const port = new KubeletPort(node, { authority, api: { url, caPem, token: this.#token }, sockets: this.#sockets });
    await port.listen();
    this.#ports.set(node.name, port);
    this.#addresses.set(internalIpOf(node), port);
    return port;
  }

  get mostOpen(): number {
    return this.#sockets.mostOpen;
  }

  of(name: string): KubeletPort {
    const port = this.#ports.get(name);
    if (!port) throw new Error(`node '${name}' has no port here`);
    return port;
  }

  /** Who the kubelets are to the API server. */
  userOf(token: string): KubernetesUser | undefined {
    return token === this.#token ? { name: 'system:node:lab', groups: ['system:nodes'] } : undefined;
  }

  /** As the network leads there: nobody listens at an address without a node. */
  readonly dial = (address: string, port: number): Socket => {
    const there = this.#addresses.get(address);
    const listening = { 10250: there?.port, 10255: there?.readOnlyPort }[port];
    return connect({ host: '127.0.0.1', port: listening ?? 1 });
  };

  /** `ADDRESS:10250` → port on loopback. */
  get routes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#addresses].map(([address, { port }]) => [`${address}:10250`, port]));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ports.values()].map((port) => port.close()));
  }
}
