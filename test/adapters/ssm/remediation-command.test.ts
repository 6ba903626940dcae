import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { remediateKubeletDocument } from '../../../infra/documents/remediation/remediate-kubelet.ts';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { singleAttemptClient, ssmRemedies } from '../../../lambda/adapters/ssm/remediation-command.ts';
import { remediateDocumentName, remedyMarker } from '../../../lambda/contract/remediation-names.ts';
import type { Remedies, RemedyEnd } from '../../../lambda/flow/remediate/ports.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { cluster } from '../../fakes/ports.ts';
import type { LabManagedInstance } from '../../lab/aws/ssm/ssm-instances.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const answer = (outcome: string) => `${remedyMarker}\noutcome=${outcome}\nreason=some\nwords=because\nend=4\n`;

let lab: Lab;
let number = 0;

beforeAll(async () => {
  lab = await startLab({ ssm: { millisecondsPerSecond: 2 } });
  lab.addAccount(place.accountId);
  deploy(remediateKubeletDocument());
});
afterAll(() => lab?.close());
afterEach(() => vi.unstubAllEnvs());

const deploy = (content: unknown): void =>
  lab.ssm.putDocument(place.accountId, place.region, remediateDocumentName, content);
const changedByOthers = () => ({ ...remediateKubeletDocument(), description: 'somebody’s own' });

const client = () => {
  vi.stubEnv('AWS_ENDPOINT_URL', lab.endpoint);
  const keys = lab.credentials(place.accountId);
  return singleAttemptClient({ region: place.region, credentials: async () => keys });
};

const remediesOf = (clock: ManualClock) => ssmRemedies({ client, clock, stableSeconds: 5 });

/** A new instance that behaves so, fixed. */
async function run(
  instance: Omit<LabManagedInstance, 'id'> | undefined,
  {
    clock = new ManualClock(),
    controls = ['kubelet-client-ca-file'],
    remedies = remediesOf(clock),
  }: { readonly clock?: ManualClock; readonly controls?: readonly string[]; readonly remedies?: Remedies } = {},
): Promise<RemedyEnd> {
  number += 1;
  const id = `i-${number.toString(16).padStart(17, '0')}`;
  if (instance) lab.ssm.registerInstance(place.accountId, place.region, { id, ...instance });
  const node = { key: id, instanceId: id, controls, trust: ['ab'.repeat(32)] };
  return await remedies.run(cluster, node, { mode: 'apply', run: 'a-run', touched: 'refuse' });
}

/** As the wall's clock, whose pauses are short. */
const hurried = {
  now: () => systemClock.now(),
  sleep: () => systemClock.sleep(5),
};
const real = { clock: hurried as unknown as ManualClock };
/** On a machine where it would change something. */
const changed = (options: Parameters<typeof run>[1] = {}) =>
  run({ behaviour: { stdout: answer('changed') } }, { ...real, ...options });
const withoutDocument = () => lab.ssm.removeDocument(place.accountId, place.region, remediateDocumentName);
const sent = () => lab.calls.filter(({ operation }) => operation === 'SendCommand').length;

