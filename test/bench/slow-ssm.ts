import { Readable } from 'node:stream';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { kubeletProbeDocument } from '../../infra/documents/probe/kubelet-probe.ts';
import { pacedSsmClient } from '../../lambda/adapters/ssm/client.ts';
import { probeDocumentName } from '../../lambda/contract/names.ts';
import type { Cluster, ClusterNode } from '../../lambda/core/model/model.ts';
import { clusterNode } from '../fakes/ports.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { AwsServer, type RecordedCall } from '../lab/aws/aws-server.ts';
import { SsmService } from '../lab/aws/ssm/ssm.ts';
import type { SsmServiceOptions } from '../lab/aws/ssm/ssm-options.ts';
import { DrawnTimes } from '../lab/aws/ssm/ssm-timing.ts';
import { StsService } from '../lab/aws/sts/sts.ts';
import { CertificateAuthority } from '../lab/kubernetes/certificates.ts';
import { Faults } from '../lab/wire/faults.ts';
import { probeOutput } from './probe-output.ts';

export interface SlowSsmOptions extends Required<Pick<SsmServiceOptions, 'timing'>> {
  readonly nodes: number;
  readonly rates?: SsmServiceOptions['rates'];
  readonly mostPending?: number;
  /** A document beside the probe's, and what each machine answers to any command instead. */
  readonly document?: { readonly name: string; readonly content: unknown; readonly answer: string };
}

const [accountId, region] = ['111122223333', 'eu-central-1'];
let stdout: string | undefined;

/** The program's own client and the lab's front door on a virtual clock. Each instance answers what the probe says of a recorded AL2023 node. */
export function slowSsm({ nodes: count, timing, rates = {}, mostPending, document }: SlowSsmOptions) {
  const clock = new VirtualClock();
  const calls: RecordedCall[] = [];
  const faults = new Faults();
  const sts = new StsService({ clock: Date.now });
  const ssm = new SsmService({
    clock: () => clock.now().getTime(),
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
    timing,
    rates,
    ...(mostPending && { mostPending }),
  });
  const door = new AwsServer({
    services: [ssm],
    identities: sts.identities,
    faults,
    calls,
    clock: Date.now,
  });

  stdout ??= probeOutput('al2023-shape', new CertificateAuthority('kubernetes').pem);
  sts.addAccount(accountId);
  ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  if (document) ssm.putDocument(accountId, region, document.name, document.content);
  const ids = Array.from({ length: count }, (_, index) => `i-${index.toString(16).padStart(17, '0')}`);
  for (const id of ids)
    ssm.registerInstance(accountId, region, { id, behaviour: { stdout: document?.answer ?? stdout ?? '' } });

  return {
    clock,
    calls,
    faults,
    nodes: ids.map(nodeOf),
    silent: ids.filter((id) => new DrawnTimes(timing).isSilent(id)).length,
    /** As each function has its own. */
    client() {
      const client = pacedSsmClient({ region, credentials: async () => sts.credentials(accountId) });
      client.config.requestHandler = Object.assign(client.config.requestHandler, {
        handle: async (request: HttpRequest) => {
          clock.waitsForReal -= 1;
          const response = await answered(door, request).finally(() => {
            clock.waitsForReal += 1;
          });
          return { response };
        },
      });
      const send = client.send.bind(client) as (...call: readonly unknown[]) => Promise<unknown>;
      // The SDK loads modules with its first call, and reads bodies from streams.
      const counted = (...call: readonly unknown[]): Promise<unknown> => {
        clock.waitsForReal += 1;
        return send(...call).finally(() => {
          clock.waitsForReal -= 1;
        });
      };
      return Object.assign(client, { send: counted });
    },
    close: () => ssm.close(),
  };
}

/** The SDK warns of every other way to read its body. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

async function answered(door: AwsServer, { method, path, headers, body }: HttpRequest): Promise<HttpResponse> {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const answer = await door.answer({ method, path, query: [], headers: lower, body: bytesOf(body) });
  if (answer === 'reset') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  return new HttpResponse({
    statusCode: answer.status,
    headers: { ...answer.headers },
    body: Readable.from([answer.body]),
  });
}

export const slowCluster: Cluster = {
  name: 'blue',
  arn: { arn: `arn:aws:eks:${region}:${accountId}:cluster/blue`, partition: 'aws', region, accountId, name: 'blue' },
  compute: { autoMode: false, fargate: false, hybrid: false },
};

const nodeOf = (id: string): ClusterNode =>
  clusterNode(id, { machine: { status: 'confirmed', instanceId: id }, kubeletVersion: 'v1.34.9-eks-1' });