describe('the remedy as a command', () => {
  it.each(['changed', 'already', 'refused', 'restored', 'failed'])('ends as the document says: %s', async (outcome) => {
    const exit = outcome === 'changed' || outcome === 'already' ? 0 : 11;
    const script = `printf '${answer(outcome).replaceAll('\n', '\\n')}'; exit ${exit}`;
    expect(await run({ behaviour: { script } }, real)).toEqual({
      kind: 'answered',
      answer: { outcome, code: 'some', words: 'because', changes: [] },
    });
  });

  it('asks for one machine at a time, and never takes it back', async () => {
    const before = lab.calls.length;
    await changed();
    const calls = lab.calls.slice(before);
    expect(calls.filter(({ operation }) => operation === 'SendCommand').map(({ input }) => input)).toEqual([
      expect.objectContaining({
        InstanceIds: [expect.any(String)],
        DocumentName: remediateDocumentName,
        DocumentVersion: '1',
        DocumentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        DocumentHashType: 'Sha256',
        TimeoutSeconds: 60,
      }),
    ]);
    expect(calls.map(({ operation }) => operation)).not.toContain('CancelCommand');
  });

  it.each(['Undeliverable', 'Delivery Timed Out', 'Invalid Platform', 'Access Denied'])(
    'never began where SSM says %s',
    async (endsAs) => {
      expect(await run({ behaviour: { endsAs } }, real)).toMatchObject({
        kind: 'not-begun',
        because: expect.stringContaining(endsAs.replaceAll(' ', '')),
      });
    },
  );

  it.each(['Execution Timed Out', 'Terminated', 'Cancelled'])('may have begun where SSM says %s', async (endsAs) => {
    expect(await run({ behaviour: { endsAs } }, real)).toMatchObject({ kind: 'silent' });
  });

  it('takes half an answer for none', async () => {
    const stdout = answer('changed').slice(0, 60);
    expect(await run({ behaviour: { stdout } }, real)).toMatchObject({ kind: 'silent' });
  });

  it('never began on a machine that SSM does not know', async () => {
    expect(await run(undefined, real)).toMatchObject({
      kind: 'not-begun',
      because: expect.stringContaining('InvalidInstanceId'),
    });
  });

  it('never began, here and everywhere, where the document takes no such control', async () => {
    const end = await changed({ controls: ['client-ca-expiry'] });
    expect(end).toMatchObject({ kind: 'not-begun', problem: { code: 'document-outdated' } });
  });

  it('never began where the document changed while it was about to be run', async () => {
    const remedies = remediesOf(real.clock);
    expect(await changed({ remedies })).toMatchObject({
      kind: 'answered',
    });

    withoutDocument();
    deploy(changedByOthers());
    expect(await changed({ remedies })).toMatchObject({
      kind: 'not-begun',
      problem: { code: 'document-changed', message: expect.stringContaining('while it was about to be run') },
    });
    withoutDocument();
    deploy(remediateKubeletDocument());
  });

  it('is run in our version, whatever somebody made the default one', async () => {
    deploy(changedByOthers());
    const before = lab.calls.length;
    expect(await changed()).toMatchObject({ kind: 'answered' });
    const [command] = lab.calls.slice(before).filter(({ operation }) => operation === 'SendCommand');
    expect(command?.input['DocumentVersion']).toBe('1');
  });

  it.each([
    ['document-missing', 'is not there in account 111122223333, eu-west-1', () => undefined],
    ['document-changed', 'so nothing was run on any node', () => deploy(changedByOthers())],
  ])('never began, here and everywhere, where no version is ours: %s', async (code, words, put) => {
    withoutDocument();
    put();
    const before = sent();
    const end = await changed();
    expect(end).toMatchObject({ kind: 'not-begun', problem: { code, message: expect.stringContaining(words) } });
    expect(sent()).toBe(before);
    withoutDocument();
    deploy(remediateKubeletDocument());
  });

  it('never began, here and everywhere, without the right to send it', async () => {
    lab.faults.inject('ssm:SendCommand', { kind: 'access-denied' }, { times: 1 });
    expect(await changed()).toMatchObject({
      kind: 'not-begun',
      problem: { code: 'ssm-forbidden', remedy: expect.stringContaining('nothing was changed') },
    });
  });

  it('never began on a machine that the caller may not change, which says nothing about the next one', async () => {
    const message = `User: x is not authorized to perform: ssm:SendCommand on resource: arn:aws:ec2:eu-west-1:111122223333:instance/i-1`;
    lab.faults.inject('ssm:SendCommand', { kind: 'access-denied', message }, { times: 1 });
    const end = await changed();
    expect(end).toEqual({ kind: 'not-begun', because: expect.stringContaining('AccessDenied') });
  });

  it('may have begun when the connection broke while it was sent, and is not sent again', async () => {
    const before = sent();
    lab.faults.inject('ssm:SendCommand', { kind: 'reset' }, { times: 1 });
    expect(await changed()).toMatchObject({ kind: 'silent' });
    expect(sent() - before).toBe(1);
  });

  it('goes on asking when an answer is lost', async () => {
    lab.faults.inject('ssm:GetCommandInvocation', { kind: 'reset' }, { times: 3 });
    expect(await changed()).toMatchObject({ kind: 'answered' });
  });

  it('is silent when SSM does not say for too long how it ended', async () => {
    expect(await run({ behaviour: { startsAfter: 60_000 } })).toMatchObject({
      kind: 'silent',
      because: expect.stringContaining('SSM did not say how command'),
    });
  });
});
